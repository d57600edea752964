"""The threshold sweep against numpy and scipy, planted slopes, and shuffled agreement."""

import numpy as np
import pytest

from stages.core.arrays import Ints
from stages.stats.people import thresholds
from stages.stats.people.thresholds import Data

LEVELS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


def simulated(slopes: tuple[float, ...], items: int, seed: int) -> Data:
    """Items that are right with probability 0.9 - slope (1 - a_i), a column for each slope."""
    rng = np.random.default_rng(seed)
    share = rng.choice(LEVELS, size=items)
    chance = 0.9 - np.array(slopes) * (1 - share)[:, None]
    right = (rng.random(chance.shape) < chance).astype(float)
    return thresholds.prepare(share, right, labels(items), least=20)


def labels(items: int) -> Ints:
    """Two labels that take turns."""
    return np.arange(items) % 2


def estimated(data: Data, seed: int, resamples: int = 300) -> dict[str, thresholds.Statistic]:
    """All statistics of simulated items."""
    rng = np.random.default_rng([seed, 1])  # not the stream that the items came from
    draws = thresholds.resample(data, resamples, rng)
    return thresholds.statistics(data, draws, thresholds.permuted(data, resamples, rng))


def test_thresholds_leave_enough_items_between_them() -> None:
    """Levels with too few items join the next; the top one keeps enough items."""
    share = np.repeat([0.4, 0.5, 0.75, 1.0], [1, 30, 5, 40])
    assert thresholds.thresholds(share, 20).tolist() == [0.4, 1.0]
    assert thresholds.thresholds(share, 50).tolist() == [0.4]
    assert thresholds.thresholds(share, 1).tolist() == [0.4, 0.5, 0.75, 1.0]


def test_accuracy_above_each_threshold_by_hand() -> None:
    """Accuracy over the items that reach gamma, from all to the unanimous ones."""
    share = np.array([0.5, 0.5, 0.75, 0.75, 1.0, 1.0])
    correct = np.array([[0.0], [1], [0], [1], [1], [1]])
    data = thresholds.prepare(share, correct, labels(6), least=2)
    seen = thresholds.accuracy(data, np.ones(6))
    np.testing.assert_allclose(seen[:, 0], [4 / 6, 3 / 4, 1.0])


def test_items_without_annotations_are_left_out() -> None:
    """NaN for a_i means that nobody knows; such an item enters no threshold."""
    share = np.array([np.nan, 0.5, 1.0])
    data = thresholds.prepare(share, np.array([[0.0], [1.0], [1.0]]), labels(3), least=1)
    assert len(data.share) == 2 and thresholds.accuracy(data, np.ones(2))[0, 0] == 1.0


def test_resample_is_the_sweep_of_the_drawn_rows() -> None:
    """Weights give what the rows themselves, drawn and prepared again, would give."""
    data = simulated((0.5, 0.0), 300, seed=1)
    rows = np.random.default_rng(2).integers(300, size=300)
    weights = np.bincount(rows, minlength=300).astype(float)
    drawn = (data.share[rows], data.correct[rows], data.gammas, data.bucket[rows], data.label[rows])
    again = Data(*drawn)
    np.testing.assert_allclose(
        thresholds.accuracy(data, weights), thresholds.accuracy(again, np.ones(300))
    )
    for name in thresholds.SLOPES:
        np.testing.assert_allclose(
            thresholds.item_slope(data, weights, data.groups(name)),
            thresholds.item_slope(again, np.ones(300), again.groups(name)),
        )


def test_line_and_rank_correlation_equal_scipy() -> None:
    """Slope, R squared and rho of each column are scipy's."""
    from scipy import stats

    values = np.random.default_rng(3).random((6, 3)).round(1)
    slope, fit = thresholds.line(LEVELS, values)
    rho = thresholds.spearman(LEVELS, values)
    for column in range(3):
        expected = stats.linregress(LEVELS, values[:, column])
        assert slope[column] == pytest.approx(expected.slope)
        assert fit[column] == pytest.approx(expected.rvalue**2)
        assert rho[column] == pytest.approx(stats.spearmanr(LEVELS, values[:, column])[0])


def test_item_slope_equals_scipy() -> None:
    """It is the ordinary least-squares slope; within labels, that with a constant for each."""
    from scipy import stats

    data = simulated((0.7,), 200, seed=4)
    expected = stats.linregress(data.share, data.correct[:, 0]).slope
    found = thresholds.item_slope(data, np.ones(200), data.groups("item_slope"))
    assert found[0] == pytest.approx(expected)
    design = np.column_stack([data.share, data.label == 0, data.label == 1])
    expected = np.linalg.lstsq(design, data.correct[:, 0], rcond=None)[0][0]
    found = thresholds.item_slope(data, np.ones(200), data.groups("label_slope"))
    assert found[0] == pytest.approx(expected)


