"""Which training texts a seed sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stages.classifiers.protocol import Labels
from stages.core import seeds


def draw(
    labels: Labels, known: Sequence[str], cap: int | None, seed: int, source: str
) -> NDArray[np.intp]:
    """Row numbers, ascending: at most `cap` of each label, all where there are fewer or no cap.

    Each source and label has a generator of its own, so that no other one has a part in its draw: a
    mixture and its part draw independently, as the comparison of their scores assumes. A smaller
    cap's rows are among a larger one's.

    >>> draw(np.array(list("aabbb"), dtype=object), "ab", None, 0, "real")
    array([0, 1, 2, 3, 4])
    """
    if cap is None:
        return np.arange(len(labels))
    drawn = [
        seeds.generator(seed, source, label).permutation(np.flatnonzero(labels == label))[:cap]
        for label in known
    ]
    return np.sort(np.concatenate(drawn))
