"""Each metric is the usual one, and its values per text are those of leaving the text out."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from stages.core.arrays import Ints
from stages.stats.scoring import metrics, scores
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.predicted import Predicted


def draw(texts: int, labels: int = 3, runs: int = 2, seed: int = 0) -> tuple[Ints, Predicted]:
    """A truth (n,) and predictions whose probabilities lean to it."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(labels, size=texts)
    odds = rng.gamma(1.0, size=(runs, texts, labels))
    odds[:, np.arange(texts), truth] += 0.8
    shares = (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)
    return truth, Predicted(tuple(range(runs)), (1,) * runs, shares.argmax(axis=-1), shares)


def without(predicted: Predicted, text: int) -> Predicted:
    """The predictions for all other texts."""
    return predicted._replace(
        labels=np.delete(predicted.labels, text, axis=1),
        probabilities=np.delete(predicted.probabilities, text, axis=1),
    )


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("texts", [5, 40])
def test_values_per_text_are_jackknife_pseudo_values(name: str, texts: int) -> None:
    """n times the metric less n - 1 times the metric without the text, found by leaving it out."""
    truth, predicted = draw(texts)
    found = METRICS[name].values(truth, predicted)
    for text in range(texts):
        rest = METRICS[name].values(np.delete(truth, text), without(predicted, text)).runs
        pseudo = texts * found.runs - (texts - 1) * rest
        assert found.texts[:, text] == pytest.approx(pseudo, abs=1e-9)


def test_metrics_of_labels_and_losses_are_scikit_learns() -> None:
    """Accuracy, macro-F1 and log loss of each run."""
    truth, predicted = draw(60, labels=4, runs=3)
    found = metrics.values(truth, predicted)
    for run, labels in enumerate(predicted.labels):
        shares = predicted.probabilities[run].astype(np.float64)
        shares /= shares.sum(axis=1, keepdims=True)
        assert found["accuracy"].runs[run] == pytest.approx(accuracy_score(truth, labels))
        assert found["macro_f1"].runs[run] == pytest.approx(
            f1_score(truth, labels, average="macro")
        )
        assert found["log_loss"].runs[run] == pytest.approx(log_loss(truth, shares), abs=1e-6)


def test_a_certain_error_has_a_finite_loss() -> None:
    """A probability of 0 counts as the epsilon of 32-bit floats, 2^-23."""
    shares = np.array([[[1.0, 0.0]]], np.float32)
    assert scores.log_losses(np.array([1]), shares).tolist() == [[pytest.approx(23 * np.log(2))]]


def test_the_calibration_error_by_hand() -> None:
    """Two texts at 0.95, one right; three at 0.61, all right: (|1 - 1.9| + |3 - 1.83|) / 5."""
    confidence = np.array([0.95, 0.95, 0.61, 0.61, 0.61], np.float32)
    shares = np.stack([confidence, 1 - confidence], axis=-1)[None]
    labels = np.zeros((1, 5), dtype=np.int64)
    found = scores.ece(np.array([0, 1, 0, 0, 0]), labels, shares)
    assert found == pytest.approx([(0.9 + 1.17) / 5], abs=1e-6)


def test_a_bin_holds_its_upper_end() -> None:
    """As in Guo et al. (2017): confidences of 0.5 and 0.5001 lie in two bins, 1 in the last."""
    shares = np.array([[[0.5, 0.5], [0.5001, 0.4999], [1.0, 0.0]]], np.float32)
    _, bins = scores.confidence_gaps(np.zeros(3, int), np.zeros((1, 3), int), shares)
    assert bins.tolist() == [[4, 5, 9]]


def test_the_order_of_texts_does_not_matter() -> None:
    """Values move with their texts; the metrics stay."""
    truth, predicted = draw(50)
    order = np.random.default_rng(9).permutation(50)
    moved = predicted._replace(
        labels=predicted.labels[:, order], probabilities=predicted.probabilities[:, order]
    )
    for name, found in metrics.values(truth, predicted).items():
        other = METRICS[name].values(truth[order], moved)
        assert other.runs == pytest.approx(found.runs)
        assert other.texts == pytest.approx(found.texts[:, order])
