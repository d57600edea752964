"""Which texts nearly repeat another set's texts, by the words themselves."""

import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stages.core.text import shingles

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK = 128  # texts compared at a time: long texts share common triples with most others


def overlap(texts: Sequence[str], originals: Sequence[str]) -> NDArray[np.float64]:
    """Each text's greatest Jaccard similarity of word 3-shingles with any of `originals`: (texts,).

    1 is the same words in the same order, case and punctuation apart. Exact, by sparse products of
    texts and shingles in blocks.
    """
    best = np.zeros(len(texts))
    if not len(texts) or not len(originals):
        return best
    left, right = _matrices([map(_shingles, texts), map(_shingles, originals)])
    sizes = np.asarray(right.sum(axis=1))
    turned = right.T.tocsr()
    for start in range(0, len(texts), _BLOCK):
        rows = left[start : start + _BLOCK]
        shared = (rows @ turned).tocoo()
        own = np.asarray(rows.sum(axis=1))[shared.row]
        similar = shared.data / (own + sizes[shared.col] - shared.data)
        np.maximum.at(best, start + shared.row, similar)
    return best


def _shingles(text: str) -> set[int]:
    return {zlib.crc32(shingle.encode()) for shingle in shingles(text)}


def _matrices(sets: Iterable[Iterable[set[int]]]) -> "list[csr_array]":
    """0/1 matrices (texts, shingles) over one numbering of all shingles."""
    from scipy.sparse import csr_array

    lists = [[np.fromiter(found, np.int64) for found in part] for part in sets]
    flat = np.concatenate(list(chain.from_iterable(lists)))
    values, codes = np.unique(flat, return_inverse=True)
    matrices, start = [], 0
    for part in lists:
        lengths = np.array([len(found) for found in part])
        inside = codes[start : start + lengths.sum()]
        start += int(lengths.sum())
        ends = np.concatenate([[0], np.cumsum(lengths)])
        ones = np.ones(len(inside), dtype=np.int64)
        matrices.append(csr_array((ones, inside, ends), shape=(len(part), len(values))))
    return matrices


def interval(count: int, total: int, level: float) -> dict[str, float]:
    """A share with its exact interval (Clopper and Pearson 1934); `total` must be above 0."""
    from scipy.special import betaincinv  # scipy.stats.binomtest: the same, half a second to import

    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - tail))
    return {"value": count / total, "low": low, "high": high}
