"""The gates."""

import random

from stages.llm.reading import filters

LONG = "the quick brown fox jumps over the lazy dog while the old farmer counts his seven sheep"


def test_text_under_two_labels_goes_entirely() -> None:
    """Neither copy of a text with two labels is kept."""
    assert filters.one_label(["a b", "A b!", "c"], ["x", "y", "x"]) == [False, False, True]
    assert filters.one_label(["a b", "A b!"], ["x", "x"]) == [True, True]


def test_first_of_equal_texts_stays() -> None:
    """Equal up to case and marks means equal."""
    assert filters.first_of_kind(["Hello you", "hello, YOU", "other"]) == [True, False, True]


def test_word_range_has_slack_on_both_sides() -> None:
    """Ten to twenty words with slack 0.5 accept 5 to 30."""
    texts = ["w " * n for n in (4, 5, 30, 31)]
    assert filters.in_range(texts, (10, 20), 0.5) == [False, True, True, False]


def test_near_duplicates_agree_with_all_pairs() -> None:
    """MinHash with verification keeps what comparing all pairs keeps."""
    rng = random.Random(0)
    words = [f"w{n}" for n in range(200)]
    texts = [" ".join(rng.choices(words, k=30)) for _ in range(60)]
    for text in list(texts):
        copy = text.split()
        copy[rng.randrange(30)] = "changed"
        texts.append(" ".join(copy))
    shingles = [filters._shingles(text) for text in texts]
    expected: list[bool] = []
    for n, mine in enumerate(shingles):
        kept = [shingles[m] for m in range(n) if expected[m]]
        expected.append(all(filters._jaccard(mine, other) < 0.75 for other in kept))
    assert filters.not_near_earlier(texts, 0.75) == expected
    assert 0 < sum(expected) < len(texts)


def test_copies_of_originals_are_found() -> None:
    """Equal and nearly equal texts are copies, a text on the same matter is none."""
    texts = [LONG.upper(), f"{LONG} today", "a fox that jumps over some dog", "short one"]
    assert filters.no_copies(texts, [LONG, "Short one."], 0.8) == [False, False, True, False]
