"""Which training texts a seed sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stages.classifiers.protocol import Labels
from stages.core import seeds


def draw(labels: Labels, known: Sequence[str], cap: int | None, seed: int) -> NDArray[np.intp]:
    """Row numbers, ascending: at most `cap` of each label, all where there are fewer or no cap.

    Each label has a generator of its own, so that other labels have no part in its draw; a smaller
    cap's rows are among a larger one's.

    >>> draw(np.array(list("aabbb"), dtype=object), "ab", None, seed=0)
    array([0, 1, 2, 3, 4])
    """
    if cap is None:
        return np.arange(len(labels))
    drawn = [
        seeds.generator(seed, label).permutation(np.flatnonzero(labels == label))[:cap]
        for label in known
    ]
    return np.sort(np.concatenate(drawn))
