"""How well a signal orders the sets of a task, by hand."""

import numpy as np
import pytest

from stages.stats.across.choosing import Sets, ordered
from stages.stats.resampling import Bootstrap

BOOTSTRAP = Bootstrap(500, 0.9, 0)
SCORE = np.array([0.5, 0.6, 0.9, 0.8])


def test_the_right_order_loses_nothing() -> None:
    """Rho is 1, the best set is chosen; by chance the best less the mean is lost."""
    found = ordered([Sets(10 * SCORE, SCORE)] * 6, BOOTSTRAP)
    assert found["rho"]["value"] == 1 and found["rho"]["p"] < 0.01
    assert found["lost"]["value"] == 0
    assert found["by_chance"]["value"] == pytest.approx(0.2)
    assert (found["tasks"], found["sets"]) == (6, 24)


def test_the_wrong_order_loses_most() -> None:
    """Rho is -1 and the worst set is chosen."""
    found = ordered([Sets(-SCORE, SCORE)], BOOTSTRAP)
    assert found["rho"]["value"] == -1
    assert found["lost"]["value"] == pytest.approx(0.4)


def test_a_signal_that_does_not_vary_orders_nothing() -> None:
    """It counts as 0 in the mean over tasks."""
    found = ordered([Sets(np.ones(4), SCORE), Sets(SCORE, SCORE)], BOOTSTRAP)
    assert found["rho"]["value"] == 0.5


def test_tasks_without_an_order_are_left_out() -> None:
    """Too few sets, or all as good."""
    few, alike = Sets(SCORE[:2], SCORE[:2]), Sets(SCORE, np.ones(4))
    assert ordered([few, alike], BOOTSTRAP) == {"tasks": 0}
    assert ordered([few, Sets(SCORE, SCORE)], BOOTSTRAP)["tasks"] == 1


def test_noise_is_seldom_better_than_chance() -> None:
    """p is below 0.1 in about a tenth of the studies."""
    rng = np.random.default_rng(0)
    found = [
        ordered([Sets(*rng.normal(size=(2, 4))) for _ in range(8)], Bootstrap(199, 0.9, study))
        for study in range(150)
    ]
    assert 0.04 < np.mean([one["rho"]["p"] <= 0.1 for one in found]) < 0.17
