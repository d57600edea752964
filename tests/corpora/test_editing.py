"""Texts edited without any model."""

import random
from collections import Counter

import pytest

from stages.corpora import editing
from stages.corpora.editing import Edit

WORDS = ["the", "[E1]", "cat", "[/E1]", "sat", "on", "a", "mat"]


def rng() -> random.Random:
    """A seeded generator."""
    return random.Random(0)


def test_swapping_keeps_all_words() -> None:
    """Only their order changes; marks keep their place."""
    found = editing.swapped(WORDS, 0.1, rng())
    assert Counter(found) == Counter(WORDS) and found != WORDS
    assert [found[1], found[3]] == ["[E1]", "[/E1]"]
    assert sum(a != b for a, b in zip(found, WORDS, strict=True)) == 2


def test_deleting_leaves_a_word_and_all_marks() -> None:
    """In the mean the share is deleted; however large, one word stays."""
    draw = rng()
    lengths = [len(editing.deleted(WORDS, 0.25, draw)) for _ in range(2000)]
    assert sum(lengths) / 2000 == pytest.approx(8 - 0.25 * 6, abs=0.1)
    found = editing.deleted(WORDS, 0.9999, rng())
    assert {"[E1]", "[/E1]"} < set(found) and len(found) == 3


def test_replacing_takes_words_of_others() -> None:
    """As many as the share says, one at least; marks stay."""
    found = editing.replaced(WORDS, 0.5, ["dog"], rng())
    assert found.count("dog") == 3 and len(found) == len(WORDS)
    assert editing.replaced(WORDS, 0.01, ["dog"], rng()).count("dog") == 1
    assert {"[E1]", "[/E1]"} < set(found)


def _swap(own: list[str], draw: random.Random) -> list[str]:
    return editing.swapped(own, 0.1, draw)


def test_copies_are_new_and_of_all_texts_equally() -> None:
    """No copy is a text or another copy; the same seed gives the same."""
    texts = ["one two three four", "five six seven eight"]
    found = editing.copies(texts, 8, [_swap], rng())
    assert Counter(place for place, _ in found) == {0: 4, 1: 4}
    assert len({text for _, text in found} | set(texts)) == 10
    assert editing.copies(texts, 8, [_swap], rng()) == found


@pytest.mark.parametrize(
    ("texts", "edits"), [([], [_swap]), (["one two"], []), (["a", "aa"], [_swap])]
)
def test_there_may_be_fewer_copies(texts: list[str], edits: list[Edit]) -> None:
    """No text, no edit, or texts that no edit changes: no copy, and no endless search."""
    assert editing.copies(texts, 3, edits, rng()) == []


def test_a_text_without_blanks_is_edited_by_characters() -> None:
    """As in Chinese or Japanese."""
    ((_, found),) = editing.copies(["これは良い映画"], 1, [_swap], rng())
    assert sorted(found) == sorted("これは良い映画") and " " not in found
