"""A source's scores and its gap to another one."""

import numpy as np
import pytest

from stages.core.arrays import Ints
from stages.stats.scoring import comparison, metrics
from stages.stats.scoring.evaluated import Gap
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.predicted import Predicted

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 1])


def guesses(*runs: list[int], sizes: tuple[int, ...]) -> Predicted:
    """Predictions with a probability of 0.75 each."""
    labels: Ints = np.array(runs)
    shares = np.where(labels[..., None] == np.arange(2), 0.75, 0.25).astype(np.float32)
    return Predicted(tuple(range(len(runs))), sizes, labels, shares)


ALL_RIGHT = guesses([0, 0, 0, 0, 1, 1, 1, 1], sizes=(40,))
GUESSES = guesses([0, 0, 0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1, 1, 0], sizes=(20, 21))


def gaps(one: Predicted, two: Predicted) -> dict[str, Gap]:
    """The first less the second."""
    return comparison.compared(metrics.values(TRUTH, one), metrics.values(TRUTH, two), 0.9)


def test_scores_are_means_over_runs() -> None:
    """Accuracies 7/8 and 5/8: mean 3/4, standard deviation sqrt(1/32)."""
    found = comparison.scored(metrics.values(TRUTH, GUESSES), 0.9)
    assert list(found) == list(METRICS)
    own = found["accuracy"]
    assert own.mean == 0.75 and own.sd == pytest.approx(np.sqrt(1 / 32))
    assert own.low < 0.75 < own.high
    assert own.noise == "test texts, training runs"
    loss = (12 * np.log(4 / 3) + 4 * np.log(4)) / 16
    assert found["log_loss"].mean == pytest.approx(loss)


def test_one_run_has_no_spread() -> None:
    """The standard deviation between runs is unknown, not zero; its interval holds texts alone."""
    found = comparison.scored(metrics.values(TRUTH, ALL_RIGHT), 0.9)["accuracy"]
    assert found.mean == 1 and found.sd is None
    assert found.low < 0.9 and found.se > 0
    assert found.noise == "test texts"


def test_the_gap_is_source_minus_base() -> None:
    """A source that is worse than its base has a negative gap, and the reverse the opposite one."""
    worse, better = gaps(GUESSES, ALL_RIGHT), gaps(ALL_RIGHT, GUESSES)
    assert worse["accuracy"].difference == -0.25 and better["accuracy"].difference == 0.25
    assert worse["log_loss"].difference > 0
    assert worse["accuracy"].p == better["accuracy"].p
    assert worse["accuracy"].noise == "test texts, training runs"


def test_confusion_is_summed_and_f1_averaged_over_runs() -> None:
    """By hand; the training texts of a run are rounded, half to even."""
    found = comparison.trained(TRUTH, GUESSES, ("no", "yes"), {"identical": False, "short": {}})
    assert found.confusion == {"no": {"no": 5, "yes": 3}, "yes": {"no": 1, "yes": 7}}
    assert found.f1["no"] == pytest.approx((6 / 7 + 4 / 7) / 2)
    assert (found.n_train, found.n_seeds) == (20, 2)
