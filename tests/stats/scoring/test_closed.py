"""The share of the way from one source to another."""

import numpy as np
import pytest

from stages.stats.scoring import closed
from stages.stats.scoring.noise import Values

LEVEL = 0.9


def values(hits: np.ndarray) -> Values:
    """Accuracy of hits (runs, texts)."""
    return Values(hits.mean(axis=1), hits.astype(float), hits.shape[1])


def test_the_share_is_a_ratio_of_means() -> None:
    """Two tasks with 10 and 30 points between the ends, of which 5 and 20 are gone."""
    ways = [
        closed.Way(gone=g, whole=w, variance_gone=v, variance_whole=v, covariance=v, df=99)
        for g, w, v in ((0.05, 0.1, 1e-4), (0.2, 0.3, 4e-4))
    ]
    share = closed.share(ways, LEVEL)
    assert share and share.value == pytest.approx(0.625)
    # Var(gone - 0.625 whole) = v (1 - 2 * 0.625 + 0.625^2), of the sum 5e-4 times that.
    half = 1.65 * (5e-4 * 0.140625) ** 0.5 / 0.4
    assert share.high - share.value == pytest.approx(half, rel=0.01)
    assert share.value - share.low == pytest.approx(share.high - share.value)


def test_nothing_gone_and_all_gone() -> None:
    """The ends themselves lie at 0 and 1, without any doubt."""
    rng = np.random.default_rng(0)
    start, end = (values(rng.random((1, 400)) < p) for p in (0.5, 0.9))
    at_start, at_end = (closed.share([closed.way(v, start, end)], LEVEL) for v in (start, end))
    for found, expected in ((at_start, 0), (at_end, 1)):
        assert found
        assert (found.value, found.low, found.high) == pytest.approx((expected,) * 3)


def test_no_way_to_go() -> None:
    """Where the ends do not differ beyond chance there is no share."""
    rng = np.random.default_rng(0)
    start, end = (values(rng.random((1, 200)) < 0.7) for _ in range(2))
    assert closed.share([closed.way(start, start, end)], LEVEL) is None
    assert closed.share([], LEVEL) is None


def test_intervals_hold_the_true_share() -> None:
    """Texts that differ in difficulty and draws that differ in skill; four tasks; 90 % intervals.

    Within three standard errors of simulation of 0.9.
    """
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        ways = []
        for _ in range(4):
            ease = rng.normal(0, 0.15, size=300)
            skill = 0.7 + rng.normal(0, 0.03, size=(6, 1))
            tried, start, end = (
                values(rng.random((len(p), 300)) < p + ease)
                for p in (skill, np.array([[0.5]]), np.array([[0.8]]))
            )
            ways.append(closed.way(tried, start, end))
        share = closed.share(ways, LEVEL)
        assert share
        held.append(share.low <= 2 / 3 <= share.high)
    assert np.mean(held) == pytest.approx(LEVEL, abs=3 * (0.09 / 400) ** 0.5)
