"""The gates."""

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


def test_near_duplicates_and_copies_go() -> None:
    """The first of near texts stays; nothing stays that is near an original."""
    given = [LONG, f"{LONG} today", "a fox that jumps over some dog", LONG.upper()]
    assert filters.not_near_earlier(given, 0.8) == [True, False, True, False]
    assert filters.no_copies(given, [LONG], 0.8) == [False, False, True, False]
