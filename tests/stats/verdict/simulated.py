"""Studies of populations that are known, each with a verdict and the truth about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import curves as fits
from stages.classifiers import draws, regressions
from stages.classifiers.curves import Line, Probes
from stages.classifiers.regressions import Space
from stages.core.arrays import Floats, Ints, Rows
from stages.stats.money import redraws, ways
from stages.stats.money.outlay import Part, Tariff
from stages.stats.money.ways import ALONE, WITH_REAL, Name, Way
from stages.stats.verdict import options as every
from stages.stats.verdict import rules
from stages.stats.verdict.options import Options
from stages.stats.verdict.rules import Asked
from stages.stats.worth.curves import Chance
from tests.stats.worth import populations
from tests.stats.worth.populations import Normal, Texts

METRIC = "accuracy"
TARIFF = Tariff(label=0.1, seconds=15, read=0, texts=1, classified=0)
USD = {"labelled": 0.001, "written": 0.0005}  # per text
SIZES = 6  # of each curve
FRESH = 100  # samples of a size, whose mean score is the truth


@dataclass(frozen=True)
class Large(Normal):
    """A population whose test texts are so many that scores are known to 0.2 points."""

    @cached_property
    def test(self) -> Texts:
        return self.sample(40_000, np.random.default_rng(1))


@dataclass(frozen=True)
class Case:
    """A population, and how good the ways to a classifier are in it."""

    population: Normal
    off: float  # how far centres of written texts are turned
    wrong: float  # share of the LLM's labels that are drawn at random
    tests: int = 300
    labels: int = 500
    written: int = 200
    draws: int = 10
    resamples: int = 400


class Outcome(NamedTuple):
    """A verdict, and what is true."""

    answer: str
    sure: float  # share of redraws in which the chosen option is within the margin
    held: float
    loss: float  # true best score less the chosen option's; nan: undecided
    naive: float  # its observed score less the true one
    corrected: float  # the same, its optimism taken off
    inside: bool  # whether its interval holds the true score
    more: int | None  # test texts that are said to settle an undecided verdict
    settled: bool  # whether so many more do


def study(case: Case, asked: Asked, seed: int, most: int = 3_000) -> Outcome:
    """Draw texts, train on them in every way, and give the verdict."""
    rng = np.random.default_rng([5, seed])
    tests = case.population.tests(case.tests + most, rng)
    made, truth = _trained(case, tests, rng, seed)
    options = _options(case, made, tests.codes, case.tests, seed)
    decision = rules.decide(options, every.real(options), asked)
    chosen = decision.chosen
    if chosen is None:
        found = rules.more(options, every.real(options), asked, case.tests, case.labels)
        more = found.tests if found and not found.train else None
        settled = False
        if more is not None and more <= most:
            larger = _options(case, made, tests.codes, case.tests + more, seed)
            settled = rules.decide(larger, every.real(larger), asked).chosen is not None
        held = decision.again.get(rules.UNDECIDED, 0.0)
        known = more if more is not None and more <= most else None
        return Outcome("undecided", 0, held, np.nan, np.nan, np.nan, False, known, settled)
    answer, score = options.answers[chosen], options.scores[chosen] - decision.optimism
    low, high = np.quantile(score[1:], [0.025, 0.975])
    return Outcome(
        answer,
        float(decision.sure[chosen]),
        decision.again.get(answer, 0.0),
        float(truth.max() - truth[chosen]),
        float(options.scores[chosen, 0] - truth[chosen]),
        float(score[0] - truth[chosen]),
        bool(low <= truth[chosen] <= high),
        None,
        False,
    )


class Made(NamedTuple):
    """A way's label codes (sizes, draws, tests) and what it takes."""

    name: Name
    sizes: Ints
    codes: NDArray[np.integer]
    part: Part
    texts: int = 0
    pool: int | None = None


