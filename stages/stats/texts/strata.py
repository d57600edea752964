"""Texts to look at, drawn so that every kind is there: as many of each as of the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Ints


def quota(sizes: Sequence[int], most: int) -> list[int]:
    """How many to draw of each stratum, `most` in all: equal numbers, small strata whole.

    >>> quota([3, 100, 50], 23), quota([3, 4], 10), quota([5, 5, 5], 2)
    ([3, 10, 10], [3, 4], [1, 1, 0])
    """
    left, found = min(most, sum(sizes)), [0] * len(sizes)
    while left > 0:
        open_ = [place for place, size in enumerate(sizes) if found[place] < size]
        each = max(1, left // len(open_))
        for place in open_[:left]:
            taken = min(each, sizes[place] - found[place], left)
            found[place] += taken
            left -= taken
    return found


def drawn(strata: NDArray[np.generic], most: int, rng: np.random.Generator) -> Ints:
    """The rows (at most `most`, in order) drawn at random of each stratum of `strata` (n,)."""
    names, codes = np.unique(strata, return_inverse=True)
    counts = np.bincount(codes, minlength=len(names))
    parts = [
        rng.choice(np.flatnonzero(codes == code), count, replace=False)
        for code, count in enumerate(quota(counts.tolist(), most))
    ]
    found: Ints = np.sort(np.concatenate([np.empty(0, np.int64), *parts])).astype(np.int64)
    return found
