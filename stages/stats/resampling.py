"""Resampling that several statistics share: seeded draws, their percentiles, a paired bootstrap."""

from typing import NamedTuple

import numpy as np

from stages.core import seeds
from stages.core.arrays import Floats

_ROUNDING = 1e-12  # differences closer than this are equal


class Bootstrap(NamedTuple):
    """How often the data are resampled, the share of draws in an interval, and the seed."""

    resamples: int
    level: float
    seed: int

    def rng(self, *names: str) -> np.random.Generator:
        """A generator for the work item of this name, independent of all others."""
        return seeds.generator(self.seed, *names)


class Interval(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


class Difference(NamedTuple):
    """A difference with its standard error, interval and two-sided p-value."""

    difference: float
    se: float
    low: float
    high: float
    p: float


def percentile(draws: Floats, level: float) -> Interval:
    """The central `level` share of bootstrap draws (Efron & Tibshirani 1993, section 13.3).

    >>> percentile(np.arange(101.0), 0.5)
    Interval(low=25.0, high=75.0)
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def paired(difference: float, draws: Floats, level: float) -> Difference:
    """An observed difference between two paired statistics, judged by its bootstrap draws.

    The p-value is (1 + c) / (1 + B), where c of the B draws lie at least as far from the observed
    difference as that lies from zero: the draws, shifted to centre on zero, stand for the null
    hypothesis of no difference (Davison & Hinkley 1997, section 4.4; Riezler & Maxwell 2005).
    """
    far = np.abs(draws - difference) >= abs(difference) - _ROUNDING
    low, high = percentile(draws, level)
    se = float(draws.std(ddof=1)) if len(draws) > 1 else 0.0
    return Difference(difference, se, low, high, float((1 + far.sum()) / (1 + len(draws))))
