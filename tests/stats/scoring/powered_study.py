"""Studies of prediction-powered scores and gaps, drawn from populations whose scores are known.

The population's texts (`population`) get an LLM's labels of a given accuracy: it errs where the
classifiers are unsure, and then takes what they take it for. This is the hard case, since it hides
the classifiers' errors.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from stages.core.arrays import Floats, Ints
from stages.stats.scoring import estimates, metrics, powered, scores
from stages.stats.scoring.powered import Guessed, Labelled
from stages.stats.scoring.predicted import Predicted
from tests.stats.scoring import population
from tests.stats.scoring.population import WORLDS

METRICS = tuple(powered.FORMS)
LEVEL = 0.95


class World(NamedTuple):
    """What studies are drawn from: label codes of all texts, and the scores of whole banks."""

    labels: int
    truth: Ints  # (texts,)
    odds: Floats  # (texts, labels): mean probabilities of the classifiers
    sides: tuple[Ints, Ints]  # (classifiers, texts): real, synthetic
    scores: Mapping[str, tuple[float, float]]  # metric -> real, synthetic


class Found(NamedTuple):
    """One interval of one study."""

    held: bool
    width: float
    error: float
    effective: float  # labels


def world(name: str, classifiers: int = 100) -> World:
    """One of `population.WORLDS`, with one pool per source and 10 training texts per label."""
    found = population.population(WORLDS[name], 10, 1, classifiers, 1)
    labels = len(WORLDS[name].shares)
    banks = found.real[0], found.synthetic[0]
    real, synthetic = (bank.argmax(axis=-1).astype(np.int64) for bank in banks)
    true = {}
    for metric, form in powered.FORMS.items():
        sides = (
            [form.value(shares(found.truth, row, labels)).item() for row in side]
            for side in (real, synthetic)
        )
        first, second = map(np.mean, sides)
        true[metric] = (float(first), float(second))
    odds = np.mean([bank.astype(float).mean(axis=0) for bank in banks], axis=0)
    return World(labels, found.truth, odds, (real, synthetic), true)


def shares(truth: Ints, guessed: Ints, labels: int) -> Floats:
    """The table (1, K + 1, K + 1) of one classifier on all texts."""
    return scores.confusion(truth, guessed, labels + 1)[None] / len(truth)


def llm(known: World, accuracy: float, seed: int = 0) -> Ints:
    """An LLM's labels of all texts, right in about this share of them."""
    texts = np.arange(len(known.truth))
    doubt = 1 - known.odds[texts, known.truth]
    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        few = np.minimum(1, middle * doubt).mean() < 1 - accuracy
        low, high = (middle, high) if few else (low, middle)
    errs = np.random.default_rng(seed).random(len(texts)) < low * doubt
    others = known.odds.copy()
    others[texts, known.truth] = 0
    return np.where(errs, others.argmax(axis=1), known.truth)


def studies(
    known: World, said: Ints, tests: int, spare: int, runs: int, count: int
) -> Iterator[dict[tuple[str, str, str], Found]]:
    """(metric, score or gap, classic or powered) -> what each study found."""
    for number in range(count):
        rng = np.random.default_rng([tests, number])
        texts = rng.integers(len(known.truth), size=tests)
        more = rng.integers(len(known.truth), size=spare)
        sides = [
            Guessed(side[drawn[:, None], texts], side[drawn[:, None], more])
            for side in known.sides
            for drawn in [rng.integers(len(side), size=runs)]
        ]
        if len(np.unique(known.truth[texts])) == known.labels:
            labelled = Labelled(known.truth[texts], said[texts], said[more])
            yield {
                (metric, *key): made
                for metric in METRICS
                for key, made in _study(known, labelled, sides, metric).items()
            }


def _study(
    known: World, labelled: Labelled, sides: list[Guessed], metric: str
) -> dict[tuple[str, str], Found]:
    runs, count = sides[0].tests.shape
    none = np.broadcast_to(np.float32(0), (runs, count, known.labels))
    seeds, form = tuple(range(runs)), powered.FORMS[metric]
    real, other = (
        metrics.METRICS[metric].values(labelled.truth, Predicted(seeds, seeds, side.tests, none))
        for side in sides
    )
    true, synthetic = known.scores[metric]
    true_gap = synthetic - true
    one = powered.tuned(labelled, sides[:1], known.labels, form)
    two = powered.tuned(labelled, sides[::-1], known.labels, form)
    classic, gap = estimates.score(real, "share", LEVEL), estimates.gap(other, real, "share", LEVEL)
    sharper, closer = powered.score(real, one, LEVEL), powered.gap(other, real, two, LEVEL)
    return {
        ("score", "classic"): _found(classic.mean, classic.low, classic.high, true, count),
        ("score", "powered"): _found(*sharper, true, powered.effective(count, one)),
        ("gap", "classic"): _found(gap.difference, gap.low, gap.high, true_gap, count),
        ("gap", "powered"): _found(
            closer.difference, closer.low, closer.high, true_gap, powered.effective(count, two)
        ),
    }


def _found(value: float, low: float, high: float, true: float, effective: float) -> Found:
    return Found(low <= true <= high, high - low, value - true, effective)
