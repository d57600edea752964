"""Near-copies, against comparing all pairs."""

import random
import time

import pytest

from stages.core import near
from stages.core.text import jaccard, shingles

LONG = "the quick brown fox jumps over the lazy dog while the old farmer counts his seven sheep"


KEPT = (2, 8, 14, 20, 26, 29)  # words of thirty that a changed text keeps


def texts() -> list[str]:
    """Sixty texts of thirty words, and for each one six that share a growing part of it."""
    rng = random.Random(0)
    words = [f"w{n}" for n in range(200)]
    given = [rng.choices(words, k=30) for _ in range(60)]
    changed = [text[:kept] + rng.choices(words, k=30 - kept) for text in given for kept in KEPT]
    return [" ".join(text) for text in [*given, *changed]]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.75, 0.9, 1.0])
def test_repeats_agree_with_all_pairs(threshold: float) -> None:
    """Whatever the threshold, what is found is what comparing all pairs finds."""
    sets = [shingles(text) for text in texts()]
    expected: list[bool] = []
    for n, mine in enumerate(sets):
        kept = [sets[m] for m in range(n) if not expected[m]]
        expected.append(any(jaccard(mine, other) >= threshold for other in kept))
    assert near.repeated(texts(), threshold) == expected
    assert threshold == 1 or 0 < sum(expected) < len(expected)


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.75, 0.9])
def test_copies_agree_with_all_pairs(threshold: float) -> None:
    """The same between two sets of texts."""
    originals, others = texts()[:60], texts()[60:]
    sets = [shingles(text) for text in originals]
    expected = [
        any(jaccard(shingles(text), other) >= threshold for other in sets) for text in others
    ]
    assert near.copied(others, originals, threshold) == expected
    assert 0 < sum(expected) < len(expected)


def test_copies_of_originals_are_found() -> None:
    """Equal and nearly equal texts are copies, a text on the same matter is none."""
    given = [LONG.upper(), f"{LONG} today", "a fox that jumps over some dog", "short one"]
    assert near.copied(given, [LONG, "Short one."], 0.8) == [True, True, False, True]
    assert near.copied([], [LONG], 0.8) == near.copied([LONG], [], 0.8)[1:] == []


def test_texts_of_one_template_are_told_apart_quickly() -> None:
    """Ten thousand notices that differ in a name and a number, none near another: seconds."""
    rng = random.Random(0)
    notices = [
        f"Hello {rng.random()} your parcel is at the depot {rng.random()} please collect it today"
        for _ in range(10_000)
    ]
    begun = time.monotonic()
    assert not any(near.repeated(notices, 0.8))
    assert any(near.copied(notices[:3], notices[2:], 0.8))
    assert time.monotonic() - begun < 20


def test_a_threshold_that_cannot_be_held_is_refused() -> None:
    """Nearly all pairs would have to be compared."""
    with pytest.raises(ValueError, match=r"expected a threshold of 0\.1 or more, found 0\.05"):
        near.repeated([], 0.05)
