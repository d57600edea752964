"""Many logistic regressions on the same embeddings, fitted side by side.

Each is the probe of `linear.Probe`: the minimum of what scikit-learn's `LogisticRegression(C=c)`
minimises (cross-entropy plus half the squared coefficients over c, the intercepts free), with
probabilities right to 1e-4.

What makes it fast: the texts' principal components as coordinates, in which the Hessian is nearly
diagonal and its diagonal known beforehand (some 20 steps in place of up to 80); one coordinate
per text where texts are fewer than dimensions; one column less than labels; one L-BFGS over a
thousand rows of several small fits at a time. All in float64 and on one BLAS thread, so that no
processor changes a digit that is shown.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from stages.core.arrays import Floats, Rows

ROWS_AT_ONCE = 1_024  # of all fits in one L-BFGS; more leave the processor's cache (measured)
TOLERANCE = 3e-5  # of the gradient in scaled coordinates; tests hold what it does to probabilities
MOST_ITERATIONS = 1_000  # some 20 are needed
_RANK = 1e-12  # directions with less of the largest variance are none
_NEVER = -1e30  # intercept of a label that no text of a fit has; finite: 0 times it is 0


class Regressions(NamedTuple):
    """Fitted regressions; a label that none of a fit's texts has is never predicted by it."""

    coefficients: Floats  # (fits, labels, dimensions)
    intercepts: Floats  # (fits, labels)

    def predict(self, features: NDArray[np.floating]) -> NDArray[np.int16]:
        """The likeliest label's code (fits, n) for features (n, dimensions)."""
        codes: NDArray[np.int16] = self._logits(features).argmax(axis=1).astype(np.int16)
        return codes

    def predict_proba(self, features: NDArray[np.floating]) -> Floats:
        """Probabilities (fits, n, labels) for features (n, dimensions)."""
        return np.moveaxis(_softmax(self._logits(features))[0], 1, 2)

    def _logits(self, features: NDArray[np.floating]) -> Floats:
        fits, labels, dimensions = self.coefficients.shape
        flat = self.coefficients.reshape(-1, dimensions) @ features.astype(np.float64).T
        logits: Floats = flat.reshape(fits, labels, -1) + self.intercepts[:, :, None]
        return logits


class Space:
    """Embeddings of training texts, centred and in the directions of their principal components.

    Neither centring (the intercept is free) nor rotation (the penalty sees lengths only) changes
    what is fitted.
    """

    def __init__(self, features: NDArray[np.floating]) -> None:
        """From features (texts, dimensions)."""
        self.centre: Floats = features.mean(axis=0, dtype=np.float64)
        centred = features.astype(np.float64) - self.centre
        texts, dimensions = centred.shape
        if texts < dimensions:
            lengths, inner = np.linalg.eigh(centred @ centred.T)
            kept = lengths > max(lengths[-1] * _RANK, np.finfo(float).tiny)
            lengths = lengths[kept]
            self.directions: Floats = centred.T @ (inner[:, kept] / np.sqrt(lengths))
        else:
            lengths, self.directions = np.linalg.eigh(centred.T @ centred)
        self.variances: Floats = lengths.clip(min=0) / texts
        self.coordinates: Floats = centred @ self.directions


def fit(space: Space, mass: NDArray[np.floating], rows: Rows, c: float = 1.0) -> Regressions:
    """One regression per row of `rows` (fits, n), trained on those n texts of the space.

    `mass` (texts, labels) says how much each text counts for each label: one-hot for plain labels,
    its multiples for weighted texts, a distribution for soft labels. `c` is the inverse of the L2
    penalty. With labels that only two of the fit's texts have, or one, the regression is over
    these, as in scikit-learn.

    Raises `ValueError` for a fit whose texts count for no label.
    """
    with one_blas_thread():
        fitted = [_fit(space, mass, group, c) for group in _groups(rows)]
    return Regressions(*(np.concatenate(part) for part in zip(*fitted, strict=True)))


def held_out(
    space: Space,
    mass: NDArray[np.floating],
    rows: NDArray[np.intp],
    c: float,
    folds: int,
    seed: int,
) -> Floats:
    """Probabilities (n, labels) for the texts `rows` (n,), each by a fit without its fold."""
    fold = np.random.default_rng(seed).permutation(len(rows)) % folds
    features = space.coordinates @ space.directions.T + space.centre
    probabilities = np.empty((len(rows), mass.shape[1]))
    for left in range(folds):
        fitted = fit(space, mass, rows[None, fold != left], c)
        probabilities[fold == left] = fitted.predict_proba(features[rows[fold == left]])[0]
    return probabilities


