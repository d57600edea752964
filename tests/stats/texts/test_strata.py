"""Texts drawn by kind."""

import numpy as np
import pandas as pd
from numpy.testing import assert_array_equal

from stages.stats.texts import answers, strata


def test_quota_is_spent_and_even() -> None:
    """Never more than there are; the whole number is spent; no stratum exceeds a larger one."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes, most = rng.integers(0, 30, size=rng.integers(1, 8)).tolist(), int(rng.integers(90))
        found = strata.quota(sizes, most)
        assert sum(found) == min(most, sum(sizes))
        assert all(n <= size for n, size in zip(found, sizes, strict=True))
        short = [n for n, size in zip(found, sizes, strict=True) if n < size]
        assert not short or max(found) - min(short) <= 1


def test_rows_are_drawn_of_every_stratum() -> None:
    """Rare kinds are whole; rows are in order and none stands twice."""
    kinds = np.array(["a"] * 90 + ["b"] * 3)
    rows = strata.drawn(kinds, 10, np.random.default_rng(0))
    assert (kinds[rows] == "b").sum() == 3 and len(set(rows.tolist())) == 10
    assert_array_equal(rows, np.sort(rows))


def test_answers_by_hand() -> None:
    """Three runs of one source, of which two are right on the first text and one on the second."""
    truth = pd.DataFrame({"id": ["x", "y"], "label": ["a", "b"]})
    rows = pd.DataFrame(
        {
            "id": ["x", "y"] * 3,
            "seed": [0, 0, 1, 1, 2, 2],
            "size": 5,
            "label": ["a", "a", "a", "b", "b", "a"],
            "p_a": [0.9, 0.6, 0.6, 0.3, 0.3, 0.9],
            "p_b": [0.1, 0.4, 0.4, 0.7, 0.7, 0.1],
        }
    )
    found = answers.answers({"real": rows}, truth)
    assert found["said_real"].tolist() == ["a", "a"]
    assert np.allclose(found["right_real"], [2 / 3, 1 / 3])
    assert np.allclose(found["sure"], [0.6, 0.4])
    assert found["outcome"].tolist() == [answers.ALL, answers.NONE]
