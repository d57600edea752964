"""Texts that say the same in other words, by their embeddings."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from stages.classifiers.configs import EmbedConfig
from stages.classifiers.encode import encode

ROWS = 1024  # of a block: 8 MiB of cosines


def embed(texts: Iterable[str]) -> NDArray[np.float64]:
    """MiniLM's embeddings (texts, dimensions), rows of length 1."""
    vectors = encode(np.array(list(texts), dtype=object), EmbedConfig(), "refine")
    rows: NDArray[np.float64] = vectors.astype(np.float64)  # half precision rounds the length
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def not_near_earlier(vectors: NDArray[np.float64], threshold: float) -> list[bool]:
    """False for a row whose cosine with an earlier kept row is `threshold` or more.

    `vectors` (texts, dimensions) have rows of length 1. Exact, in blocks: never an n x n matrix.
    """
    keep = np.ones(len(vectors), dtype=bool)
    for start in range(0, len(vectors), ROWS):
        block = vectors[start : start + ROWS]
        mine = keep[start : start + ROWS]  # a view
        for first in range(0, start, ROWS):
            earlier = vectors[first : first + ROWS][keep[first : first + ROWS]]
            if len(earlier):
                mine &= (block @ earlier.T).max(axis=1) < threshold
        near = np.triu(block @ block.T >= threshold, 1)
        for row in range(len(block)):  # in order: a dropped row drops no other
            if mine[row]:
                mine &= ~near[row]
    return keep.tolist()
