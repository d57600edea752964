"""Texts as their words: when two read the same, and how much of them does."""

import re

SHINGLE = 3  # words
FORMULA = ("=", "+", "-", "@")
_WORD = re.compile(r"\w+")


def normalise(text: str) -> str:
    """Lower case, letters and digits only, single spaces: equal for texts that read the same."""
    return " ".join(_WORD.findall(text.casefold()))


def one_line(text: str, most: int = 300) -> str:
    """A foreign text on one line of at most so many characters, without those that steer terminals.

    >>> one_line("slow\\ndown\\x1b[31m!")
    'slow down [31m!'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most]


def inert(text: str) -> str:
    """The text for a spreadsheet, which would compute one that begins like a formula.

    The blank in front is no part of it: whatever reads a sheet strips its cells.

    >>> inert("=1+1"), inert("one")
    (' =1+1', 'one')
    """
    return f" {text}" if text.startswith(FORMULA) else text


def shingles(text: str) -> frozenset[str]:
    """Its runs of three words, normalised; of a shorter text all words as one.

    >>> sorted(shingles("To be, or not to be!"))
    ['be or not', 'not to be', 'or not to', 'to be or']
    """
    words = normalise(text).split()
    starts = range(max(1, len(words) - SHINGLE + 1))
    return frozenset(" ".join(words[start : start + SHINGLE]) for start in starts)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of the elements of either set that are in both (Jaccard 1912)."""
    return len(a & b) / len(a | b)
