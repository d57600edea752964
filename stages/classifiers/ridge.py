"""Kernel ridge regression on indicators of the labels: a classifier in closed form.

Least squares in place of the likelihood of `regressions`, and a Gaussian kernel in place of the
inner product (regularised least-squares classification: Rifkin, Yeo & Poggio 2003; the mean of a
Gaussian process). A fit is one linear system, with weights and soft labels or without.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from stages.classifiers.regressions import one_blas_thread
from stages.core.arrays import Floats, Rows

PENALTY = 0.3  # of a text of weight 1, beside a kernel whose diagonal is 1
AT_ONCE = 1_000  # test texts whose kernel is in memory


class Ridge(NamedTuple):
    """A fitted classifier; its scores are about probabilities, and sum to 1 over the labels."""

    dual: Floats  # (texts, labels), 0 for texts that do not count
    shares: Floats  # (labels,) in training: the scores of a text unlike any other

    def scores(self, kernel: Floats) -> Floats:
        """Scores (m, labels) for rows (m, texts) of a kernel."""
        with one_blas_thread():
            found: Floats = kernel @ self.dual + self.shares
        return found


def kernel(features: NDArray[np.floating], others: NDArray[np.floating]) -> Floats:
    """exp(-|x - y|^2) (n, m) of embeddings (n, dimensions) and (m, dimensions) of length 1.

    Two unrelated sentences are about 1.8 apart in |x - y|^2: the width fits without being tuned.
    """
    a, b = features.astype(np.float64), others.astype(np.float64)
    with one_blas_thread():
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * (a @ b.T)
    near: Floats = np.exp(-squares.clip(min=0))
    return near


def fit(inner: Floats, mass: Floats, penalty: float = PENALTY) -> Ridge:
    """Trained on the texts that count, given their kernel (texts, texts).

    `mass` (texts, labels) is as in `regressions.fit`: its sum is a text's weight, those above 0
    count; divided by it, it is what the scores are to be (below 0, too: doubly robust losses have
    such targets).

    Raises `ValueError` where no text counts.
    """
    rows, system, wanted, shares = _system(inner, mass, penalty)
    dual = np.zeros(mass.shape)
    with one_blas_thread():
        factor = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
        dual[rows] = cho_solve(factor, wanted, check_finite=False)
    return Ridge(dual, shares)


def left_out(inner: Floats, mass: Floats, penalty: float = PENALTY) -> Floats:
    """Scores (texts, labels) of the texts that count, each by a fit without it; others NaN.

    In closed form (Cook 1977; Allen's PRESS 1974), but the labels' shares stay those of all texts.
    """
    rows, system, wanted, shares = _system(inner, mass, penalty)
    scores = np.full(mass.shape, np.nan)
    with one_blas_thread():
        inverse = np.linalg.inv(system)
        scores[rows] = wanted + shares - inverse @ wanted / np.diagonal(inverse)[:, None]
    return scores


def predict(
    features: NDArray[np.floating], tests: NDArray[np.floating], fitted: Sequence[Ridge]
) -> NDArray[np.int16]:
    """Label codes (fits, tests) by classifiers trained on texts with these features."""
    duals = np.hstack([each.dual for each in fitted])
    shares = np.stack([each.shares for each in fitted])
    blocks = []
    for start in range(0, len(tests), AT_ONCE):
        outer = kernel(tests[start : start + AT_ONCE], features)
        with one_blas_thread():
            scores = (outer @ duals).reshape(len(outer), *shares.shape) + shares
        blocks.append(scores.argmax(axis=2).astype(np.int16).T)
    return np.hstack(blocks)


def probabilities(scores: Floats, least: float = 0.05) -> Floats:
    """Scores (n, labels) as probabilities, none below about `least`.

    >>> probabilities(np.array([[1.2, -0.2]])).round(3).tolist()
    [[0.952, 0.048]]
    """
    clipped = scores.clip(least, 1.0)
    whole: Floats = clipped / clipped.sum(axis=1, keepdims=True)
    return whole


def _system(inner: Floats, mass: Floats, penalty: float) -> tuple[Rows, Floats, Floats, Floats]:
    """The texts that count, the matrix and right-hand side of their equations, labels' shares."""
    weight = mass.sum(axis=1)
    rows = np.flatnonzero(weight > 0)
    if not len(rows):
        raise ValueError("expected texts that count for at least one label, found none")
    shares = mass.sum(axis=0) / weight.sum()
    system = inner[np.ix_(rows, rows)]
    system[np.diag_indices(len(rows))] += penalty / weight[rows]
    return rows, system, mass[rows] / weight[rows, None] - shares, shares
