"""Forecasts of a task from the other tasks: by hand, against other implementations, simulated."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from stages.core.arrays import Floats
from stages.stats.across import correlation, forecasting
from stages.stats.resampling import Bootstrap

BOOTSTRAP = Bootstrap(200, 0.9, 0)


def features(*columns: Floats) -> Floats:
    """One draw of features (1, tasks, features)."""
    return np.stack(columns, axis=1)[None]


def test_the_mean_of_the_others_by_hand() -> None:
    """Without features each task is forecast by the others' mean, and skill is 0."""
    y = np.array([0.0, 1.0, 5.0])
    chosen = forecasting.left_out(np.empty((1, 3, 0)))
    assert (chosen[0] @ y).tolist() == pytest.approx([3.0, 2.5, 0.5])
    found = forecasting.skills({"none": np.empty((1, 3, 0))}, y, BOOTSTRAP)["none"]
    assert found["value"] == pytest.approx(0.0)


def test_a_line_is_that_of_the_correlations() -> None:
    """The line through the others, and its skill, are those of `correlation.leave_one_out`."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 9))
    known = correlation.leave_one_out(x, y)
    (forecast,) = forecasting.left_out(features(x)) @ y
    assert forecast == pytest.approx(known.line, abs=1e-6)
    skill = 1 - ((y - known.line) ** 2).sum() / ((y - known.mean) ** 2).sum()
    found = forecasting.skills({"x": features(x)}, y, BOOTSTRAP)["x"]
    assert found["value"] == pytest.approx(skill, abs=1e-6)


def test_several_features_are_scikit_learn_s_ridge() -> None:
    """Standardised over the tasks that are fitted, penalty as many as features."""
    rng = np.random.default_rng(1)
    matrix, y = rng.normal(size=(8, 3)) * [1, 10, 0.1], rng.normal(size=8)
    (forecast,) = forecasting.left_out(matrix[None]) @ y
    for task in range(8):
        others = np.arange(8) != task
        mean, spread = matrix[others].mean(axis=0), matrix[others].std(axis=0)
        ridge = Ridge(alpha=3).fit((matrix[others] - mean) / spread, y[others])
        expected = ridge.predict((matrix[[task]] - mean) / spread)[0]
        assert forecast[task] == pytest.approx(expected)


def test_a_feature_that_does_not_vary_has_no_part() -> None:
    """The forecast is that of the other features."""
    x, y = np.random.default_rng(2).normal(size=(2, 7))
    (alone,) = forecasting.weights(features(x), np.ones((1, 7), bool), 1.0) @ y
    (both,) = forecasting.weights(features(x, np.full(7, 3.0)), np.ones((1, 7), bool), 1.0) @ y
    assert both == pytest.approx(alone)


def test_squared_errors_are_averaged_over_draws() -> None:
    """Of a perfect and of a useless draw the skill lies between."""
    y = np.arange(8.0)
    none = np.zeros((1, 8, 1))
    both = np.concatenate([features(y), none])
    found = forecasting.skills({"both": both, "useless": none}, y, BOOTSTRAP)
    assert found["useless"]["value"] == pytest.approx(0.0)
    assert found["both"]["value"] == pytest.approx(0.5)


def test_p_is_corrected_for_the_number_tried() -> None:
    """A good feature stays sure; among useless ones every p grows."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=14)
    good = {"good": features(y + 0.1 * rng.normal(size=14))}
    noise = {f"n{k}": features(rng.normal(size=14)) for k in range(9)}
    many = forecasting.skills(good | noise, y, BOOTSTRAP)
    assert many["good"]["p"] < 0.02 and many["good"]["low"] > 0.5
    one = {name: forecasting.skills({name: noise[name]}, y, BOOTSTRAP)[name] for name in noise}
    assert all(many[name]["p"] >= one[name]["p"] for name in noise)
    assert max(one.values(), key=lambda block: block["value"])["p"] < 0.5


def test_few_of_many_permuted_tasks_look_sure() -> None:
    """With features that say nothing, p is below 0.1 in about a tenth of the studies."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(200):
        y, *noise = rng.normal(size=(4, 10))
        tried = {str(k): features(x) for k, x in enumerate(noise)}
        blocks = forecasting.skills(tried, y, Bootstrap(99, 0.9, 0))
        found.append(min(block["p"] for block in blocks.values()) <= 0.1)
    assert 0.04 < np.mean(found) < 0.17


@pytest.mark.parametrize("count", [0, 1, 4])
def test_intervals_cover_as_often_as_they_say(count: int) -> None:
    """Simulated tasks, heavy tails: at least the level less what 300 studies leave open."""
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(300):
        matrix = rng.standard_t(3, size=(16, count))
        y = matrix.sum(axis=1) + rng.standard_t(3, size=16)
        hidden = np.append(y[:-1], np.nan)  # a new task: the last one
        found = forecasting.intervals(matrix[None], hidden, 0.9)
        inside.append(found.low[0, -1] <= y[-1] <= found.high[0, -1])
    assert 0.86 < np.mean(inside) < 0.97


def test_few_tasks_lower_the_level() -> None:
    """Of n other tasks at most n / (n + 1), and the interval is that of all residuals."""
    assert forecasting.attainable(0.9, 9) == 0.9
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    found = forecasting.intervals(np.empty((1, 5, 0)), y, 0.9)
    assert found.level == pytest.approx(0.8)
    # Without 0 and j the others' mean lies 3.5 - (0, ...) away: the farthest ends count.
    means = np.array([(10 - j) / 3 for j in (1, 2, 3, 4)])
    residuals = np.abs(np.array([1, 2, 3, 4]) - means)
    assert found.low[0, 0] == pytest.approx((means - residuals).min())
    assert found.high[0, 0] == pytest.approx((means + residuals).max())


def test_a_task_without_a_number_is_forecast_and_has_no_part() -> None:
    """The others' forecasts are those without it."""
    x, y = np.random.default_rng(6).normal(size=(2, 8))
    unknown = np.where(np.arange(8) == 3, np.nan, y)
    found = forecasting.intervals(features(x), unknown, 0.8)
    rest = np.arange(8) != 3
    alone = forecasting.intervals(features(x[rest]), y[rest], 0.8)
    assert found.forecast[0, rest] == pytest.approx(alone.forecast[0])
    assert np.isfinite(found.forecast[0, 3]) and found.low[0, 3] < found.high[0, 3]
    assert forecasting.judged(found, unknown) == pytest.approx(forecasting.judged(alone, y[rest]))
