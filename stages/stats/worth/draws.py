"""Which training texts stand at each point of a learning curve."""

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Ints, Rows

SMALLEST = 10  # texts; with fewer a draw often has one label only


def sizes(total: int, smallest: int = SMALLEST, steps: int = 11) -> list[int]:
    """At most `steps` whole sizes from `smallest` to `total`, each the same multiple of the last.

    Raises `ValueError` when `total` is not above `smallest`: a curve needs two sizes.

    >>> sizes(1_000, steps=5)
    [10, 32, 100, 316, 1000]
    """
    if total <= smallest:
        raise ValueError(f"expected more than {smallest} texts for a learning curve, found {total}")
    return sorted({round(size) for size in np.geomspace(smallest, total, steps)})


def natural(texts: int, draws: int, seed: int) -> Rows:
    """Row numbers (draws, texts) in random order: label shares as they come.

    The first n of an order are among its first n + 1: draws of different sizes are nested.
    """
    return np.stack([_generator(seed, draw).permutation(texts) for draw in range(draws)])


def balanced(codes: Ints, draws: int, seed: int) -> Rows:
    """Row numbers (draws, texts) in random order in which labels take turns.

    So the first n texts hold n / labels of each label, give or take one, until a label has no
    more. Draws are nested as in `natural`.
    """
    orders = []
    for draw in range(draws):
        rng = _generator(seed, draw)
        shuffled = rng.permutation(len(codes))
        turn = np.empty(len(codes))
        for label in np.unique(codes):
            places = np.flatnonzero(codes[shuffled] == label)
            turn[places] = np.arange(len(places))
        # The order of labels within a turn is random too: the shuffle's ties, kept by the sort.
        orders.append(shuffled[np.argsort(turn, kind="stable")])
    return np.stack(orders)


def missing(codes: Ints, orders: Rows, taken: list[int], labels: int) -> NDArray[np.float64]:
    """How many of the labels (sizes,) a draw's texts lack, in the mean over draws.

    Such draws stay in the curve: labelling n random texts may give just them. A classifier trained
    on them never predicts the missing labels.

    >>> missing(np.array([0, 0, 1]), np.array([[0, 1, 2], [2, 0, 1]]), [1, 2, 3], 2).tolist()
    [1.0, 0.5, 0.0]
    """
    found = [[labels - len(np.unique(codes[order[:size]])) for order in orders] for size in taken]
    means: NDArray[np.float64] = np.mean(found, axis=1)
    return means


def _generator(seed: int, draw: int) -> np.random.Generator:
    """One for each draw, so that more draws leave the first ones as they are."""
    return np.random.default_rng([seed, draw])
