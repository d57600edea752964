"""The cheapest way to a score, and how many texts a classifier has to classify to be cheaper."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stages.core.arrays import Floats
from stages.stats.money.frontier import DIGITS
from stages.stats.money.outlay import Tariff
from stages.stats.money.ways import RUN_TIME, Name, Way, reached
from stages.stats.worth import worth


class Reached(NamedTuple):
    """What a way takes to reach a score; arrays (1 + resamples,), inf where it does not."""

    way: Name
    size: Floats  # texts of its source, or real ones beside all of these
    labels: Floats  # by people
    training: Floats  # US dollars
    total: Floats  # US dollars over the classifier's life


def rising(ways: Sequence[Way], metric: str) -> dict[Name, Floats]:
    """Every way's curve made monotone."""
    return {way.name: worth.monotone(way.scores[metric]) for way in ways}


def reach(way: Way, metric: str, targets: Floats, curve: Floats, tariff: Tariff) -> Reached:
    """What `way` takes to reach the `targets` (1 + resamples,), by its monotone `curve`."""
    size = reached(way, metric, targets, curve)
    there = np.isfinite(size)
    labels, training = way.spent(np.where(there, size, way.sizes[-1]), tariff)
    total = training + way.life(tariff)
    found = (np.where(there, part, np.inf) for part in (labels, training, total))
    return Reached(way.name, size, *found)


def cheapest(found: Sequence[Reached]) -> tuple[Reached, float] | None:
    """The way with the lowest total, and in which share of the resamples it is; None: no way."""
    totals = np.stack([each.total for each in found]).round(DIGITS)
    best = int(totals[:, 0].argmin())
    if not np.isfinite(totals[best, 0]):
        return None
    same = (totals.argmin(axis=0) == best) & np.isfinite(totals[best])
    return found[best], float(same[1:].mean())


def break_even(training: Floats, asked: Floats, classified: float) -> Floats:
    """From how many texts on a classifier is cheaper than asking the LLM each time; inf: never.

    `training`: US dollars for the classifier; `asked`, `classified`: per text of either.

    >>> break_even(np.array([5.0, 5.0]), np.array([0.001, 0.0]), 0.0).tolist()
    [5000.0, inf]
    """
    saved = asked - classified
    found: Floats = np.divide(training, saved, out=np.full_like(training, np.inf), where=saved > 0)
    return found


def of_classifiers(found: Mapping[Name, Reached]) -> list[Reached]:
    """Those ways that train something."""
    return [each for name, each in found.items() if name.kind != RUN_TIME]
