"""Which texts to keep: each gate takes texts and gives one boolean a text, True where it stays."""

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH

from stages.llm.reading.cleaning import normalise

PERMUTATIONS = 128
BANDS = 32  # 4 rows a band: a pair at Jaccard 0.7 is a candidate with probability 0.9998
SHINGLE = 3  # words


def one_label(texts: Sequence[str], labels: Sequence[str]) -> list[bool]:
    """False for every text that stands under two labels: nobody knows which one is right."""
    seen: dict[str, set[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        seen.setdefault(normalise(text), set()).add(label)
    return [len(seen[normalise(text)]) == 1 for text in texts]


def first_of_kind(texts: Sequence[str]) -> list[bool]:
    """False for a text that reads the same as an earlier one."""
    seen: set[str] = set()
    keep = []
    for text in map(normalise, texts):
        keep.append(text not in seen)
        seen.add(text)
    return keep


def in_range(texts: Sequence[str], words: tuple[int, int], slack: float) -> list[bool]:
    """False for a text with fewer or more words than asked for, by more than the share `slack`."""
    least, most = words[0] * (1 - slack), words[1] * (1 + slack)
    return [least <= len(text.split()) <= most for text in texts]


def not_near_earlier(texts: Sequence[str], threshold: float) -> list[bool]:
    """False for a text whose shingles have Jaccard similarity >= `threshold` with a kept text's.

    MinHash (Broder 1997) finds the candidates, the sets themselves decide.
    """
    index = _Index(threshold)
    keep = []
    for shingles in map(_shingles, texts):
        keep.append(not index.has_near(shingles))
        if keep[-1]:
            index.add(shingles)
    return keep


def no_copies(texts: Sequence[str], originals: Sequence[str], threshold: float) -> list[bool]:
    """False for a text that reads as one of `originals`, or nearly so (Jaccard >= `threshold`)."""
    known = {normalise(original) for original in originals}
    keep = [normalise(text) not in known for text in texts]
    # The index holds the texts, which are few; the originals may be a whole test set.
    index = _Index(threshold)
    for text in texts:
        index.add(_shingles(text))
    for original in originals:
        for position in index.near(_shingles(original)):
            keep[position] = False
    return keep


def _shingles(text: str) -> frozenset[str]:
    words = normalise(text).split()
    spans = range(max(1, len(words) - SHINGLE + 1))
    return frozenset(" ".join(words[start : start + SHINGLE]) for start in spans)


class _Index:
    """Sets of shingles, searched for those near a given one."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._sets: list[frozenset[str]] = []
        self._lsh = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=BANDS)

    def add(self, shingles: frozenset[str]) -> None:
        self._lsh.insert(len(self._sets), _minhash(shingles))
        self._sets.append(shingles)

    def near(self, shingles: frozenset[str]) -> list[int]:
        return [
            position
            for position in self._lsh.query(_minhash(shingles))
            if _jaccard(self._sets[position], shingles) >= self._threshold
        ]

    def has_near(self, shingles: frozenset[str]) -> bool:
        return bool(self.near(shingles))


def _minhash(shingles: frozenset[str]) -> RMinHash:
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=0)
    sketch.update(sorted(shingles))
    return sketch


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)
