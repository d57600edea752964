import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from stages.stats.worth import curves
from stages.stats.worth.curves import Chance, Curve


def test_scores_are_scikit_learn_s_on_every_test_set() -> None:
    """Accuracy and macro-F1 of every size and draw, on the observed and on resampled texts."""
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(3, size=40), rng.integers(3, size=(2, 3, 40))
    predicted[0, 0] = 1  # two labels are never predicted
    chance = Chance.drawn(40, 3, 5, rng)
    found = curves.scored(np.array([10, 20]), predicted, truth, 3, chance)
    assert chance.tests.sum(axis=1).tolist() == [40] * 6
    for replicate, counts in enumerate(chance.tests):
        rows = np.repeat(np.arange(40), counts.astype(int))
        for size, draw in np.ndindex(2, 3):
            pair = truth[rows], predicted[size, draw][rows]
            accuracy = found["accuracy"].scores[size, draw, replicate]
            assert accuracy == pytest.approx(accuracy_score(*pair))
            expected = f1_score(*pair, labels=range(3), average="macro", zero_division=0)
            assert found["macro_f1"].scores[size, draw, replicate] == pytest.approx(expected)


def test_too_few_draws() -> None:
    """One draw says nothing of their spread."""
    with pytest.raises(ValueError, match="at least 2 draws of each size, found 1"):
        Chance.drawn(40, 1, 5, np.random.default_rng(0))


def test_texts_that_are_all_there_are() -> None:
    """Without a population, means vary by the draws' standard error, and not at all at the end."""
    rng = np.random.default_rng(0)
    seen = np.stack([rng.normal(0.7, 0.1, 20), np.full(20, 0.9)])
    curve = Curve(np.array([10, 100]), np.repeat(seen[:, :, None], 20_001, axis=2))
    chance = Chance.drawn(30, 20, 20_000, rng)
    first, last = curves.points(curve, chance, None, 0.95)
    assert (first.mean, first.sd) == pytest.approx((seen[0].mean(), seen[0].std(ddof=1)))
    assert first.high - first.low == pytest.approx(2 * 1.96 * first.sd / np.sqrt(20), rel=0.05)
    assert (last.mean, last.low, last.high, last.sd) == pytest.approx((0.9, 0.9, 0.9, 0.0))


def test_a_pool_varies_as_samples_of_a_population_do() -> None:
    """From one pool, the variance of means and of draws is estimated that many pools have.

    A text's worth here is a normal number, and a draw's score their mean: the case in which the
    overlap of draws is known to be n / N.
    """
    rng, pool, sizes, count = np.random.default_rng(0), 60, np.array([10, 30, 60]), 8
    means, estimated, spread = [], [], []
    for _ in range(400):
        texts = rng.normal(size=pool)
        orders = [rng.permutation(pool) for _ in range(count)]
        seen = np.array([[texts[order[:size]].mean() for order in orders] for size in sizes])
        chance = Chance.drawn(1, count, 200, rng)
        curve = Curve(sizes, np.repeat(seen[:, :, None], 201, axis=2))
        made = curves.replicates(curve, chance, pool)
        means.append(seen.mean(axis=1))
        estimated.append(made[:, :, 1:].mean(axis=1).var(axis=1))
        spread.append(made[:, :, 0].var(axis=1, ddof=1))
    true = np.var(means, axis=0)
    np.testing.assert_allclose(np.mean(estimated, axis=0), true, rtol=0.15)
    np.testing.assert_allclose(np.mean(spread, axis=0), 1 / sizes, rtol=0.15)


def test_chance_of_test_texts_is_no_difference_between_draws() -> None:
    """Draws that are equally good differ on few test texts; their spread is not held to be theirs.

    Each draw is right about every test text with the same chance, its own chance varying by 0.05.
    """
    rng, sizes, draws, tests = np.random.default_rng(0), np.array([10, 20, 40]), 20, 100
    truth, spread = np.zeros(tests, dtype=int), []
    for _ in range(60):
        right = rng.normal(0.7, 0.05, size=(3, draws, 1))
        predicted = (rng.random((3, draws, tests)) > right).astype(int)
        chance = Chance.drawn(tests, draws, 200, rng)
        curve = curves.scored(sizes, predicted, truth, 2, chance)["accuracy"]
        made = curves.replicates(curve, chance, 4_000)
        spread.append(made.var(axis=1, ddof=1).mean(axis=1))
    # n times the variance is averaged over sizes, and here it is not the same for all.
    assert np.sqrt(np.mean(spread, axis=0) @ sizes / sizes.sum()) == pytest.approx(0.05, rel=0.15)
