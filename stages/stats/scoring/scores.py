"""Accuracy and F1 from confusion tables; log loss and calibration error from probabilities.

A confusion table is an array (..., K, K) of counts, truth in rows and prediction in columns, labels
in the card's order; leading axes (seeds, resamples) are kept. A label that neither the truth nor
the predictions hold has F1 = 0, as in scikit-learn with `zero_division=0` over all labels.
"""

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints

BINS = 10  # of confidence, equal in width, for the calibration error (Naeini et al. 2015)


def confusion(truth: Ints, predicted: Ints, labels: int) -> Ints:
    """The confusion table (..., K, K) of label codes truth (n,) and predicted (..., n).

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    rows = predicted.reshape(-1, len(truth))
    cells = truth * labels + rows + np.arange(len(rows))[:, None] * labels**2
    counts = np.bincount(cells.ravel(), minlength=len(rows) * labels**2)
    return counts.reshape(*predicted.shape[:-1], labels, labels)


def hits(tables: Ints) -> Ints:
    """How many items of each label (..., K) are predicted as it."""
    return np.diagonal(tables, axis1=-2, axis2=-1)


def mentions(tables: Ints) -> Ints:
    """How often each label (..., K) is an item's truth plus how often it is predicted."""
    total: Ints = tables.sum(axis=-1) + tables.sum(axis=-2)
    return total


def f1_of_counts(hits: NDArray[np.generic], mentions: NDArray[np.generic]) -> Floats:
    """F1 = 2 hits / mentions, the harmonic mean of precision and recall; 0 without mentions."""
    mentioned = np.asarray(mentions, dtype=np.float64)
    doubled = 2.0 * np.asarray(hits, dtype=np.float64)
    return np.divide(doubled, mentioned, out=np.zeros_like(mentioned), where=mentioned > 0)


def accuracy(tables: Ints) -> Floats:
    """Share of items (...) whose prediction is their truth.

    Raises `ValueError` for a table without items.

    >>> float(accuracy(np.array([[1, 1], [0, 2]])))
    0.75
    """
    total = tables.sum(axis=(-2, -1))
    if not np.all(total):
        raise ValueError("a confusion table without items has no accuracy")
    shares: Floats = hits(tables).sum(axis=-1) / total
    return shares


def f1(tables: Ints) -> Floats:
    """F1 of each label (..., K).

    >>> f1(np.array([[1, 1], [0, 2]])).round(4).tolist()
    [0.6667, 0.8]
    """
    return f1_of_counts(hits(tables), mentions(tables))


def macro_f1(tables: Ints) -> Floats:
    """The mean (...) of the labels' F1, each label with equal weight."""
    means: Floats = f1(tables).mean(axis=-1)
    return means


def log_losses(truth: Ints, probabilities: NDArray[np.float32]) -> Floats:
    """-ln of the probability (S, n, K) given to each text's true label: (S, n).

    A probability of 0 counts as the machine epsilon of its type, as in scikit-learn's `log_loss`.
    """
    given = np.take_along_axis(probabilities, truth[None, :, None], axis=-1)[..., 0]
    smallest = np.finfo(probabilities.dtype).eps
    losses: Floats = -np.log(given.astype(np.float64).clip(smallest, 1.0))
    return losses


def confidence_gaps(
    truth: Ints, predicted: Ints, probabilities: NDArray[np.float32]
) -> tuple[Floats, Ints]:
    """What each text adds to its bin's gap: 1 if right or 0, less the confidence; and the bin.

    Both (S, n). The confidence is the predicted label's probability; the bins are `BINS` of equal
    width, of which each holds its upper end (Guo et al. 2017).
    """
    confidence = np.take_along_axis(probabilities, predicted[..., None], axis=-1)[..., 0]
    confidence = confidence.astype(np.float64)
    bins = np.ceil(confidence * BINS).astype(np.int64).clip(1, BINS) - 1
    return (predicted == truth) - confidence, bins


def bin_sums(gaps: Floats, bins: Ints) -> Floats:
    """The sum (S, BINS) of the texts' gaps (S, n) in each bin."""
    rows = np.arange(len(gaps))[:, None] * BINS
    sums = np.bincount((rows + bins).ravel(), gaps.ravel(), minlength=len(gaps) * BINS)
    return sums.astype(np.float64).reshape(len(gaps), BINS)


def ece(truth: Ints, predicted: Ints, probabilities: NDArray[np.float32]) -> Floats:
    """Expected calibration error (S,) of the predicted labels (S, n) with their probabilities.

    The mean over texts of how far confidence and accuracy of the text's bin lie apart (Naeini,
    Cooper & Hauskrecht 2015; Guo et al. 2017). On few texts it is too large: noise parts the two
    in every bin, even of a calibrated classifier.
    """
    sums = bin_sums(*confidence_gaps(truth, predicted, probabilities))
    errors: Floats = np.abs(sums).sum(axis=1) / len(truth)
    return errors
