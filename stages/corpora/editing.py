"""Texts edited without any model: easy data augmentation (EDA, Wei & Zou 2019, arXiv 1901.11196).

A copy has some words swapped, or deleted, or replaced. EDA replaces words by synonyms, which take a
thesaurus of the language; here a word is replaced by one of another text of the label, which takes
nothing, works in any language, and keeps what is typical of the label. A text of one word, as in
languages that leave no blanks, is edited by its characters.
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import cycle, islice

_MARK = re.compile(r"\[/?\w+\]")  # such as [E1] around an entity: part of the task, never edited
TRIES = 10  # for a copy that differs from all before

Units = list[str]  # words, or characters
Edit = Callable[[Units, random.Random], Units]


def swapped(units: Units, share: float, rng: random.Random) -> Units:
    """`share` of the units, one at least, each change places with any other."""
    edited, places = list(units), _editable(units)
    for _ in range(_number(places, share)):
        one, other = rng.sample(places, 2)
        edited[one], edited[other] = edited[other], edited[one]
    return edited


def deleted(units: Units, share: float, rng: random.Random) -> Units:
    """Each unit is left out with probability `share`; one stays in any case."""
    places = _editable(units)
    gone = {place for place in places if rng.random() < share}
    if len(gone) == len(places):
        gone.remove(rng.choice(places))
    return [unit for place, unit in enumerate(units) if place not in gone]


def replaced(units: Units, share: float, others: Sequence[str], rng: random.Random) -> Units:
    """`share` of the units, one at least, give way to some of `others`."""
    edited, places = list(units), _editable(units)
    for place in rng.sample(places, _number(places, share)):
        edited[place] = rng.choice(others)
    return edited


def copies(
    texts: Sequence[str], count: int, edits: Sequence[Edit], rng: random.Random
) -> list[tuple[int, str]]:
    """`count` edited copies, each with the place of its original; of all `texts` equally many.

    Each is edited by one of `edits`, drawn. No copy is equal to a text or to an earlier copy: where
    none is found, as of texts of one sign, there are fewer.
    """
    known, found = set(texts), list[tuple[int, str]]()
    for place, text in islice(cycle(enumerate(texts)), count if edits else 0):
        for _ in range(TRIES):
            edited = _edited(text, rng.choice(edits), rng)
            if edited not in known:
                known.add(edited)
                found.append((place, edited))
                break
    return found


def units(text: str) -> Units:
    """The words of a text, its characters where it has one word."""
    words = text.split()
    return words if len(words) > 1 else list(text.strip())


def _edited(text: str, edit: Edit, rng: random.Random) -> str:
    own = units(text)
    joint = " " if len(text.split()) > 1 else ""
    return joint.join(edit(own, rng)) if len(_editable(own)) > 1 else text


def _editable(units: Units) -> list[int]:
    return [place for place, unit in enumerate(units) if not _MARK.fullmatch(unit)]


def _number(places: Sequence[int], share: float) -> int:
    return min(len(places), max(1, round(share * len(places))))
