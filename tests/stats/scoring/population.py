"""Populations of test texts and training draws whose scores are known, to draw studies from.

Texts are points: K labels at the corners of a simplex, with noise in further dimensions. A source
is a pool of training texts; its population is a bank of classifiers, each trained on a draw of a
few texts per label from the pool, or the one classifier trained on all of them. A study draws some
of the bank's classifiers and some test texts; the scores of the whole bank on all test texts are
the truth that its intervals should hold.

The population of test texts is its own mirror image in the noise dimensions. So a classifier that
looks at the mirror image of a text has the same scores as the classifier itself, although it errs
on other texts: two sources that differ in nothing else.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stages.core.arrays import Ints
from stages.stats.scoring.predicted import Predicted

Bank = NDArray[np.float16]  # (classifiers, texts of the population, labels): probabilities

NOISE = 20  # dimensions that say nothing about the label
TEXTS = 6_000  # of the population of test texts
POOL = 150  # real training texts per label, as far as its share goes
WRITTEN = 60  # synthetic training texts per label


class World(NamedTuple):
    """A classification task."""

    shares: tuple[float, ...]  # of the labels in real texts; synthetic ones are balanced
    distance: float  # between two labels, in standard deviations of a text


WORLDS = {
    "two labels": World((0.5, 0.5), 2.2),
    "rare label, 13 %": World((0.87, 0.13), 3.0),
    "rare label, 7 %, few errors": World((0.93, 0.07), 4.5),
    "six labels": World((0.3, 0.25, 0.2, 0.12, 0.08, 0.05), 2.5),
}


class Population(NamedTuple):
    """All test texts, and the classifiers of each pool of two sources."""

    truth: Ints  # (texts,)
    mirror: Ints  # (texts,) where a text's mirror image stands
    real: list[Bank]  # one per pool
    synthetic: list[Bank]


def population(
    world: World, per_label: int | None, pools: int, classifiers: int, seed: int
) -> Population:
    """Banks of `classifiers` for each of `pools`, trained on `per_label` texts of each label.

    None: on all of a pool's texts, once. Synthetic texts lie nearer to each other, and their labels
    less far apart and elsewhere.
    """
    rng = np.random.default_rng(seed)
    labels = len(world.shares)
    centres = np.eye(labels) * world.distance / np.sqrt(2)
    elsewhere = 0.75 * centres + 0.25 * rng.normal(size=centres.shape)
    counts = np.round(np.array(world.shares) * TEXTS / 2).astype(int)
    texts, truth = _texts(rng, counts, centres, 1.0)
    mirrored = texts.copy()
    mirrored[:, labels:] *= -1
    everything, half = np.vstack([texts, mirrored]), len(truth)
    sizes = np.round(np.array(world.shares) * POOL * labels).astype(int)
    real, synthetic = [], []
    for _ in range(pools):
        pool = _texts(rng, sizes, centres, 1.0)
        real.append(_bank(rng, *pool, per_label, classifiers, everything))
        pool = _texts(rng, np.full(labels, WRITTEN), elsewhere, 0.8)
        synthetic.append(_bank(rng, *pool, per_label, classifiers, everything))
    places = np.arange(half)
    mirror = np.concatenate([places + half, places])
    return Population(np.concatenate([truth, truth]), mirror, real, synthetic)


def predicted(bank: Bank, texts: Ints, runs: int, rng: np.random.Generator) -> Predicted:
    """What `runs` classifiers drawn from the bank predict for the given texts."""
    drawn = rng.integers(len(bank), size=runs)
    return as_predicted(bank[drawn[:, None], texts])


def as_predicted(probabilities: NDArray[np.floating[Any]]) -> Predicted:
    """Predictions from probabilities (runs, texts, labels)."""
    runs = len(probabilities)
    shares = probabilities.astype(np.float32)
    return Predicted(tuple(range(runs)), (1,) * runs, shares.argmax(axis=-1), shares)


def _texts(
    rng: np.random.Generator, counts: Ints, centres: NDArray[np.float64], spread: float
) -> tuple[NDArray[np.float64], Ints]:
    labels = np.repeat(np.arange(len(counts)), counts)
    texts = spread * rng.normal(size=(len(labels), len(counts) + NOISE))
    texts[:, : len(counts)] += centres[labels]
    return texts, labels


def _bank(
    rng: np.random.Generator,
    texts: NDArray[np.float64],
    labels: Ints,
    per_label: int | None,
    classifiers: int,
    population: NDArray[np.float64],
) -> Bank:
    found = []
    for _ in range(classifiers if per_label else 1):
        rows = np.concatenate(
            [rng.permutation(np.flatnonzero(labels == k))[:per_label] for k in np.unique(labels)]
        )
        model = LogisticRegression(max_iter=1_000).fit(texts[rows], labels[rows])
        found.append(model.predict_proba(population).astype(np.float16))
    return np.stack(found)
