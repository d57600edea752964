"""The shared bootstrap: generators by name, percentiles, honest p-values of paired differences."""

import numpy as np
import pytest
from scipy import stats

from stages.stats.resampling import Bootstrap, paired, percentile

BOOTSTRAP = Bootstrap(resamples=500, level=0.9, seed=0)


def test_work_items_have_generators_of_their_own() -> None:
    """Draws depend on the seed and the item's name, on nothing else."""
    assert BOOTSTRAP.rng("a", "b").random() == BOOTSTRAP.rng("a", "b").random()
    assert BOOTSTRAP.rng("a", "b").random() != BOOTSTRAP.rng("a", "c").random()
    assert BOOTSTRAP.rng("a").random() != BOOTSTRAP._replace(seed=1).rng("a").random()


def test_the_interval_is_the_middle_share_of_the_draws() -> None:
    """Of 0 to 100 the middle 90 per cent reach from 5 to 95."""
    assert percentile(np.arange(101.0), 0.9) == pytest.approx((5, 95))


def test_a_difference_by_hand() -> None:
    """Of nine draws around -0.2 one lies 0.2 away: p = (1 + 1) / (1 + 9)."""
    draws = np.array([-0.2] * 5 + [-0.1, -0.15, -0.3, -0.4])
    found = paired(-0.2, draws, 0.5)
    assert found.p == pytest.approx(0.2)
    assert (found.low, found.high) == (-0.2, -0.2)


def test_equal_statistics_have_no_difference() -> None:
    """Difference and interval are zero and the p-value is one."""
    assert paired(0.0, np.zeros(99), 0.95) == (0, 0, 0, 0, 1)


def test_p_values_are_uniform_without_a_difference() -> None:
    """Of the mean of 200 paired differences around zero, whose interval holds zero in 95 %."""
    rng, found = np.random.default_rng(0), []
    for _ in range(400):
        data = rng.normal(size=200)
        draws = data[rng.integers(200, size=(300, 200))].mean(axis=1)
        found.append(paired(float(data.mean()), draws, 0.95))
    assert stats.kstest([one.p for one in found], "uniform").pvalue > 0.01
    assert 0.92 < np.mean([one.low <= 0 <= one.high for one in found]) < 0.98
