"""Diversity by hand, against other packages, and at equal size in simulation."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stages.stats.texts import diversity, matching
from stages.stats.texts.neighbours import Matrix, unit


def cloud(n: int, seed: int, spread: float = 1.0, dim: int = 8) -> Matrix:
    """Directions around the first axis; the greater the spread, the more diverse."""
    rng = np.random.default_rng(seed)
    return unit(np.eye(dim)[0] + spread * rng.normal(size=(n, dim)))


def test_remote_clique_equals_all_pairs() -> None:
    """The closed form is the mean over all pairs of different texts."""
    rows = cloud(30, 0)
    distances = 1 - rows.astype(float) @ rows.T.astype(float)
    mean = distances[~np.eye(30, dtype=bool)].mean()
    assert diversity.remote_clique(rows) == pytest.approx(mean, abs=1e-7)
    with pytest.raises(ValueError, match="expected at least 2 texts"):
        diversity.remote_clique(rows[:1])


def test_chamfer_equals_scikit_learn() -> None:
    """The mean distance to the nearest other text."""
    from sklearn.neighbors import NearestNeighbors

    rows = cloud(40, 1)
    distance, _ = NearestNeighbors(n_neighbors=2, metric="cosine").fit(rows).kneighbors(rows)
    assert diversity.chamfer(rows) == pytest.approx(distance[:, 1].mean(), abs=1e-6)


def test_vendi_equals_the_authors_package() -> None:
    """Both the (n, n) and the (dim, dim) form."""
    vendi = pytest.importorskip("vendi_score.vendi")
    for n in (5, 50):
        rows = cloud(n, 2)
        expected = vendi.score_dual(rows.astype(float), normalize=False)
        assert diversity.vendi(rows) == pytest.approx(expected, rel=1e-5)


def test_vendi_counts_different_texts() -> None:
    """Three orthogonal texts, each twice, are three."""
    assert diversity.vendi(np.eye(3)[[0, 0, 1, 1, 2, 2]]) == pytest.approx(3)


def test_distinct_n_by_hand() -> None:
    """Two texts of `a b a`: of four bigrams two are different, of the first three still two."""
    texts = [diversity.words("A b a")] * 2
    assert diversity.grams(texts, 2) == 4
    assert diversity.distinct(texts, 2, 4) == 0.5
    assert diversity.distinct(texts, 2, 3) == pytest.approx(2 / 3)
    assert np.isnan(diversity.distinct([["a"]], 2, 4))


def test_compression_is_low_for_repetition() -> None:
    """A hundred times the same text compresses to little."""
    rng = np.random.default_rng(3)
    random = ["".join(rng.choice(list("abcdefghij "), 40)) for _ in range(100)]
    assert diversity.compression(random[:1] * 100, 4000) < 0.05
    assert diversity.compression(random, 4000) > 0.4


def test_compression_sees_repeats_far_apart() -> None:
    """Sixty long texts, each twice, take half the room of 120 different ones."""
    rng = np.random.default_rng(4)
    texts = ["".join(rng.choice(list("abcdefghij "), 2000)) for _ in range(120)]
    twice = diversity.compression(texts[:60] * 2, 240_000)
    assert twice == pytest.approx(diversity.compression(texts, 240_000) / 2, rel=0.05)


def test_compression_is_of_the_first_bytes() -> None:
    """What stands behind the limit does not count."""
    assert diversity.size(["ab", "ö"]) == 5
    assert diversity.compression(["abc" * 50, "other"], 150) == diversity.compression(
        ["abc" * 50], 150
    )


def test_quota_is_the_smallest_source_s() -> None:
    """Each label's share of the smallest source, no label that a source lacks, within the cap."""
    labels = {
        "real": pd.Series(["a"] * 10 + ["b"] * 20 + ["c"] * 5),
        "zero_shot": pd.Series(["a"] * 30 + ["b"] * 8),
    }
    assert matching.quota(labels, 0.5, 1000) == {"a": 5, "b": 4}
    assert sum(matching.quota(labels, 0.5, 6).values()) <= 6


def test_draws_hold_the_quota_and_depend_on_the_seed_only() -> None:
    """No text twice, the right number of each label, the same again with the same seed."""
    labels = pd.Series(list("aabbbbab"))
    first, again = (matching.draws(labels, {"a": 2, "b": 3}, 5, 7, "x") for _ in range(2))
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
        assert len(set(left)) == 5 and list(np.sort(labels[left])) == list("aabbb")


def test_unequal_sizes_mislead_and_equal_ones_do_not() -> None:
    """Of one population, the larger sample has the lower Chamfer score; at equal size not."""
    small, large = cloud(60, 4), cloud(600, 5)
    assert diversity.chamfer(large) < 0.8 * diversity.chamfer(small)
    scores = []
    for rows in (small, large):
        labels = pd.Series(["a"] * len(rows))
        drawn = matching.draws(labels, {"a": 30}, 20, 0, "x")
        values = [diversity.chamfer(rows[index]) for index in drawn]
        scores.append(matching.estimate(values, 30, len(rows), 0.95))
    assert scores[0]["low"] < scores[1]["value"] < scores[0]["high"]


@pytest.mark.parametrize("total", [60, 200, 2000])
@pytest.mark.parametrize("score", [diversity.remote_clique, diversity.chamfer, diversity.vendi])
def test_interval_covers_the_population_at_that_size(
    score: Callable[[Matrix], float], total: int
) -> None:
    """About 95 % of the intervals hold the population's mean score of sets of that size."""
    truth = np.mean([score(cloud(30, 10_000 + seed)) for seed in range(2000)])
    inside = []
    for seed in range(200):
        rows = cloud(total, seed)
        drawn = matching.draws(pd.Series(["a"] * total), {"a": 30}, 20, seed, "x")
        found = matching.estimate([score(rows[index]) for index in drawn], 30, total, 0.95)
        inside.append(found["low"] <= truth <= found["high"])
    assert 0.88 <= np.mean(inside) <= 1.0


def test_error_is_kept_where_the_ends_are_cut() -> None:
    """At the greatest value the interval is short on one side; the error is not."""
    found = matching.estimate([0.9, 1.0, 1.0], 10, 20, 0.95, most=1.0)
    assert found["high"] == 1.0 and found["low"] < found["value"] - found["error"]
    assert found["error"] == pytest.approx(np.sqrt(0.01 / 3 * (1 + 1 / 3)))


def test_draws_must_leave_texts_out() -> None:
    """A draw of all texts never varies, so it has no interval."""
    with pytest.raises(ValueError, match="expected draws smaller than the source's 10 texts"):
        matching.estimate([0.1, 0.2], 10, 10, 0.95)
    with pytest.raises(ValueError, match="expected at least 2 draws, found 1"):
        matching.estimate([0.1], 5, 10, 0.95)