def test_a_disputed_label_that_is_never_predicted_has_no_slope_within_labels() -> None:
    """It looks as if agreed items were easier; within a label, accuracy does not move."""
    rng = np.random.default_rng(8)
    label = (rng.random(400) < 0.2).astype(np.int64)
    share = np.where(label == 1, rng.choice([0.6, 0.8], 400), rng.choice([0.8, 1.0], 400))
    correct = (label == 0).astype(float)[:, None]
    data = thresholds.prepare(share, correct, label, least=20)
    block = thresholds.describe(estimated(data, 0), 0, None, 0.95)
    assert block["item_slope"]["low"] > 0.5
    assert block["label_slope"]["value"] == pytest.approx(0, abs=1e-9)
    assert block["label_slope"]["p"] == 1.0


def test_planted_slopes_and_their_difference_are_covered() -> None:
    """About 95 % of the intervals hold the planted slope and the planted difference."""
    inside = []
    for seed in range(80):
        found = estimated(simulated((0.6, 0.2), 600, seed), seed, resamples=200)
        block = thresholds.describe(found, 0, 1, 0.95)
        difference = block["difference"]["item_slope"]
        held = [difference["low"] <= 0.4 <= difference["high"]]
        held += [block[name]["low"] <= 0.6 <= block[name]["high"] for name in thresholds.SLOPES]
        inside.append(held)
    assert (np.mean(inside, axis=0) >= 0.87).all()


def test_sweep_rises_with_a_planted_slope() -> None:
    """With many items and a steep slope the paper's statistics show it."""
    block = thresholds.describe(estimated(simulated((0.8,), 4000, 5), 5), 0, None, 0.95)
    assert block["slope"]["low"] > 0 and block["r2"]["value"] > 0.9
    assert block["spearman"]["value"] > 0.9 and block["item_slope"]["p"] < 0.01


def test_p_values_on_shuffled_agreement_are_uniform() -> None:
    """Where a_i tells nothing, p lies under u in a share u of the data sets; so for differences."""
    from scipy import stats

    values = []
    for seed in range(600):
        rng = np.random.default_rng(seed)  # a_i without ties: with ties p can only be greater
        correct = rng.random((120, 2)).round()
        data = thresholds.prepare(rng.random(120), correct, labels(120), least=20)
        found = estimated(data, seed, resamples=99)
        block = thresholds.describe(found, 0, 1, 0.95)
        blocks = (block, block["difference"])
        values.append([b[name]["p"] for b in blocks for name in thresholds.SLOPES])
    for column in np.array(values).T:  # in steps of 0.01
        assert stats.kstest(column - 0.005, "uniform").pvalue > 0.01


@pytest.mark.parametrize("unanimous", [0.0, 0.5])
def test_p_values_of_equal_slopes_that_are_not_zero(unanimous: float) -> None:
    """Two sources with one steep slope: p under 0.05 in about 5 % of the data sets.

    What varies then is more at the low end than at the top, where nearly all items are right.
    """
    values = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        share = np.where(rng.random(300) < unanimous, 1.0, rng.choice(LEVELS, 300))
        correct = (rng.random((300, 2)) < 0.95 * share[:, None] + 0.04).astype(float)
        data = thresholds.prepare(share, correct, labels(300), least=20)
        block = thresholds.describe(estimated(data, seed, 99), 0, 1, 0.95)
        values.append([block["difference"][name]["p"] for name in thresholds.SLOPES])
    rejected = (np.array(values) <= 0.05).mean(axis=0)
    assert (np.abs(rejected - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)).all()


def test_too_little_spread_is_said_and_no_line_drawn() -> None:
    """All but unanimous annotations leave one threshold and the reason."""
    share = np.repeat([0.5, 1.0], [3, 57])
    data = thresholds.prepare(share, np.ones((60, 1)), labels(60), least=20)
    reason = "too little spread for 3 thresholds with 20 texts between them"
    assert thresholds.withheld(data, 20) == reason
    assert "slope" not in estimated(data, 0)


def test_two_thresholds_have_a_slope_over_items_but_no_line() -> None:
    """Two points always lie on a line, which shows nothing; the items still do."""
    share = np.repeat([2 / 3, 1.0], [40, 60])
    correct = (np.random.default_rng(6).random((100, 1)) < 0.7).astype(float)
    data = thresholds.prepare(share, correct, labels(100), least=20)
    assert set(estimated(data, 0)) == set(thresholds.SLOPES) and thresholds.withheld(data, 20)


def test_flat_accuracy_has_no_fit() -> None:
    """Always right: slope 0, and neither R squared nor rho."""
    share = np.repeat(LEVELS, 30)
    data = thresholds.prepare(share, np.ones((180, 1)), labels(180), least=20)
    block = thresholds.describe(estimated(data, 0), 0, None, 0.95)
    assert block["slope"]["value"] == pytest.approx(0, abs=1e-9)
    assert "r2" not in block and "spearman" not in block


def test_sweep_table() -> None:
    """One row a threshold and column, with the items left and an interval around the accuracy."""
    data = simulated((0.5, 0.1), 300, seed=7)
    draws = thresholds.resample(data, 100, np.random.default_rng(0))
    found = thresholds.sweep(data, draws, 0.95, [("real", "probe"), ("few_shot", "probe")])
    assert len(found) == 2 * len(data.gammas) and found["items"].iloc[0] == 300
    assert (found["low"] <= found["accuracy"]).all() and (found["accuracy"] <= found["high"]).all()