def one_blas_thread() -> AbstractContextManager[Any]:
    """Within it numpy multiplies on one thread: quicker for small matrices, and always the same."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries: 25 ms


def one_hot(codes: NDArray[np.integer], labels: int) -> Floats:
    """The mass (texts, labels) of plain label codes (texts,)."""
    mass: Floats = np.eye(labels)[codes]
    return mass


def _groups(rows: Rows) -> Iterator[Rows]:
    """The fits in groups of at most ROWS_AT_ONCE rows, or one fit."""
    size = max(1, ROWS_AT_ONCE // max(1, rows.shape[1]))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _fit(space: Space, mass: NDArray[np.floating], rows: Rows, c: float) -> Regressions:
    """The regressions of one group, all in one L-BFGS: their sum is least where each is."""
    counts = np.ascontiguousarray(np.moveaxis(mass[rows], 2, 1), dtype=np.float64)
    present: NDArray[np.bool_] = np.any(counts > 0, axis=2)  # (fits, labels)
    if not np.all(np.any(present, axis=1)):
        raise ValueError("expected texts that count for at least one label, found a fit with none")
    problem = _Problem(space, counts, present, rows, c)
    solved = minimize(
        problem.loss,
        np.zeros(problem.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_ITERATIONS, "gtol": TOLERANCE, "ftol": 0.0},
    )
    return problem.regressions(solved.x)


class _Problem:
    """The summed loss of a group's fits, its coordinates scaled so that the Hessian is near 1.

    K labels need K - 1 columns: the coefficients of least length sum to zero over labels, so they
    lie in the span of K - 1 orthonormal contrasts, and their squares keep their sum.
    """

    def __init__(
        self, space: Space, counts: Floats, present: NDArray[np.bool_], rows: Rows, c: float
    ) -> None:
        self._space, self._counts = space, counts
        self._texts = space.coordinates[rows]  # (fits, n, coordinates)
        self._total = counts.sum(axis=1, keepdims=True)  # of each text, over labels
        self._contrasts = np.stack([_contrasts(row) for row in present])  # (fits, K - 1, K)
        self._never = np.where(present, 0.0, _NEVER)[:, :, None]
        # scikit-learn has one vector for two labels, half of whose squares two vectors have.
        self._penalty = np.where(present.sum(axis=1) == 2, 2.0, 1.0)[:, None, None] / c
        # Where all labels are as likely, the loss curves by 1 / K per text; later by less.
        weight = counts.sum() / len(counts) / (2 * counts.shape[1])
        self._scale = 1 / np.sqrt(weight * space.variances + 1 / c)
        self._scale_free = 1 / np.sqrt(weight)
        self.shape = (len(counts), counts.shape[1] - 1, 1 + len(space.variances))
        self.size = int(np.prod(self.shape))

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """The summed loss and its gradient."""
        free, steep = self._unscaled(parameters)
        scores = steep @ np.swapaxes(self._texts, 1, 2) + free  # (fits, K - 1, n)
        logits = np.swapaxes(self._contrasts, 1, 2) @ scores + self._never
        probabilities, log_sum = _softmax(logits)
        value = np.vdot(self._total, log_sum) - np.vdot(self._counts, logits)
        value += 0.5 * (self._penalty * steep**2).sum()
        residuals = self._contrasts @ (self._total * probabilities - self._counts)
        slopes = (residuals @ self._texts + self._penalty * steep) * self._scale
        free_slopes = residuals.sum(axis=2, keepdims=True) * self._scale_free
        return float(value), np.concatenate([free_slopes, slopes], axis=2).ravel()

    def regressions(self, parameters: Floats) -> Regressions:
        """The fits in the embeddings' own coordinates."""
        free, steep = self._unscaled(parameters)
        across = np.swapaxes(self._contrasts, 1, 2)
        coefficients = across @ (steep @ self._space.directions.T)
        intercepts = (across @ free + self._never)[:, :, 0] - coefficients @ self._space.centre
        return Regressions(coefficients, intercepts)

    def _unscaled(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Intercepts (fits, K - 1, 1) and coefficients (fits, K - 1, coordinates)."""
        shaped = parameters.reshape(self.shape)
        return shaped[:, :, :1] * self._scale_free, shaped[:, :, 1:] * self._scale


def _contrasts(present: NDArray[np.bool_]) -> Floats:
    """Orthonormal rows (K - 1, K), each summing to 0 over the present labels; rows of 0 to fill.

    >>> _contrasts(np.array([True, False, True])).round(3).tolist()
    [[0.707, 0.0, -0.707], [0.0, 0.0, 0.0]]
    """
    rows = np.zeros((len(present) - 1, len(present)))
    places = np.flatnonzero(present)
    for before in range(1, len(places)):  # Helmert's
        rows[before - 1, places[:before]] = 1 / np.sqrt(before * (before + 1))
        rows[before - 1, places[before]] = -before / np.sqrt(before * (before + 1))
    return rows


def _softmax(logits: Floats) -> tuple[Floats, Floats]:
    """Probabilities and the log of the sum of exponentials, over the labels' axis 1."""
    largest = logits.max(axis=1, keepdims=True)
    powers = np.exp(logits - largest)
    sums = powers.sum(axis=1, keepdims=True)
    return powers / sums, np.log(sums) + largest
