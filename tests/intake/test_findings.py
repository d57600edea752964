"""What is found in texts."""

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.intake import findings


def table(*rows: tuple[str, str]) -> pd.DataFrame:
    """Texts with labels."""
    return pd.DataFrame(rows, columns=["text", "label"], dtype=str)


def english(text: str) -> str:
    """German where a text says so."""
    return "de" if "german" in text else "en"


TRAIN = table(
    ("one two three", "a"), ("One  two THREE", "b"), ("mail me@x.example", "a"),
    ("call +49 170 1234567 now", "b"), ("in 2026 we had 12.345.678 users", "a"),
    ("a <b>bold</b> word, 3 < 4", "b"), ("german words", "a"),
)  # fmt: skip
TEST = table(("one two three", "a"), ("something else", "b"))


def test_counts() -> None:
    """Repeated and contradicting rows, leaks, personal data, markup; numbers are no phones."""
    found = findings.find({"train": TRAIN, "test": TEST}, english)
    assert found.rows == {"train": {"a": 4, "b": 3}, "test": {"a": 1, "b": 1}}
    assert (found.repeated, found.contradicted) == (1, 1)
    assert found.shared == {"train": 2}
    assert (found.mails, found.phones, found.markup, found.huge) == (1, 1, 1, 0)
    assert found.language == "en" and found.language_share == pytest.approx(8 / 9)
    assert found.words == (2, 3, 6, 6)
    assert found.labels == {"a": 5, "b": 4} and found.total == 9


def test_near_copies() -> None:
    """Texts that share nearly all their word shingles, among the different ones."""
    long = " ".join(f"word{n}" for n in range(40))
    rows = [(long, "a"), (f"{long} more", "a"), (long.upper(), "b"), ("nothing alike", "b")]
    assert findings.find({"train": table(*rows)}, english).near == 2


def test_texts_in_no_language() -> None:
    """They do not count; where there are no others, it is English."""
    found = findings.find({"train": TRAIN}, lambda text: "zxx")
    assert (found.language, found.language_share) == ("en", 0.0)


def test_spellings_known_and_frequent() -> None:
    """A known spelling wins over a frequent one."""
    values = pd.Series(["Not  spam", "not spam", "not spam", "SPAM", "Spam", "", "  "])
    assert findings.spellings(values) == {"Not  spam": "not spam", "Spam": "SPAM"}
    assert findings.spellings(values, ["spam"]) == {
        "Not  spam": "not spam",
        "SPAM": "spam",
        "Spam": "spam",
    }


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"train": {"a": 9, "b": 3}}, r"4 or more texts labelled 'b' for train and what is cut"),
        ({"train": {"a": 9, "b": 2}, "test": {"a": 1, "b": 1}}, r"expected 3 or more"),
        (
            {"train": {"a": 9, "b": 9}, "test": {"a": 1}},
            r"1 or more .*'b' for test, found 0",
        ),
    ],
)
def test_labels_with_too_few_texts(rows: dict[str, dict[str, int]], message: str) -> None:
    """As many as fetch needs, and what it cuts from train."""
    with pytest.raises(UserError, match=message):
        findings.check_counts(rows, ["a", "b"], "file")


def test_enough_texts() -> None:
    """Two, one and one."""
    enough = {"train": {"a": 2, "b": 2}, "validation": {"a": 1, "b": 1}, "test": {"a": 1, "b": 1}}
    findings.check_counts(enough, ["a", "b"], "file")
    findings.check_counts({"train": {"a": 4, "b": 4}}, ["a", "b"], "file")
