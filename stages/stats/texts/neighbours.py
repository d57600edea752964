"""Nearest neighbours by cosine among embeddings, in blocks: never an n x n matrix in memory.

Embeddings are (n, dim) with rows of length 1, so that a cosine is a dot product. For the rows that
`unit` gives it is exact: no processor, library or order of sums changes a bit, and of texts with
the same embedding none is nearer. The work beside the matrix products is one pass over each block;
only rows that improve are visited again.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

ROWS, COLUMNS = 1024, 1024  # of a block: 8 MiB of cosines, which stay in a processor's cache
GRID = 2.0**24


class Nearest(NamedTuple):
    """Each query's nearest neighbour."""

    cosine: Matrix  # (queries,)
    place: NDArray[np.int64]  # (queries,): its row


def unit(embeddings: NDArray[Any]) -> Matrix:
    """Rows with length 1 (half precision rounds the length off by 0.1 %), in multiples of 1 / GRID.

    The product of two such values is a multiple of 2**-48, and so is a sum of them; as it is at
    most about 1, double precision holds it exactly. Length 1 is off by 1e-7 or less.
    Raises `ValueError` for a row of zeros or with a value that is not finite.
    """
    rows: Matrix = np.asarray(embeddings, dtype=np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ValueError("an embedding is zero or not finite; run the embed stage again")
    scaled: Matrix = np.rint(rows * (GRID / norms)[:, None]) / GRID
    return scaled


def _spans(count: int, size: int, start: int = 0) -> Iterator[slice]:
    for first in range(start, count, size):
        yield slice(first, min(first + size, count))


def top(queries: Matrix, others: Matrix, k: int) -> Matrix:
    """The k greatest cosines of each query with `others`, (queries, k) in no particular order.

    Raises `ValueError` when there are fewer than k others.
    """
    if len(others) < k:
        raise ValueError(f"expected at least {k} texts to compare with, found {len(others)}")
    best = np.full((len(queries), k), -np.inf)
    for rows in _spans(len(queries), ROWS):
        mine = best[rows]
        for columns in _spans(len(others), COLUMNS):
            _take_over(mine, queries[rows] @ others[columns].T)
    return best


def _take_over(best: Matrix, cosines: Matrix) -> None:
    """Replace the weakest of each row's values so far by greater ones, which the block loses.

    One value per row at a time: after the first blocks few rows improve, and those by few values,
    so that this is quicker than a partition of whole rows.
    """
    better = np.flatnonzero(cosines.max(axis=1) > best.min(axis=1))
    while len(better):
        place = cosines[better].argmax(axis=1)
        weakest = best[better].argmin(axis=1)
        value = cosines[better, place]
        improved = value > best[better, weakest]
        better, place = better[improved], place[improved]
        best[better, weakest[improved]] = value[improved]
        cosines[better, place] = -np.inf


def nearest(queries: Matrix, others: Matrix) -> Nearest:
    """The most similar of `others` for each query; of equal ones the first."""
    best = np.full(len(queries), -np.inf)
    place = np.zeros(len(queries), dtype=np.int64)
    for rows in _spans(len(queries), ROWS):
        for columns in _spans(len(others), COLUMNS):
            cosines = queries[rows] @ others[columns].T
            _improve(best[rows], place[rows], cosines, 1, columns.start)
    return Nearest(best, place)


def _improve(
    best: Matrix, place: NDArray[np.int64], cosines: Matrix, axis: int, start: int
) -> None:
    """Take over what a block improves; its columns are the candidates (axis 1) or its rows (0).

    Where the greatest value stands is looked for only where it is an improvement.
    """
    value = cosines.max(axis=axis)
    better = np.flatnonzero(value > best)
    best[better] = value[better]
    place[better] = np.take(cosines, better, axis=1 - axis).argmax(axis=axis) + start


def nearest_other(rows: Matrix) -> Nearest:
    """The most similar other row for each row: each pair of blocks is multiplied once.

    Raises `ValueError` for fewer than two rows.
    """
    if len(rows) < 2:
        raise ValueError(f"expected at least 2 texts, found {len(rows)}")
    best = np.full(len(rows), -np.inf)
    place = np.zeros(len(rows), dtype=np.int64)
    for mine in _spans(len(rows), COLUMNS):
        for others in _spans(len(rows), COLUMNS, mine.start):
            cosines = rows[mine] @ rows[others].T
            if others.start == mine.start:
                np.fill_diagonal(cosines, -np.inf)
            else:
                _improve(best[others], place[others], cosines, 0, mine.start)
            _improve(best[mine], place[mine], cosines, 1, others.start)
    return Nearest(best, place)
