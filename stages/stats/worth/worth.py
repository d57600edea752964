"""Worth: how many real labels train as good a classifier as a source does.

The learning curve of the real texts is made monotone and read backwards at the source's score, as
the break-even points of Pecher, Srba & Bielikova (EMNLP 2025) are. Nothing is extrapolated.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from stages.core.arrays import Floats, Ints
from stages.stats.worth.curves import Chance, Curve, replicates

RELIABLE = 0.1  # quantile over draws: 9 of 10 are above
_ROUNDING = 1e-12  # distances closer than this are equal


class Labels(NamedTuple):
    """A number of real labels with its interval; -inf and inf: below, above all measured sizes."""

    labels: float
    low: float
    high: float


class Worth(NamedTuple):
    """A source's worth in real labels, read in two ways."""

    mean: Labels  # where the mean of the real draws reaches the source
    reliable: Labels  # where 9 of 10 draws of real texts do


class Saved(NamedTuple):
    """What a source saves those who have `size` real labels."""

    size: int
    labels: Labels  # as many more real labels would have done the same; below 0 where it harms


class Ruler(NamedTuple):
    """The curve of real texts in every replicate, to measure scores with."""

    sizes: Ints
    means: Floats  # (sizes, 1 + resamples), over draws
    mean: Floats  # the same, made monotone
    reliable: Floats  # likewise the score that 9 of 10 draws are above


def ruler(real: Curve, chance: Chance, pool: int | None) -> Ruler:
    """From the curve of real texts, a sample of `pool` of a population (None: all there are)."""
    made = replicates(real, chance, pool)
    means = made.mean(axis=1)
    lower = np.quantile(made, RELIABLE, axis=1, method="median_unbiased")
    return Ruler(real.sizes, means, monotone(means), monotone(lower))


def worth(real: Ruler, source: Floats, level: float) -> Worth:
    """The worth of a source with scores (1 + resamples,) on the replicates' test sets.

    The intervals hold for the choice of test texts and of real training texts at once, and for
    whatever else the replicates of the source hold.
    """
    return Worth(
        interval(reached(real.sizes, real.mean, source), level),
        interval(reached(real.sizes, real.reliable, source), level),
    )


def saved(real: Ruler, both: Curve, chance: Chance, pool: int | None, level: float) -> list[Saved]:
    """s(n) in score(n real + the source) = score(n + s(n) real), for the sizes n of `both`.

    `both` has the scores of n real texts with the whole source, its draws those of `real`.
    """
    targets = replicates(both, chance, pool).mean(axis=1)
    return [
        Saved(int(size), interval(reached(real.sizes, real.mean, target) - size, level))
        for size, target in zip(both.sizes, targets, strict=True)
    ]


def reached(sizes: Ints, curves: Floats, targets: Floats) -> Floats:
    """The first sizes (replicates,) at which monotone `curves` (sizes, replicates) reach `targets`.

    A curve is linear between its sizes on the log scale. -inf where it starts above its target, inf
    where it never gets there.

    >>> curves = np.array([[0.5, 0.5, 0.5], [0.7, 0.7, 0.7]])
    >>> reached(np.array([10, 100]), curves, np.array([0.4, 0.6, 0.8])).round(2).tolist()
    [-inf, 31.62, inf]
    """
    after = (curves < targets).sum(axis=0)  # the first size at the target or above
    above = after.clip(1, len(sizes) - 1)
    columns, positions = np.arange(curves.shape[1]), np.log(sizes)
    low, high = curves[above - 1, columns], curves[above, columns]
    share = np.divide(targets - low, high - low, out=np.zeros_like(low), where=high > low)
    share = share.clip(0, 1)
    places = np.exp(positions[above - 1] + share * (positions[above] - positions[above - 1]))
    found: Floats = np.where(
        targets < curves[0], -np.inf, np.where(targets > curves[-1], np.inf, places)
    )
    return found


def monotone(curves: Floats) -> Floats:
    """The nearest curves (sizes, replicates) that never fall, by isotonic regression."""
    return np.stack([isotonic_regression(curve).x for curve in curves.T], axis=1)


def p_monotone(means: Floats) -> float:
    """The p-value of the hypothesis that a curve falls nowhere; means (sizes, 1 + resamples).

    The statistic is the squared distance of the observed means (the first) to the nearest monotone
    curve; under the hypothesis it is that of the monotone curve with the replicates' deviations.
    """
    observed = means[:, 0]
    null = monotone(means[:, :1]) + means[:, 1:] - observed[:, None]
    tried = np.column_stack([observed, null])
    falls = ((tried - monotone(tried)) ** 2).sum(axis=0)
    beyond = falls[1:] >= falls[0] - _ROUNDING
    return float((1 + beyond.sum()) / (1 + len(beyond)))


def interval(replicates: Floats, level: float) -> Labels:
    """The first replicate with the central `level` share of the others.

    The ends are replicates themselves: those outside the measured sizes have no mean.

    >>> interval(np.array([30.0, -np.inf, 20.0, 40.0, np.inf]), 0.5)
    Labels(labels=30.0, low=-inf, high=inf)
    """
    low = np.quantile(replicates[1:], (1 - level) / 2, method="lower")
    high = np.quantile(replicates[1:], (1 + level) / 2, method="higher")
    return Labels(float(replicates[0]), float(low), float(high))
