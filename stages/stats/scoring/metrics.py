"""The metrics, one entry each: what it is called, what it needs, and its values.

A value is split into what each test text adds by jackknife pseudo-values (Tukey 1958): of n texts,
n times the metric on all less n - 1 times the metric without the text. For a mean over texts these
are the texts' own values; for macro-F1 and the calibration error they hold how a text moves a ratio
or the gap of its bin.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from stages.core.arrays import Ints
from stages.stats.scoring import scores
from stages.stats.scoring.noise import Values
from stages.stats.scoring.predicted import Predicted

# Of the interval: Wilson's for a share; on the log scale for a positive mean; t, cut off at 0.
Scale = Literal["share", "positive", "error"]


class Metric(NamedTuple):
    """A number that says how good predictions (S, n) are beside the truth (n,)."""

    title: str
    better: Literal["higher", "lower"]
    needs: Literal["labels", "probabilities"]
    scale: Scale
    values: Callable[[Ints, Predicted], Values]


def _accuracy(truth: Ints, predicted: Predicted) -> Values:
    hits = (predicted.labels == truth).astype(np.float64)
    return Values(hits.mean(axis=1), hits, len(truth))


def _macro_f1(truth: Ints, predicted: Predicted) -> Values:
    """Leaving a text out changes the counts by its truth and prediction alone: K x K cases.

    Each label weighs 1/K, however few texts n_k it has: a mean over labels of shares among their
    texts is known as well as one of K^2 / sum of 1/n_k texts. A label without texts counts as one.
    """
    count, labels = len(truth), predicted.probabilities.shape[-1]
    tables = scores.confusion(truth, predicted.labels, labels)
    runs = scores.macro_f1(tables)
    one, eye = np.eye(labels)[:, None], np.eye(labels)
    hits = scores.hits(tables)[:, None, None] - one * eye  # (S, truth, predicted, K)
    mentions = scores.mentions(tables)[:, None, None] - (one + eye)
    without = scores.f1_of_counts(hits.clip(min=0), mentions).mean(axis=-1)
    pseudo = count * runs[:, None, None] - (count - 1) * without
    texts = pseudo[np.arange(len(tables))[:, None], truth, predicted.labels]
    sizes = np.bincount(truth, minlength=labels).clip(min=1)
    return Values(runs, texts, labels**2 / float((1 / sizes).sum()))


def _log_loss(truth: Ints, predicted: Predicted) -> Values:
    losses = scores.log_losses(truth, predicted.probabilities)
    return Values(losses.mean(axis=1), losses, len(truth))


def _ece(truth: Ints, predicted: Predicted) -> Values:
    """Leaving a text out changes the gap of its own bin alone."""
    gaps, bins = scores.confidence_gaps(truth, predicted.labels, predicted.probabilities)
    count = len(truth)
    sums = scores.bin_sums(gaps, bins)
    own, total = np.take_along_axis(sums, bins, axis=1), np.abs(sums).sum(axis=1)
    without = (total[:, None] - np.abs(own) + np.abs(own - gaps)) / (count - 1)
    runs = total / count
    return Values(runs, count * runs[:, None] - (count - 1) * without, count)


METRICS: dict[str, Metric] = {
    "accuracy": Metric("accuracy", "higher", "labels", "share", _accuracy),
    "macro_f1": Metric("macro-F1", "higher", "labels", "share", _macro_f1),
    "log_loss": Metric("log loss", "lower", "probabilities", "positive", _log_loss),
    "ece": Metric("calibration error", "lower", "probabilities", "error", _ece),
}


def values(truth: Ints, predicted: Predicted) -> dict[str, Values]:
    """Every metric of predictions for at least two test texts."""
    return {name: metric.values(truth, predicted) for name, metric in METRICS.items()}


def mean(found: Values) -> float:
    """The metric of a source: the mean over its training runs."""
    return float(found.runs.mean())


__all__ = ["METRICS", "Metric", "Scale", "mean", "values"]
