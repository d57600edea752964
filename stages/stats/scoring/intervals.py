"""Bootstrap intervals of scores over test items, and of differences between sources.

Resampling n test items with replacement changes a score only through how often each pattern (truth,
prediction of seed 0, prediction of seed 1, ...) occurs, and these counts are multinomial. So the
counts are drawn, not the rows: the same distribution for a fraction of the work, as long as the
patterns are fewer than the items. All seeds and both sides of a comparison stand in one pattern,
which keeps them paired.

What varies is the test set; the trained classifiers are taken as they are. The spread between
seeds is reported beside the interval (`sd`) and is not part of it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.stats.scoring import scores
from stages.stats.scoring.scores import Floats, Ints

VERSION = 1  # of the method, part of every signature: raised when the same data give new numbers
_CELLS = 2**20  # pattern counts drawn at a time: 8 MiB
_RARE = 4  # patterns of at most so many items are cheaper to draw item by item
_ROUNDING = 1e-12  # differences of scores closer than this are equal


class Scores(NamedTuple):
    """Scores of several predictions, (resamples, predictions) or (predictions,)."""

    accuracy: Floats
    macro_f1: Floats


class Interval(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


class Gap(NamedTuple):
    """A difference with its standard error, interval and two-sided p-value."""

    difference: float
    se: float
    low: float
    high: float
    p: float


def observed(truth: Ints, predicted: Ints, labels: int) -> Scores:
    """The scores (P,) of predictions (P, n) against the truth (n,), all as label codes."""
    tables = scores.confusion(truth, predicted, labels)
    return Scores(scores.accuracy(tables), scores.macro_f1(tables))


def resampled(
    truth: Ints, predicted: Ints, labels: int, resamples: int, rng: np.random.Generator
) -> Scores:
    """The scores (resamples, P) of predictions (P, n) on test sets drawn with replacement.

    Every row is one drawn test set, on which all P predictions are scored.
    """
    patterns, counts = np.unique(np.vstack([truth, predicted]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    sums, counts = _indicators(patterns[:, order], labels), counts[order]
    parts = []
    for drawn in _draws(counts, resamples, rng):
        # Sums of counts are exact in float32 up to 2**24 items.
        totals = (drawn.astype(np.float32) @ sums).reshape(len(drawn), len(predicted), 2, labels)
        hits, mentions = totals[:, :, 0], totals[:, :, 1]
        accuracy = hits.sum(axis=-1, dtype=np.float64) / len(truth)
        parts.append((accuracy, scores.f1_of_counts(hits, mentions).mean(axis=-1)))
    return Scores(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def percentile(draws: Floats, level: float) -> Interval:
    """The central `level` share of bootstrap draws (Efron & Tibshirani 1993, section 13.3).

    >>> percentile(np.arange(101.0), 0.5)
    Interval(low=25.0, high=75.0)
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def gap(difference: float, draws: Floats, level: float) -> Gap:
    """An observed difference between two paired scores, judged by its bootstrap draws.

    The p-value is (1 + c) / (1 + B), where c of the B draws lie at least as far from the observed
    difference as that lies from zero: the draws, shifted to centre on zero, stand for the null
    hypothesis of no difference (Davison & Hinkley 1997, section 4.4; Riezler & Maxwell 2005; the
    same form as in sacreBLEU's paired bootstrap).
    """
    far = np.abs(draws - difference) >= abs(difference) - _ROUNDING
    low, high = percentile(draws, level)
    se = float(draws.std(ddof=1)) if len(draws) > 1 else 0.0
    return Gap(difference, se, low, high, float((1 + far.sum()) / (1 + len(draws))))


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """p-values after Holm's step-down correction (Holm 1979), in the order given.

    >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    if not len(p_values):
        return np.empty(0)
    corrected: NDArray[np.float64] = multipletests(list(p_values), method="holm")[1]
    return corrected


def _draws(counts: Ints, resamples: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Multinomial draws (chunk, patterns) of as many items as `counts`, which descend.

    The rare patterns together are one category of the multinomial; the items that fall to it are
    then drawn one by one, which is the same distribution and quicker than a binomial a pattern.
    """
    common = int((counts > _RARE).sum())
    rare = np.repeat(np.arange(len(counts) - common), counts[common:])
    shares = np.append(counts[:common], len(rare)) / counts.sum()
    chunk = max(1, _CELLS // len(counts))
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        drawn = np.zeros((size, len(counts)), dtype=np.int64)
        grouped = rng.multinomial(counts.sum(), shares, size=size)
        drawn[:, :common] = grouped[:, :common]
        if len(rare):
            rows = np.repeat(np.arange(size), grouped[:, common])
            columns = common + rare[rng.integers(len(rare), size=len(rows))]
            cells = np.bincount(rows * len(counts) + columns, minlength=drawn.size)
            drawn += cells.reshape(drawn.shape)
        yield drawn


def _indicators(patterns: Ints, labels: int) -> NDArray[np.float32]:
    """What one item of each pattern adds to hits and mentions: (patterns, P x 2 x K)."""
    truth, predicted = np.eye(labels, dtype=np.float32)[patterns[0]], patterns[1:]
    guesses = np.eye(labels, dtype=np.float32)[predicted]  # (P, patterns, K)
    sums = np.stack([guesses * truth, guesses + truth], axis=2)  # (P, patterns, 2, K)
    return sums.transpose(1, 0, 2, 3).reshape(patterns.shape[1], -1)
