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


def hold_out(
    labels: Labels, rows: NDArray[np.intp], share: float, seed: int, source: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split drawn `rows` into those to train on and those held out, both ascending.

    Of each label `share` is held out, rounded, at least one text where the label has two or more.

    >>> hold_out(np.array(list("aabbbc"), dtype=object), np.arange(6), 0.1, 0, "real")[1].shape
    (2,)
    """
    held = []
    for label in sorted(set(labels[rows])):
        own = rows[labels[rows] == label]
        count = min(len(own) - 1, max(1, round(share * len(own))))
        held.append(seeds.generator(seed, source, label, "held out").permutation(own)[:count])
    out = np.sort(np.concatenate(held))
    return np.setdiff1d(rows, out), out
