"""Which training texts stand at each point of a learning curve."""

import numpy as np
from numpy.typing import NDArray

from stages.core import seeds
from stages.core.arrays import Rows

Codes = NDArray[np.integer]


def sizes(total: int, smallest: int, most: int, step: int = 1) -> list[int]:
    """At most `most` sizes from `smallest` to `total`, each about the same multiple of the last.

    All but `total` are multiples of `step`. Only `total` where that is not above `smallest`.

    >>> sizes(1_000, 10, 5), sizes(1_000, 10, 5, step=4), sizes(9, 10, 5)
    ([10, 32, 100, 316, 1000], [32, 100, 316, 1000], [9])
    """
    grid = np.geomspace(smallest, max(smallest, total), most)
    rounded = {step * round(size / step) for size in grid}
    return sorted({size for size in rounded if smallest <= size < total} | {total})


def natural(texts: int, draws: int, seed: int, source: str) -> Rows:
    """Row numbers (draws, texts) in random order: label shares as they come.

    The first n of an order are among its first n + 1: draws of different sizes are nested. Draws of
    different sources are independent, and more draws leave the first ones as they are.
    """
    orders = [seeds.generator(seed, source, str(d)).permutation(texts) for d in range(draws)]
    return np.stack(orders)


def balanced(codes: Codes, draws: int, seed: int, source: str) -> Rows:
    """Row numbers (draws, texts) in random order in which labels take turns; else as `natural`.

    So the first n texts hold n / labels of each label, give or take one, until a label has no more.
    """
    orders = natural(len(codes), draws, seed, source)
    for order in orders:
        turn = np.empty(len(codes))
        for label in np.unique(codes):
            places = np.flatnonzero(codes[order] == label)
            turn[places] = np.arange(len(places))
        # The order of labels within a turn is random too: the shuffle's, which the sort keeps.
        order[:] = order[np.argsort(turn, kind="stable")]
    return orders


def joined(own: Rows, twins: Rows, drawn: Rows, nothing: int) -> Rows:
    """Training sets (draws, m + n): all rows `own` (m,) of a source, with real ones (draws, n).

    Where a text of the source is a real one, `twins` (m,) has its real row, else -1. A text that is
    drawn takes the place of its twin, whose row becomes `nothing`: it is labelled by people now.
    """
    kept = np.stack([np.where(np.isin(twins, rows), nothing, own) for rows in drawn])
    return np.hstack([kept, drawn])
