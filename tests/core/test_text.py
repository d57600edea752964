"""Texts as their words."""

from stages.core.text import jaccard, normalise, shingles


def test_normalise_ignores_case_marks_and_spaces() -> None:
    """Texts that read the same are equal."""
    assert normalise(" Win  a PRIZE!") == normalise("win, a prize") == "win a prize"


def test_shingles_are_runs_of_three_words() -> None:
    """A shorter text is one shingle, so that it is near nothing but itself."""
    assert shingles("One, two three FOUR") == {"one two three", "two three four"}
    assert shingles("Short one.") == {"short one"}
    assert shingles("") == {""}


def test_jaccard_is_the_shared_part_of_all() -> None:
    """Two of the four different elements are shared."""
    assert jaccard(frozenset("abc"), frozenset("bcd")) == 0.5
