"""Ways to a classifier: scores beside what they cost, with the chance in both."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints
from stages.stats.money import outlay
from stages.stats.money.outlay import Part, Tariff
from stages.stats.worth import curves, worth
from stages.stats.worth.curves import METRICS, Chance

_ROUNDING = 1e-9  # scores closer than this are equal
PROMPTED = "prompted"  # the LLM itself at run time, no classifier
ALONE, WITH_REAL, RUN_TIME = "alone", "with_real", "run_time"  # kinds of ways


class Name(NamedTuple):
    """Which way: a source, and how it is used."""

    kind: str
    source: str


class Spent(NamedTuple):
    """What a point of a way costs; money as (1 + resamples,)."""

    labels: float  # by people
    hours: float  # of people's time
    training: Floats  # US dollars before the first text is classified
    total: Floats  # with those of the classifier's life


class Taken(NamedTuple):
    """What a number of texts takes."""

    labels: Floats  # by people, for real texts
    read: Floats  # texts of an LLM that people read, each like a label
    bought: Floats  # US dollars for the LLM's part


class Way(NamedTuple):
    """Scores (sizes, 1 + resamples) by metric at sizes, and what so many texts take.

    A way that adds real texts has their numbers as sizes, beside all `texts` of the source. One
    without parts and population is the LLM at run time: its size counts for nothing.
    """

    name: Name
    sizes: Ints
    scores: Mapping[str, Floats]
    parts: Sequence[Part] = ()
    population: int = 0  # real texts that there are
    texts: int = 0  # of the source, where real ones are added
    asked: Floats | None = None  # US dollars per text that the LLM takes at run time
    tested: Mapping[str, Floats] = {}  # the scores with nothing but the test texts drawn again

    @property
    def priced(self) -> bool:
        """Whether all that is bought for it has a known price."""
        prices = [part.price for part in self.parts]
        prices += [] if self.asked is None else [self.asked]
        return all(np.isfinite(price[0]) for price in prices)

    def taken(self, sizes: Floats, reading: float) -> Taken:
        """What so many texts take; people read the share `reading` of an LLM's."""
        added = self.name.kind == WITH_REAL
        texts = np.full_like(sizes, self.texts) if added else sizes
        real = sizes if added else np.zeros_like(sizes)
        if self.name.kind == RUN_TIME:
            return Taken(*(np.zeros_like(sizes) for _ in Taken._fields))
        return Taken(
            outlay.labels(self.parts, texts, real, self.population),
            outlay.read(self.parts, texts, reading),
            outlay.bought(self.parts, texts),
        )

    def spent(self, sizes: Floats, tariff: Tariff) -> tuple[Floats, Floats]:
        """Labels by people, and US dollars before the first text is classified."""
        labels, read, bought = self.taken(sizes, tariff.read)
        return labels + read, (labels + read) * tariff.label + bought

    def life(self, tariff: Tariff) -> Floats:
        """US dollars for all texts that are ever classified."""
        each: Floats = np.array([tariff.classified]) if self.asked is None else self.asked
        return tariff.texts * each

    def points(self, tariff: Tariff, resamples: int) -> list[Spent]:
        """What each size costs."""
        counts, training = self.spent(self.sizes[:, None].astype(float), tariff)
        total = np.broadcast_to(training + self.life(tariff), (len(self.sizes), 1 + resamples))
        training = np.broadcast_to(training, total.shape)
        hours = counts * tariff.seconds / 3600
        rows = zip(counts[:, 0], hours[:, 0], training, total, strict=True)
        return [Spent(float(count), float(time), *money) for count, time, *money in rows]


def trained(
    sizes: Ints,
    codes: NDArray[Any],
    truth: Ints,
    labels: int,
    chance: Chance,
    pool: int | None,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Mean scores over draws by metric, (sizes, 1 + resamples), of a learning curve's `codes`.

    In each resample of test texts and draws; then of the test texts alone. `pool`: how many texts
    those of the curve are drawn from; None where they are all there are.
    """
    made = curves.scored(sizes, codes, truth, labels, chance)
    held = pool if len(sizes) > 1 or pool is None or sizes[-1] < pool else None
    means = {m: curves.replicates(made[m], chance, held).mean(axis=1) for m in METRICS}
    tested = {m: made[m].scores.mean(axis=1) for m in METRICS}
    return {metric: mean.clip(0, 1) for metric, mean in means.items()}, tested


def prompted(
    codes: Ints, places: Ints, truth: Ints, labels: int, chance: Chance
) -> dict[str, Floats]:
    """Scores by metric (1, 1 + resamples) of an LLM's label `codes` for the test texts `places`.

    On the same resampled test sets as everything else, as far as these texts are in them.
    """
    weights = chance.tests[:, places]
    few = chance._replace(tests=weights)
    made = curves.scored(np.zeros(1, int), codes[None, None], truth[places], labels, few)
    found = {metric: made[metric].scores[:, 0] for metric in METRICS}
    found["accuracy"] = found["accuracy"] * len(places) / weights.sum(axis=1)
    return found


def reached(way: Way, metric: str, targets: Floats, rising: Floats) -> Floats:
    """The sizes (1 + resamples,) at which a way reaches `targets`; inf where it never does.

    `rising` is its curve made monotone, linear between sizes on the log scale. A way that is above
    already at its smallest size needs that one.
    """
    if len(way.sizes) == 1:
        return np.where(way.scores[metric][0] >= targets, float(way.sizes[0]), np.inf)
    found: Floats = np.maximum(worth.reached(way.sizes, rising, targets), way.sizes[0])
    return found
