"""Rank correlations against scipy, null p-values, and prediction of a left-out task."""

import numpy as np
import pytest

from stages.stats.across import correlation
from stages.stats.resampling import Bootstrap

RNG = np.random.default_rng(0)


def pairs(tasks: int, seed: int, slope: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Tasks with normal x, and y = slope x + normal noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=tasks)
    return x, slope * x + rng.normal(size=tasks)


def test_vectorised_statistics_equal_scipy() -> None:
    """Row by row, with and without ties."""
    from scipy import stats

    x, y = RNG.integers(4, size=(20, 9)).astype(float), RNG.normal(size=(20, 9))
    for row in range(20):
        rho, tau = stats.spearmanr(x[row], y[row])[0], stats.kendalltau(x[row], y[row])[0]
        assert correlation.spearman(x, y)[row] == pytest.approx(rho)
        assert correlation.kendall(x, y)[row] == pytest.approx(tau)


def test_exact_p_equals_scipy() -> None:
    """Up to eight tasks, p is that of scipy's exact tests."""
    from scipy import stats

    x, y = pairs(7, 1, slope=0.8)
    found = correlation.correlate(x, y, Bootstrap(200, 0.95, 0))
    assert found["p_exact"] and found["p_orders"] == 5040
    assert found["kendall"]["p"] == pytest.approx(stats.kendalltau(x, y, method="exact").pvalue)
    exact = stats.permutation_test(
        [x],
        lambda x: float(stats.spearmanr(x, y)[0]),
        permutation_type="pairings",
        n_resamples=5040,
    )
    assert found["spearman"]["p"] == pytest.approx(float(exact.pvalue))


def test_sampled_p_is_near_the_exact_one() -> None:
    """With ten tasks random orders give Kendall's exact p up to chance."""
    from scipy import stats

    x, y = pairs(10, 2, slope=0.7)
    found = correlation.correlate(x, y, Bootstrap(20_000, 0.95, 0))
    exact = stats.kendalltau(x, y, method="exact").pvalue
    assert not found["p_exact"] and found["kendall"]["p"] == pytest.approx(exact, abs=0.01)


def test_p_values_without_a_relation_are_uniform() -> None:
    """On unrelated numbers p is at most u in a share u of the cases."""
    found = [
        correlation.correlate(*pairs(10, s), Bootstrap(199, 0.95, 10_000 + s)) for s in range(400)
    ]
    for name in ("spearman", "kendall"):
        values = np.array([f[name]["p"] for f in found])
        for u in (0.05, 0.1, 0.25, 0.5):  # tau takes 46 values only, so p does not take every one
            assert (values <= u).mean() == pytest.approx(u, abs=3 * np.sqrt(u * (1 - u) / 400))


def test_intervals_cover_the_population_s_correlation() -> None:
    """Ten tasks from a normal population with r 0.6: about 95 % hold its rho, and its tau."""
    r = 0.6
    truth = {"spearman": 6 / np.pi * np.arcsin(r / 2), "kendall": 2 / np.pi * np.arcsin(r)}
    inside = []
    for seed in range(300):
        x, y = pairs(10, seed, slope=r / np.sqrt(1 - r**2))
        found = correlation.correlate(x, y, Bootstrap(200, 0.95, 10_000 + seed))
        inside.append([found[n]["low"] <= value <= found[n]["high"] for n, value in truth.items()])
    assert (np.mean(inside, axis=0) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300)).all()


def test_fewer_than_four_tasks_are_withheld() -> None:
    """The reason stands in place of the number."""
    found = correlation.correlate(np.arange(3.0), np.arange(3.0), Bootstrap(100, 0.95, 0))
    assert found == {"tasks": 3, "withheld": "3 tasks; a correlation needs at least 4"}


def test_values_that_do_not_vary_are_withheld() -> None:
    """A constant correlates with nothing."""
    found = correlation.correlate(np.arange(5.0), np.zeros(5), Bootstrap(100, 0.95, 0))
    assert found["withheld"] == "all tasks have the same value"


def test_leave_one_out_equals_refitting() -> None:
    """The leverage formula gives what a fit without each task gives."""
    x, y = pairs(8, 3, slope=1.0)
    found = correlation.leave_one_out(x, y)
    for task in range(8):
        rest = np.arange(8) != task
        slope, intercept = np.polyfit(x[rest], y[rest], 1)
        assert found.line[task] == pytest.approx(slope * x[task] + intercept)
        assert found.mean[task] == pytest.approx(y[rest].mean())


def test_leave_one_out_where_one_task_carries_the_line() -> None:
    """Without it the others have one x and no line: their mean is the prediction."""
    found = correlation.leave_one_out(np.array([0.0, 0, 0, 1]), np.array([1.0, 2, 3, 9]))
    assert found.line[3] == pytest.approx(2.0)


def test_skill_tells_a_law_from_none() -> None:
    """A steep law saves most of the error; without a law the line does worse than the mean."""
    law = correlation.correlate(*pairs(12, 4, slope=10.0), Bootstrap(200, 0.95, 0))["leave_one_out"]
    none = [
        correlation.correlate(*pairs(10, s), Bootstrap(100, 0.95, 0))["leave_one_out"]["skill"]
        for s in range(40)
    ]
    assert law["skill"] > 0.9 and law["mae"]["high"] < law["mean_mae"]["value"]
    assert np.median(none) < 0


def test_line_and_band_equal_statsmodels() -> None:
    """Fit and band of the mean are those of ordinary least squares."""
    import statsmodels.api as sm

    x, y = pairs(10, 5, slope=1.0)
    places = np.array([-1.0, 0.0, 2.0])
    model = sm.OLS(y, sm.add_constant(x)).fit()
    expected = model.get_prediction(sm.add_constant(places)).summary_frame(alpha=0.05)
    found = correlation.line(x, y, places, 0.95)
    np.testing.assert_allclose(found.fit, expected["mean"])
    np.testing.assert_allclose(found.low, expected["mean_ci_lower"])
    np.testing.assert_allclose(found.high, expected["mean_ci_upper"])