def _trained(
    case: Case, tests: Texts, rng: np.random.Generator, seed: int
) -> tuple[list[Made], Floats]:
    """Every way's predictions, and the true score of every option."""
    population, many, labels = case.population, case.written, case.labels
    real, written = population.sample(labels, rng), population.source(many, case.off, rng)
    guessed = rng.integers(population.labels, size=labels)
    said = np.where(rng.random(labels) < case.wrong, guessed, real.codes)
    features = np.concatenate([real.features, real.features, written.features])
    codes = np.concatenate([real.codes, said, written.codes])
    learner = Probes(features, codes, population.labels, tests.features, 1.0)
    sizes, few = draws.sizes(labels, 10, SIZES), draws.sizes(many, 10, SIZES // 2)
    added = [size for size in sizes if 20 < size < labels]
    orders = draws.natural(labels, case.draws, seed, "real")
    own = draws.natural(many, case.draws, seed, "written") + 2 * labels
    beside = np.broadcast_to(2 * labels + np.arange(many), (case.draws, many))
    sets: Mapping[str, tuple[Sequence[int], list[Rows]]] = {
        "real": (sizes, _cut(orders, sizes)),
        "labelled": (sizes, _cut(orders + labels, sizes)),
        "written": (few, _cut(own, few)),
        "both": (added, [np.hstack([beside, orders[:, :size]]) for size in added]),
    }
    free = np.zeros(1 + case.resamples)
    found, truth = [], []
    for name, (counts, rows) in sets.items():
        line = {"": Line(counts, rows)}
        predicted = fits.predictions(learner, line, case.draws, False, lambda *_: None)[""]
        price = free + USD.get(name, USD["written"])
        part = Part(1, free, real=1) if name == "real" else Part(1, price, llm=True)
        way = Name(WITH_REAL, "written") if name == "both" else Name(ALONE, name)
        pool = None if name == "written" else labels
        found.append(Made(way, np.array(counts), predicted, part, many, pool))
        if name in ("real", "labelled"):
            truth += [_expected(case, size, name == "labelled") for size in counts]
        elif name == "written":
            truth += [_score(population, features, codes, each) for each in rows]
        else:
            truth += [
                float(populations._mixed(population, written, size, 20, rng)[METRIC].mean())
                for size in counts
            ]
    return found, np.array(truth)


def _cut(orders: Rows, sizes: Sequence[int]) -> list[Rows]:
    """The first so many of every draw; of all texts one draw is all there are."""
    return [*(orders[:, :size] for size in sizes[:-1]), orders[:1]]


def _score(population: Normal, features: NDArray[np.floating], codes: Ints, rows: Rows) -> float:
    """The mean true score of fits on these rows."""
    mass = regressions.one_hot(codes, population.labels)
    fitted = regressions.fit(Space(features), mass, rows)
    return float(populations.true_scores(population, fitted)[METRIC].mean())


@cache
def _expected(case: Case, size: int, said: bool) -> float:
    """The mean true score of samples of real texts, with people's labels or the LLM's."""
    rng = np.random.default_rng([6, size])
    texts = case.population.sample(size * FRESH, rng)
    guessed = rng.integers(case.population.labels, size=len(texts.codes))
    wrong = rng.random(len(texts.codes)) < (case.wrong if said else 0)
    codes = np.where(wrong, guessed, texts.codes)
    rows = np.arange(size * FRESH).reshape(FRESH, size)
    return _score(case.population, texts.features, codes, rows)


def _options(case: Case, made: Sequence[Made], truth: Ints, tests: int, seed: int) -> Options:
    """The options on the first so many test texts."""
    rng = np.random.default_rng([7, seed])
    chance = Chance.drawn(tests, case.draws, case.resamples, rng)
    found = []
    for each in made:
        codes, labels = each.codes[:, :, :tests], case.population.labels
        scores, tested = ways.trained(each.sizes, codes, truth[:tests], labels, chance, each.pool)
        way = Way(each.name, each.sizes, scores, [each.part], 10**9, each.texts, tested=tested)
        found.append(redraws.of_way(way, 0, 0))
    return every.of_ways(found, {}, METRIC, TARIFF, 0, {})
