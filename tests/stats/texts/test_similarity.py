"""Similarity to real texts on planted sets; copies by their words."""

import numpy as np
import pytest

from stages.stats.texts import copies, similarity
from stages.stats.texts.neighbours import Matrix, unit


def cloud(n: int, seed: int, shift: float = 0.0) -> Matrix:
    """Random directions, pushed along the first axis by `shift`."""
    rows = np.random.default_rng(seed).normal(size=(n, 8))
    rows[:, 0] += shift
    return unit(rows)


def test_closeness_is_the_mean_of_five() -> None:
    """For each reference text the mean of its five greatest cosines; with three rows, of three."""
    reference, rows = cloud(6, 0), cloud(12, 1)
    whole = np.sort(reference @ rows.T, axis=1)
    np.testing.assert_allclose(
        similarity.closeness(reference, rows), whole[:, -5:].mean(axis=1), rtol=1e-6
    )
    few = (reference @ rows[:3].T).mean(axis=1)
    np.testing.assert_allclose(similarity.closeness(reference, rows[:3]), few, rtol=1e-5)


def test_coverage_of_itself_and_of_another_corner() -> None:
    """A set covers itself; a set far away covers nothing."""
    reference = cloud(50, 2, shift=3)
    reach = similarity.reach(reference, 25, 20, 0)
    assert similarity.covered(reference, reference, reach).mean() == 1.0
    assert similarity.covered(reference, cloud(50, 3, shift=-3), reach).mean() < 0.05


@pytest.mark.parametrize(("texts", "size"), [(60, 26), (1000, 100), (1000, 900)])
def test_its_own_population_covers_half(texts: int, size: int) -> None:
    """Whatever the numbers, rows of the reference's population cover about half of it."""
    found = []
    for seed in range(20):
        reference, rows = cloud(texts, seed), cloud(size, 1000 + seed)
        reach = similarity.reach(reference, size, 10, seed)
        found.append(similarity.covered(reference, rows, reach).mean())
    assert abs(np.mean(found) - 0.5) < 3 * np.std(found) / np.sqrt(20) + 0.01
    assert np.std(found) < 0.15


def test_reach_must_leave_a_text_out() -> None:
    """Of n reference texts each has n - 1 others."""
    with pytest.raises(ValueError, match="expected fewer texts than the 9 to draw, found 9"):
        similarity.reach(cloud(9, 0), 9, 5, 0)


def test_same_population_is_not_recognised() -> None:
    """Shares of 0.5, and p-values that are uniform over pairs of equal populations."""
    shares, values = [], []
    for seed in range(400):
        share, index = similarity.c2st(cloud(40, 2 * seed), cloud(40, 2 * seed + 1))
        shares.append(share)
        values.append(similarity.c2st_p(share, index, 99, seed))
    # 39 of the 79 other texts are of the same set.
    assert np.mean(shares) == pytest.approx(39 / 79, abs=3 * np.std(shares) / np.sqrt(400))
    for u in (0.05, 0.1, 0.25, 0.5):
        error = np.sqrt(u * (1 - u) / 400)
        assert np.mean(np.array(values) <= u) == pytest.approx(u, abs=3 * error)


def test_other_population_is_recognised() -> None:
    """A shifted set is told apart, with the smallest p there is."""
    share, index = similarity.c2st(cloud(60, 4), cloud(60, 5, shift=4))
    assert share > 0.85 and similarity.c2st_p(share, index, 99, 0) == 0.01
    with pytest.raises(ValueError, match="expected sets of equal size, found 3 and 4"):
        similarity.c2st(cloud(3, 0), cloud(4, 1))


def test_closest_pairs_come_first() -> None:
    """A planted copy is the first pair."""
    rows, others = cloud(9, 6), cloud(7, 7)
    rows[4] = others[2]
    found = similarity.closest(rows, others, 3)
    assert (found["row"][0], found["other"][0]) == (4, 2) and len(found["row"]) == 3
    assert found["cosine"][0] == pytest.approx(1.0, abs=1e-6)


def test_overlap_by_hand() -> None:
    """Case and punctuation do not matter; one changed word of five touches part of the shingles."""
    originals = ["The cat sat down here", "nothing alike at all"]
    texts = ["the CAT sat, down here!", "the cat sat down there", "quite other words stand here"]
    assert copies.overlap(texts, originals).tolist() == [1.0, 0.5, 0.0]
    assert copies.overlap(texts, []).tolist() == [0.0, 0.0, 0.0]
    assert copies.overlap(["hm"], ["Hm."]).tolist() == [1.0]


def test_overlap_equals_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocked sparse products give the Jaccard similarity of the sets themselves."""
    monkeypatch.setattr(copies, "_BLOCK", 3)
    rng = np.random.default_rng(8)
    texts, originals = ([" ".join(rng.choice(list("ab"), 8)) for _ in range(n)] for n in (10, 7))
    sets = [[copies._shingles(text) for text in part] for part in (texts, originals)]
    expected = [max(len(a & b) / len(a | b) for b in sets[1]) for a in sets[0]]
    assert copies.overlap(texts, originals).tolist() == pytest.approx(expected)


def test_share_s_interval_equals_statsmodels() -> None:
    """Clopper and Pearson's, at the ends and between."""
    from statsmodels.stats.proportion import proportion_confint

    for count in (0, 3, 20):
        found = copies.interval(count, 20, 0.95)
        low, high = proportion_confint(count, 20, 0.05, method="beta")
        assert (found["low"], found["high"]) == pytest.approx((low, high))
