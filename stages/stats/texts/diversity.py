"""How diverse a set of texts is, by its embeddings and by its words. Higher is more diverse.

Remote-clique and Chamfer scores are those of Cox et al. (2021), "Directed Diversity", as Li et al.
(2023, Figure 1) use them, here with cosine distance. All but the remote-clique score depend on the
number of texts: compare at equal numbers only (`matching`).
"""

import lzma
from collections.abc import Sequence

import numpy as np

from stages.stats.texts.neighbours import Matrix, nearest_other


def remote_clique(rows: Matrix) -> float:
    """Mean over texts of the mean cosine distance to all other texts.

    No pair is computed: the cosines of all pairs, each text with itself included, sum up to
    the squared length of the sum of the rows (n, dim). Raises `ValueError` for one row.

    >>> remote_clique(np.eye(3))
    1.0
    """
    n = len(rows)
    if n < 2:
        raise ValueError(f"expected at least 2 texts, found {n}")
    total = rows.sum(axis=0, dtype=np.float64)
    own = float(np.einsum("ij,ij->", rows, rows, dtype=np.float64))
    return 1.0 - (float(total @ total) - own) / (n * (n - 1))


def chamfer(rows: Matrix) -> float:
    """Mean over texts of the cosine distance to the nearest other text.

    >>> chamfer(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).__round__(3)
    0.333
    """
    return float(1.0 - nearest_other(rows).cosine.mean(dtype=np.float64))


def vendi(rows: Matrix) -> float:
    """Vendi score (Friedman and Dieng 2023): the effective number of different texts, 1 to n.

    The exponential of the entropy of the eigenvalues of the cosine matrix / n. Its non-zero
    eigenvalues are those of the (dim, dim) second moments: the smaller of the two is taken.
    """
    from scipy.special import entr

    side = rows if len(rows) > rows.shape[1] else rows.T
    values = np.linalg.eigvalsh((side.T @ side) / len(rows))
    return float(np.exp(entr(np.clip(values, 0.0, None)).sum()))


def words(text: str) -> list[str]:
    """A text's words: lower case, split at white space."""
    return text.lower().split()


def distinct(texts: Sequence[list[str]], n: int, limit: int) -> float:
    """Share of different n-grams among the first `limit` n-grams (distinct-n, Li et al. 2016).

    The share falls as more n-grams are counted, so compare at the same limit. NaN without any.

    >>> distinct([["a", "b", "a", "b"]], 2, 3).__round__(3)
    0.667
    """
    found = _grams(texts, n)[:limit]
    return len(set(found)) / len(found) if found else float("nan")


def grams(texts: Sequence[list[str]], n: int) -> int:
    """How many n-grams the texts hold."""
    return sum(max(0, len(text) - n + 1) for text in texts)


def _grams(texts: Sequence[list[str]], n: int) -> list[tuple[str, ...]]:
    return [gram for text in texts for gram in zip(*(text[i:] for i in range(n)), strict=False)]


def size(texts: Sequence[str]) -> int:
    """Bytes of the texts, one per line."""
    return len("\n".join(texts).encode())


def compression(texts: Sequence[str], limit: int) -> float:
    """Bytes after compression per byte before (LZMA) of the first `limit` bytes, one text per line.

    Low where texts repeat each other. The inverse of Shaib et al.'s (2024) compression ratio, so
    that higher is more diverse. The share falls as more bytes are compressed, so compare at the
    same limit. The dictionary holds all of them: zlib, as in gzip, looks back 32 KB only and sees
    no repeats in a set of long texts.
    """
    whole = "\n".join(texts).encode()[:limit]
    # Without a container: its header would count in small sets. Presets above 3 take much longer.
    method = {"id": lzma.FILTER_LZMA2, "preset": 3, "dict_size": max(4096, len(whole))}
    packed = lzma.compress(whole, format=lzma.FORMAT_RAW, filters=[method])
    return len(packed) / max(1, len(whole))
