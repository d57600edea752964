"""Learning curves: what classifiers predict that are trained on ever more texts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import regressions, sampling
from stages.classifiers.protocol import Classifier, Features, Labels
from stages.classifiers.regressions import Space
from stages.core import workers
from stages.core.arrays import Floats, Rows
from stages.core.progress import Show

NOBODY = -1  # label code of a row that is no text: a training set that holds it is one text smaller
ROWS_AT_ONCE = 10_000  # of training sets that a process fits before it takes other ones
FOLDS = 5  # of the texts that probabilities are held out for

Predictions = NDArray[np.uint8]  # label codes (sizes, draws, tests)


class Learner(Protocol):
    """Trains a classifier on rows of one table, time and again."""

    def predict(self, sets: Rows, first: int) -> NDArray[np.integer]:
        """Label codes (draws, tests) after training on each of the `sets` (draws, n).

        `first` is the number of the first draw, for what is random in the training.
        """

    def probabilities(self, rows: NDArray[np.intp], others: Features) -> Floats:
        """Probabilities (n, labels) for other texts after training on `rows`."""


class Probes:
    """Probes that are trained side by side."""

    def __init__(
        self,
        features: NDArray[np.floating],
        codes: NDArray[np.integer],
        labels: int,
        tests: NDArray[np.floating],
        c: float,
    ) -> None:
        """From embeddings (texts, dimensions) with label codes, or NOBODY, and test embeddings."""
        with regressions.one_blas_thread():
            self._space = Space(features)
        self._mass = regressions.one_hot(codes, labels) * (codes != NOBODY)[:, None]
        self._tests, self._c = tests.astype(np.float64), c

    def predict(self, sets: Rows, first: int) -> NDArray[np.integer]:
        fitted = regressions.fit(self._space, self._mass, sets, self._c)
        with regressions.one_blas_thread():
            return fitted.predict(self._tests)

    def probabilities(self, rows: NDArray[np.intp], others: Features) -> Floats:
        fitted = regressions.fit(self._space, self._mass, rows[None], self._c)
        with regressions.one_blas_thread():
            found: Floats = fitted.predict_proba(others)[0]
        return found


class OneByOne:
    """Any classifier, trained on one set after the other; a draw's number is its seed."""

    def __init__(
        self,
        build: Callable[[], Classifier],
        features: Features,
        codes: NDArray[np.integer],
        labels: Labels,
        tests: Features,
        held_out_share: float | None,
    ) -> None:
        """`held_out_share`: of a training set, where `build`'s classifier needs it to stop."""
        self._build, self._features, self._tests = build, features, tests
        self._codes, self._names, self._share = codes, labels[codes], held_out_share

    def predict(self, sets: Rows, first: int) -> NDArray[np.integer]:
        found = [
            self._trained(rows, first + number).predict_proba(self._tests).argmax(axis=1)
            for number, rows in enumerate(sets)
        ]
        return np.stack(found)

    def probabilities(self, rows: NDArray[np.intp], others: Features) -> Floats:
        return self._trained(rows, 0).predict_proba(others).astype(np.float64)

    def _trained(self, rows: NDArray[np.intp], seed: int) -> Classifier:
        rows, classifier = rows[self._codes[rows] != NOBODY], self._build()
        held = rows[:0]
        if self._share is not None:
            rows, held = sampling.hold_out(self._names, rows, self._share, seed, "curves")
        texts, labels = self._features, self._names
        classifier.fit(texts[rows], labels[rows], texts[held], labels[held], seed)
        return classifier


class Line(NamedTuple):
    """The training sets of one curve."""

    sizes: Sequence[int]
    sets: Sequence[Rows]  # (draws, n) for each size, or (1, n) where all draws are one

    @property
    def rows(self) -> int:
        """How many rows are trained on in all."""
        return sum(each.size for each in self.sets)


class _Part(NamedTuple):
    """Some draws of one size of a line."""

    line: str
    place: int
    start: int
    stop: int


def predictions(
    learner: Learner, lines: Mapping[str, Line], draws: int, parallel: bool, show: Show
) -> dict[str, Predictions]:
    """What is predicted along each line; `show` is told how many rows were trained on.

    In as many processes as there are processors if `parallel`, else in this one.
    """
    parts = [part for name, line in lines.items() for part in _parts(name, line)]
    work = partial(_predict, learner, lines)
    found: dict[str, list[list[NDArray[np.uint8]]]] = {
        name: [[] for _ in line.sizes] for name, line in lines.items()
    }
    done = 0
    made = workers.results(work, parts) if parallel else map(work, parts)
    for part, codes in zip(parts, made, strict=True):
        found[part.line][part.place].append(codes)
        line = lines[part.line]
        done += len(codes) * line.sets[part.place].shape[1]
        show(done, f"{part.line}, {line.sizes[part.place]:,} texts")
    return {
        name: np.stack([_all(np.concatenate(size), draws) for size in sizes])
        for name, sizes in found.items()
    }


def held_out(learner: Learner, features: Features, rows: NDArray[np.intp], seed: int) -> Floats:
    """Probabilities (n, labels) for the texts `rows`, each by a classifier without its fold."""
    fold = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    parts = [
        (fold == left, learner.probabilities(rows[fold != left], features[rows[fold == left]]))
        for left in range(min(FOLDS, len(rows)))
    ]
    found = np.empty((len(rows), parts[0][1].shape[1]))
    for chosen, probabilities in parts:
        found[chosen] = probabilities
    return found


def _parts(name: str, line: Line) -> Iterator[_Part]:
    for place, rows in enumerate(line.sets):
        step = max(1, ROWS_AT_ONCE // rows.shape[1])
        for start in range(0, len(rows), step):
            yield _Part(name, place, start, start + step)


def _predict(learner: Learner, lines: Mapping[str, Line], part: _Part) -> NDArray[np.uint8]:
    sets = lines[part.line].sets[part.place][part.start : part.stop]
    return learner.predict(sets, part.start).astype(np.uint8)


def _all(codes: NDArray[np.uint8], draws: int) -> NDArray[np.uint8]:
    """Every draw's codes (draws, tests), where those of one stand for all of them too."""
    return np.broadcast_to(codes, (draws, codes.shape[1]))
