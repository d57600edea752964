"""Populations whose learning curves are known, and studies of samples from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import curves as fits
from stages.classifiers import draws, regressions
from stages.classifiers.curves import Line, Probes
from stages.classifiers.regressions import Regressions, Space
from stages.core.arrays import Floats, Ints, Rows
from stages.stats.worth import curves, worth
from stages.stats.worth.curves import Chance, Curve
from stages.stats.worth.worth import Labels, Saved, Worth

LARGE = 5_000  # test texts; a source and the curve are scored on the same ones
FRESH = 400  # training sets of a size, whose mean score is known to about 0.002


class Texts(NamedTuple):
    """Embeddings (texts, dimensions) and label codes (texts,)."""

    features: NDArray[np.floating]
    codes: Ints


class Population(Protocol):
    """Where a study's texts come from."""

    @property
    def labels(self) -> int:
        """How many there are."""

    @property
    def test(self) -> Texts:
        """So many test texts that they are the population."""

    def sample(self, texts: int, rng: np.random.Generator) -> Texts:
        """Training texts."""

    def tests(self, texts: int, rng: np.random.Generator) -> Texts:
        """A study's test texts."""

    def source(self, texts: int, off: float, rng: np.random.Generator) -> Texts:
        """Training texts that are no real ones, the worse the larger `off`."""


@dataclass(frozen=True)
class Normal:
    """Normal clouds, one per label, whose centres lie `apart`, with these shares of texts."""

    shares: tuple[float, ...]
    apart: float
    dimensions: int = 16

    @property
    def labels(self) -> int:
        return len(self.shares)

    def sample(self, texts: int, rng: np.random.Generator) -> Texts:
        return self.source(texts, 0.0, rng)

    tests = sample

    def source(self, texts: int, off: float, rng: np.random.Generator) -> Texts:
        """The same with centres turned by the angle `off`, as an LLM may misplace a label."""
        codes = rng.choice(self.labels, size=texts, p=self.shares)
        centres = self._centres(0) * np.cos(off) + self._centres(1) * np.sin(off)
        noise = rng.normal(size=(texts, self.dimensions)) / np.sqrt(self.dimensions)
        return Texts(self.apart * centres[codes] + noise, codes)

    @cached_property
    def test(self) -> Texts:
        return self.sample(LARGE, np.random.default_rng(1))

    def _centres(self, kind: int) -> Floats:
        rng = np.random.default_rng([kind, self.dimensions])
        centres = rng.normal(size=(self.labels, self.dimensions))
        rows: Floats = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        return rows


@dataclass(frozen=True)
class Real:
    """Real texts, taken without replacement from so many that they are a population."""

    train: Texts
    test: Texts
    labels: int

    def sample(self, texts: int, rng: np.random.Generator) -> Texts:
        return _some(self.train, texts, rng)

    def tests(self, texts: int, rng: np.random.Generator) -> Texts:
        return _some(self.test, texts, rng)

    def source(self, texts: int, off: float, rng: np.random.Generator) -> Texts:
        """Real texts of which the share `off` has random labels."""
        taken = _some(self.train, texts, rng)
        wrong = rng.random(texts) < off
        guessed = rng.integers(self.labels, size=texts)
        return Texts(taken.features, np.where(wrong, guessed, taken.codes))


def _some(texts: Texts, count: int, rng: np.random.Generator) -> Texts:
    rows = rng.choice(len(texts.codes), size=count, replace=False)
    return Texts(texts.features[rows], texts.codes[rows])


class Known(NamedTuple):
    """A population's learning curves: the mean score over training sets, and its lowest tenth."""

    sizes: Ints
    mean: Floats
    reliable: Floats

    def worth(self, score: float) -> tuple[float, float]:
        """The sizes at which the two reach a score, -inf or inf outside."""
        both = worth.monotone(np.stack([self.mean, self.reliable], axis=1))
        mean, reliable = worth.reached(self.sizes, both, np.full(2, score))
        return float(mean), float(reliable)


def known(
    population: Population, largest: int, fresh: int = FRESH, steps: int = 16
) -> dict[str, Known]:
    """The curves in each metric by brute force: `fresh` training sets of every size."""
    rng = np.random.default_rng(2)
    sizes = np.array(draws.sizes(largest, 10, steps))
    found: dict[str, list[Floats]] = {metric: [] for metric in curves.METRICS}
    for size in sizes:
        parts = [population.sample(int(size), rng) for _ in range(fresh)]
        texts = Texts(*(np.concatenate(part) for part in zip(*parts, strict=True)))
        mass = regressions.one_hot(texts.codes, population.labels)
        rows = np.arange(size * fresh).reshape(fresh, size)
        fitted = regressions.fit(Space(texts.features), mass, rows)
        for metric, scores in true_scores(population, fitted).items():
            found[metric].append(scores)
    return {
        metric: Known(sizes, np.mean(scores, axis=1), np.quantile(scores, worth.RELIABLE, axis=1))
        for metric, scores in found.items()
    }


def true_scores(population: Population, fitted: Regressions) -> dict[str, Floats]:
    """In each metric the scores (fits,) on all of the population's test texts."""
    test = population.test
    alone = Chance(np.ones((1, len(test.codes)), np.float32), np.zeros((1, 1), np.intp))
    parts: dict[str, list[Floats]] = {metric: [] for metric in curves.METRICS}
    for start in range(0, len(fitted.intercepts), 20):  # no more at once than memory has room for
        some = Regressions(*(part[start : start + 20] for part in fitted))
        predicted = some.predict(test.features)[None]
        scored = curves.scored(np.zeros(1, int), predicted, test.codes, population.labels, alone)
        for metric, curve in scored.items():
            parts[metric].append(curve.scores[0, :, 0])
    return {metric: np.concatenate(scores) for metric, scores in parts.items()}


