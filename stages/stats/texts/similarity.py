"""How close a source's texts come to real ones that no source was made from: the test texts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.core import seeds
from stages.core.arrays import Floats
from stages.stats.texts.neighbours import Matrix, Nearest, nearest, nearest_other, top

TOP = 5  # Li et al. (2023), Figure B.2


def closeness(reference: Matrix, rows: Matrix) -> Floats:
    """For each reference text the mean of its five highest cosines with `rows` (Figure B.2).

    With fewer than five rows, all of them. Grows with the number of rows: compare at equal numbers.
    """
    best: Floats = top(reference, rows, min(TOP, len(rows))).mean(axis=1, dtype=np.float64)
    return best


def reach(reference: Matrix, size: int, draws: int, seed: int) -> float:
    """The median cosine of a reference text with the nearest of `size` others, mean over draws.

    So many rows of the reference's own population cover about half of it. The more texts there are,
    the nearer the nearest, so that the reach must be taken among as many as the rows it judges.
    Raises `ValueError` unless size < number of reference texts.
    """
    if not 0 < size < len(reference):
        raise ValueError(f"expected fewer texts than the {len(reference)} to draw, found {size}")
    rng = seeds.generator(seed, "reach")
    drawn = (rng.choice(len(reference), size + 1, replace=False) for _ in range(draws))
    return float(np.mean([np.median(nearest_other(reference[own]).cosine) for own in drawn]))


def covered(reference: Matrix, rows: Matrix, reach: float) -> Floats:
    """For each reference text 1 where a row is within `reach`, else 0."""
    return (nearest(reference, rows).cosine >= reach).astype(np.float64)


def c2st(reference: Matrix, rows: Matrix) -> tuple[float, NDArray[np.int64]]:
    """1-NN two-sample accuracy, and the neighbours.

    A classifier two-sample test (C2ST; Lopez-Paz and Oquab 2017) whose classifier is one nearest
    neighbour, each text left out in turn: the share of texts of both sets whose nearest other text
    is of their own set. 0.5: the sets look alike; 1: every text is recognised. The sets must be of
    equal size. Neighbours are indices into reference, then rows.
    """
    if len(reference) != len(rows):
        raise ValueError(f"expected sets of equal size, found {len(reference)} and {len(rows)}")
    index = nearest_other(np.concatenate([reference, rows])).place
    own = np.arange(len(index)) < len(reference)
    return float((own == own[index]).mean()), index


def c2st_p(share: float, index: NDArray[np.int64], resamples: int, seed: int) -> float:
    """The share of permuted splits into equal sets with at least this two-sample accuracy."""
    own = np.tile(np.arange(len(index)) < len(index) // 2, (resamples, 1))
    permuted = seeds.generator(seed, "c2st").permuted(own, axis=1)
    null = (permuted == permuted[:, index]).mean(axis=1)
    return float((1 + (null >= share - 1e-9).sum()) / (1 + resamples))


def closest(rows: Matrix, others: Matrix, pairs: int) -> dict[str, NDArray[Any]]:
    """The `pairs` rows that come closest to any of `others`: row, other, cosine, closest first."""
    found: Nearest = nearest(rows, others)
    order = np.argsort(-found.cosine, kind="stable")[:pairs]
    return {"row": order, "other": found.place[order], "cosine": found.cosine[order]}
