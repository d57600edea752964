"""Near-copies: texts whose shingles have a Jaccard similarity of at least some threshold.

Exactly those: of two sets that are so similar, the rarest few shingles have one in common (prefix
filtering, Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007), so that only texts
which share a rare shingle are compared. Texts made by one template share their common ones alone.
"""

from collections.abc import Iterable, Sequence
from math import ceil

from stages.core.text import jaccard, normalise, shingles

LEAST = 0.1  # below it nearly all texts would have to be compared
_COUNTERS = 1 << 20  # of shingles, by hash: a shared counter costs time only, never a result


def repeated(texts: Sequence[str], threshold: float) -> list[bool]:
    """True for a text near an earlier one that is itself no near-copy."""
    index = _Index(texts, threshold)
    found = []
    for text in texts:
        own = shingles(text)
        found.append(index.has_near(own))
        if not found[-1]:
            index.add(text, own)
    return found


def copied(texts: Sequence[str], originals: Sequence[str], threshold: float) -> list[bool]:
    """True for a text near one of `originals`."""
    index = _Index(originals, threshold)
    for text in dict.fromkeys(map(normalise, originals)):
        index.add(text, shingles(text))
    return [index.has_near(shingles(text)) for text in texts]


class _Index:
    """Texts, searched for one near a given one; `corpus` says which shingles are rare."""

    def __init__(self, corpus: Iterable[str], threshold: float) -> None:
        if threshold < LEAST:
            raise ValueError(f"expected a threshold of {LEAST} or more, found {threshold}")
        self._threshold = threshold
        self._texts: list[str] = []  # shingles take a hundred times the room of their text
        self._holders: dict[str, list[int]] = {}  # rare shingle -> the texts that have it
        self._counts = [0] * _COUNTERS
        for text in corpus:
            for part in shingles(text):
                self._counts[hash(part) % _COUNTERS] += 1

    def add(self, text: str, parts: frozenset[str]) -> None:
        for part in self._rarest(parts):
            self._holders.setdefault(part, []).append(len(self._texts))
        self._texts.append(text)

    def has_near(self, parts: frozenset[str]) -> bool:
        met = set[int]()
        for part in self._rarest(parts):
            for place in self._holders.get(part, ()):
                if place not in met:
                    met.add(place)
                    if jaccard(shingles(self._texts[place]), parts) >= self._threshold:
                        return True
        return False

    def _rarest(self, parts: frozenset[str]) -> list[str]:
        """As few as hold one of every set that is near: the common rest is too small for that."""
        needed = len(parts) - ceil(self._threshold * len(parts) - 1e-9) + 1
        counts = self._counts
        return sorted(parts, key=lambda part: (counts[hash(part) % _COUNTERS], part))[:needed]
