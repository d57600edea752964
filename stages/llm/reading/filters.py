"""Which texts to keep: each gate takes texts and says of each whether it stays."""

from collections.abc import Callable, Sequence

from stages.core import near
from stages.core.text import normalise


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
    """False for a text whose shingles have Jaccard similarity >= `threshold` with a kept text's."""
    return [not found for found in near.repeated(texts, threshold)]


def within_labels(
    texts: Sequence[str], labels: Sequence[str], gate: Callable[[list[str]], list[bool]]
) -> list[bool]:
    """What `gate` says of the texts of each label alone.

    Near copies under two labels may differ in the one word that matters: both stay.
    """
    keep = [True] * len(texts)
    for label in dict.fromkeys(labels):
        rows = [row for row, own in enumerate(labels) if own == label]
        for row, stays in zip(rows, gate([texts[row] for row in rows]), strict=True):
            keep[row] = stays
    return keep


def no_copies(texts: Sequence[str], originals: Sequence[str], threshold: float) -> list[bool]:
    """False for a text that reads as one of `originals`, or nearly so (Jaccard >= `threshold`)."""
    return [not found for found in near.copied(texts, originals, threshold)]
