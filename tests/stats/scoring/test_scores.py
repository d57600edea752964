"""Scores agree with scikit-learn and with hand values."""

import numpy as np
import pytest
from sklearn import metrics

from stages.stats.scoring import scores


@pytest.mark.parametrize("labels", [2, 4, 28])
@pytest.mark.parametrize("used", ["all", "some truths", "some guesses"])
def test_scores_are_scikit_learns(labels: int, used: str) -> None:
    """Accuracy, F1 and macro-F1 equal scikit-learn's, also for labels that do not occur."""
    rng = np.random.default_rng(labels)
    truth = rng.integers(labels - (used == "some truths"), size=97)
    predicted = rng.integers(labels - (used == "some guesses"), size=97)
    predicted = np.where(rng.random(97) < 0.5, np.minimum(truth, predicted.max()), predicted)
    table = scores.confusion(truth, predicted, labels)
    known = range(labels)
    f1 = metrics.f1_score(truth, predicted, labels=known, average=None, zero_division=0)
    assert table.tolist() == metrics.confusion_matrix(truth, predicted, labels=known).tolist()
    assert scores.accuracy(table) == metrics.accuracy_score(truth, predicted)
    assert scores.f1(table) == pytest.approx(f1, abs=1e-15)
    assert scores.macro_f1(table) == pytest.approx(f1.mean(), abs=1e-15)


def test_a_label_that_never_occurs_has_f1_zero() -> None:
    """It counts in macro-F1: two perfect labels of three give 2/3."""
    labels = np.array([0, 1, 1])
    table = scores.confusion(labels, labels, 3)
    assert scores.f1(table).tolist() == [1, 1, 0]
    assert scores.macro_f1(table) == pytest.approx(2 / 3)


def test_leading_axes_are_kept() -> None:
    """Several predictions at once score as each alone."""
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(3, size=20), rng.integers(3, size=(2, 5, 20))
    tables = scores.confusion(truth, predicted, 3)
    assert tables.shape == (2, 5, 3, 3)
    alone = scores.confusion(truth, predicted[1, 4], 3)
    assert tables[1, 4].tolist() == alone.tolist()
    assert scores.f1(tables).shape == (2, 5, 3)
    assert scores.macro_f1(tables)[1, 4] == scores.macro_f1(alone)


def test_no_items_have_no_accuracy() -> None:
    """An empty table is refused, not scored as NaN."""
    with pytest.raises(ValueError, match="without items"):
        scores.accuracy(np.zeros((2, 2), dtype=np.int64))
