"""Near-copies: texts whose shingles have a Jaccard similarity of at least some threshold.

MinHash (Broder 1997) with banding finds the candidates, the shingles themselves decide: no pair
below the threshold is ever taken, and one at or above it is missed with a probability below MISSED.
"""

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH

from stages.core.text import jaccard, shingles

PERMUTATIONS = 128
MISSED = 1e-4
LEAST = 0.1  # thresholds below it would need more permutations


def repeated(texts: Sequence[str], threshold: float) -> list[bool]:
    """True for a text near an earlier one that is itself no near-copy."""
    index = _Index(threshold)
    found = []
    for text in texts:
        found.append(bool(index.near(text)))
        if not found[-1]:
            index.add(text)
    return found


def copied(texts: Sequence[str], originals: Sequence[str], threshold: float) -> list[bool]:
    """True for a text near one of `originals`."""
    index = _Index(threshold)
    for text in texts:
        index.add(text)
    found = [False] * len(texts)
    for original in originals:
        for position in index.near(original):
            found[position] = True
    return found


def bands(threshold: float) -> int:
    """As few bands of the sketch as miss a pair at `threshold` with a probability below MISSED.

    Of b bands with r rows one agrees, at similarity s, with probability 1 - (1 - s^r)^b
    (Leskovec, Rajaraman and Ullman 2014, section 3.4). Raises `ValueError` below LEAST.
    """
    if threshold < LEAST:
        raise ValueError(f"expected a threshold of {LEAST} or more, found {threshold}")
    sizes = (1 << power for power in range(PERMUTATIONS.bit_length()))
    return next(b for b in sizes if (1 - threshold ** (PERMUTATIONS // b)) ** b < MISSED)


class _Index:
    """Texts, searched for those near a given one."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._texts: list[str] = []  # shingles take a hundred times the room of their text
        self._lsh = RMinHashLSH(
            threshold=threshold, num_perm=PERMUTATIONS, num_bands=bands(threshold)
        )

    def add(self, text: str) -> None:
        self._lsh.insert(len(self._texts), _sketch(shingles(text)))
        self._texts.append(text)

    def near(self, text: str) -> list[int]:
        own = shingles(text)
        return [
            position
            for position in self._lsh.query(_sketch(own))
            if jaccard(shingles(self._texts[position]), own) >= self._threshold
        ]


def _sketch(parts: frozenset[str]) -> RMinHash:
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=0)
    sketch.update(list(parts))
    return sketch