@dataclass(frozen=True)
class Design:
    """The sizes of a study."""

    labels: int = 500  # real texts
    tests: int = 300
    written: int = 100  # texts of the source
    draws: int = 20
    resamples: int = 400
    level: float = 0.95
    add_to: tuple[int, ...] = ()  # numbers of real labels that the source is added to
    drawn: bool = False  # whether the source is a sample of real texts, with wrong labels


class Study(NamedTuple):
    """What one study of a sample finds in one metric, and the truth about its source."""

    found: Worth
    p_monotone: float
    saved: list[Saved]
    score: float
    mixed: tuple[float, ...]  # the true mean scores of the source with `add_to` real texts


def study(
    population: Population, off: float, design: Design, seed: int, fresh: int = 40
) -> dict[str, Study]:
    """Draw real, written and test texts, and measure what the written ones are worth.

    The truth about the source with n real texts is the mean over `fresh` new samples of these; that
    about a drawn source the mean over samples, which `expected` has.
    """
    rng = np.random.default_rng([3, seed])
    real = population.sample(design.labels, rng)
    written = _source(population, off, design, rng)
    test = population.tests(design.tests, rng)
    both = Texts(*(np.concatenate(pair) for pair in zip(real, written, strict=True)))
    learner = Probes(both.features, both.codes, population.labels, test.features, 1.0)
    chance = Chance.drawn(design.tests, design.draws, design.resamples, rng)

    def scored(sizes: Sequence[int], sets: Sequence[Rows]) -> dict[str, Curve]:
        line = {"": Line(sizes, sets)}
        predicted = fits.predictions(learner, line, design.draws, False, lambda *_: None)[""]
        return curves.scored(np.array(sizes), predicted, test.codes, population.labels, chance)

    orders = draws.natural(design.labels, design.draws, seed, "real")
    added = design.labels + np.arange(design.written)
    sizes = draws.sizes(design.labels, 10, 11)
    curve = scored(sizes, [*(orders[:, :size] for size in sizes[:-1]), orders[:1]])
    own_sizes = draws.sizes(design.written, 10, 11) if design.drawn else [design.written]
    own_orders = added[draws.natural(design.written, design.draws, seed, "own")]
    own = scored(own_sizes, [*(own_orders[:, :size] for size in own_sizes[:-1]), added[None]])
    beside = np.broadcast_to(added, (design.draws, design.written))
    mixed = (
        scored(design.add_to, [np.hstack([beside, orders[:, :n]]) for n in design.add_to])
        if design.add_to
        else None
    )
    truth = true_scores(population, regressions.fit(*_alone(written, population)))
    true_mixed = [_mixed(population, written, size, fresh, rng) for size in design.add_to]
    other = chance.other_draws(rng)
    found = {}
    for metric in curves.METRICS:
        luck = curves.luck(own[metric], other, design.written) if design.drawn else 0.0
        scores = own[metric].scores[-1, 0] + luck
        level = curves.expanded(design.level, design.draws)
        asked = chance, design.labels, level
        ruler = worth.ruler(curve[metric], chance, design.labels)
        found[metric] = Study(
            worth.worth(ruler, scores, level),
            worth.p_monotone(ruler.means),
            worth.saved(ruler, mixed[metric], *asked) if mixed else [],
            float(truth[metric][0]),
            tuple(float(each[metric].mean()) for each in true_mixed),
        )
    return found


def expected(population: Population, off: float, design: Design) -> dict[str, float]:
    """In each metric the mean score of FRESH samples of a source."""
    rng = np.random.default_rng(4)
    parts = [_source(population, off, design, rng) for _ in range(FRESH)]
    scores = [true_scores(population, regressions.fit(*_alone(p, population))) for p in parts]
    return {metric: float(np.mean([s[metric] for s in scores])) for metric in curves.METRICS}


def _source(population: Population, off: float, design: Design, rng: np.random.Generator) -> Texts:
    """Written texts, or drawn ones of which the share `off` has random labels."""
    if not design.drawn:
        return population.source(design.written, off, rng)
    taken = population.sample(design.written, rng)
    guessed = rng.integers(population.labels, size=design.written)
    wrong = rng.random(design.written) < off
    return Texts(taken.features, np.where(wrong, guessed, taken.codes))


def _alone(texts: Texts, population: Population) -> tuple[Space, Floats, Rows]:
    """What one fit on all of these texts takes."""
    mass = regressions.one_hot(texts.codes, population.labels)
    return Space(texts.features), mass, np.arange(len(texts.codes))[None]


def _mixed(
    population: Population, written: Texts, size: int, fresh: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """True scores (fresh,) of the written texts with `size` fresh real ones."""
    parts = [written, *(population.sample(size, rng) for _ in range(fresh))]
    texts = Texts(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    own = np.broadcast_to(np.arange(len(written.codes)), (fresh, len(written.codes)))
    rows = np.hstack([own, len(written.codes) + np.arange(fresh * size).reshape(fresh, size)])
    mass = regressions.one_hot(texts.codes, population.labels)
    return true_scores(population, regressions.fit(Space(texts.features), mass, rows))


def covered(truth: float, found: Labels, smallest: int, largest: int) -> bool:
    """Whether an interval holds the true number, where outside the sizes only that is asked."""
    place = -np.inf if truth < smallest else np.inf if truth > largest else truth
    return found.low <= place <= found.high
