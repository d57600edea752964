"""What a small part of a source tells before more of it is written."""

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import regressions
from stages.classifiers.regressions import Regressions, Space
from stages.core.arrays import Ints, Rows

FOLDS = 5  # of the classifier that tells written texts from real ones


def first(codes: Ints, most: int) -> Rows:
    """Rows of each label's first texts: at most `most`, and at most half of what there is.

    >>> first(np.array([0, 0, 0, 0, 1, 1, 0]), 2).tolist()
    [0, 1, 4]
    """
    own = [np.flatnonzero(codes == code) for code in np.unique(codes)]
    return np.sort(np.concatenate([rows[: max(1, min(most, len(rows) // 2))] for rows in own]))


def parts(codes: Ints, count: int) -> list[Rows]:
    """The rows in `count` parts as equal as can be, each with its share of every label, in order.

    >>> [part.tolist() for part in parts(np.array([0, 0, 1, 1, 1]), 2)]
    [[0, 2, 3], [1, 4]]
    """
    own = [np.array_split(np.flatnonzero(codes == code), count) for code in np.unique(codes)]
    return [np.sort(np.concatenate(rows)) for rows in zip(*own, strict=True)]


def fit(features: NDArray[np.floating], codes: Ints, labels: int, c: float) -> Regressions:
    """The probe trained on all of these texts, whose codes are below `labels`."""
    mass = regressions.one_hot(codes, labels)
    return regressions.fit(Space(features), mass, np.arange(len(codes))[None], c)


def proxy_a_distance(
    left: NDArray[np.floating], right: NDArray[np.floating], c: float, seed: int
) -> float:
    """2 (1 - 2 err) of a classifier that tells two sets of texts apart, cross-validated.

    Ben-David et al. (2007), "Analysis of representations for domain adaptation". Both sets count
    alike, whatever their sizes. 2: every text is told apart; 0: none; somewhat below 0 by chance.
    """
    truth = np.repeat([0, 1], [len(left), len(right)])
    mass = regressions.one_hot(truth, 2) * len(truth) / (2 * np.bincount(truth))
    space = Space(np.concatenate([left, right]))
    shares = regressions.held_out(space, mass, np.arange(len(truth)), c, FOLDS, seed)
    wrong = shares.argmax(axis=1) != truth
    return float(2 * (1 - wrong[truth == 0].mean() - wrong[truth == 1].mean()))
