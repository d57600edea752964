"""A source's scores and its gap to another one."""

import numpy as np
import pytest

from stages.stats.scoring import comparison
from stages.stats.scoring.comparison import Bootstrap
from stages.stats.scoring.predicted import Predicted

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 1])
ALL_RIGHT = Predicted((0,), (40,), TRUTH[None])
GUESSES = Predicted(
    (0, 1), (20, 21), np.array([[0, 0, 0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1, 1, 0]])
)
BOOTSTRAP = Bootstrap(resamples=500, level=0.9, seed=0)


def test_scores_are_means_over_seeds() -> None:
    """Accuracies 7/8 and 5/8: mean 3/4, standard deviation sqrt(1/32); counts are sums."""
    block = comparison.compare(TRUTH, GUESSES, None, ("no", "yes"), BOOTSTRAP, BOOTSTRAP.rng("x"))
    assert block["accuracy"]["mean"] == 0.75
    assert block["accuracy"]["sd"] == pytest.approx(np.sqrt(1 / 32))
    assert block["accuracy"]["low"] <= 0.75 <= block["accuracy"]["high"]
    assert block["confusion"] == {"no": {"no": 5, "yes": 3}, "yes": {"no": 1, "yes": 7}}
    assert block["f1"]["no"] == pytest.approx((6 / 7 + 4 / 7) / 2)
    assert block["n_train"] == 20
    assert "gap" not in block


def test_one_seed_has_no_spread() -> None:
    """The standard deviation between seeds is left out, not zero."""
    block = comparison.compare(TRUTH, ALL_RIGHT, None, ("no", "yes"), BOOTSTRAP, BOOTSTRAP.rng())
    assert block["accuracy"] == {"mean": 1, "low": 1, "high": 1}


def test_the_gap_is_source_minus_base() -> None:
    """A source that is worse than its base has a negative gap, and the reverse the opposite one."""
    labels = ("no", "yes")
    worse = comparison.compare(TRUTH, GUESSES, ALL_RIGHT, labels, BOOTSTRAP, BOOTSTRAP.rng())
    better = comparison.compare(TRUTH, ALL_RIGHT, GUESSES, labels, BOOTSTRAP, BOOTSTRAP.rng())
    assert worse["gap"]["accuracy"]["difference"] == -0.25
    assert better["gap"]["accuracy"]["difference"] == 0.25
    assert worse["gap"]["macro_f1"]["high"] <= 0 <= better["gap"]["macro_f1"]["low"]
    assert worse["gap"]["accuracy"]["p"] == pytest.approx(better["gap"]["accuracy"]["p"], abs=0.1)


def test_work_items_have_generators_of_their_own() -> None:
    """Draws depend on the seed and the item's name, on nothing else."""
    assert BOOTSTRAP.rng("a", "b").random() == BOOTSTRAP.rng("a", "b").random()
    assert BOOTSTRAP.rng("a", "b").random() != BOOTSTRAP.rng("a", "c").random()
    assert BOOTSTRAP.rng("a").random() != BOOTSTRAP._replace(seed=1).rng("a").random()
