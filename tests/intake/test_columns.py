"""Which column is what."""

from pathlib import Path

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.intake import columns
from stages.intake.columns import Columns

SAID = [f"this is the remark number {n} on something" for n in range(30)]
MOOD = ["good", "bad", "good"] * 10


def frame(**given: list[str]) -> pd.DataFrame:
    """A table of strings."""
    return pd.DataFrame(given, dtype=str)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (frame(text=SAID, label=MOOD), Columns("text", "label")),
        (frame(x=MOOD, y=SAID), Columns("y", "x")),
        (frame(body=SAID, stars=["1", "5", "3"] * 10), Columns("body", "stars")),
        (frame(title=[s[:20] for s in SAID], review=SAID, label=MOOD), Columns("review", "label")),
        (
            frame(ID=[str(n) for n in range(30)], text=SAID, label=MOOD, month=["May"] * 30),
            Columns("text", "label", key="ID"),
        ),
        (
            frame(url=[f"https://example.org/{n:040}" for n in range(30)], t=SAID, label=MOOD),
            Columns("t", "label"),
        ),
        (frame(text=SAID, score=["0.31", "0.5", "0.7"] * 10, label=MOOD), Columns("text", "label")),
        (frame(text=SAID, set=["Train", "dev", "test"] * 10, label=MOOD),
         Columns("text", "label", split="set")),
        (frame(text=SAID, label=MOOD, lang=["en", "de", "fr"] * 10), Columns("text", "label")),
        (frame(text=SAID[:10] * 3, worker=["a"] * 10 + ["b"] * 10 + ["c"] * 10, label=MOOD),
         Columns("text", "label", annotator="worker")),
        (frame(text=SAID, user=["ann", "bob", "cy"] * 10, label=MOOD), Columns("text", "label")),
    ],
    ids=["plain", "no names", "numbers", "longest", "ids", "links", "score", "split", "by name",
         "people", "authors"],
)  # fmt: skip
def test_columns_are_told_by_values_then_by_names(table: pd.DataFrame, found: Columns) -> None:
    """Authors of texts are no annotators, links no texts, months no labels."""
    assert columns.guess(table, "file") == found


def test_the_task_s_labels_tell_their_column() -> None:
    """Whatever its name, and even if only one of them is there."""
    table = frame(text=SAID, a=["Good"] * 30, b=["x", "y", "z"] * 10)
    assert columns.guess(table, "file", labels=["good", "bad"]).label == "a"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (frame(a=SAID, b=[s.upper() for s in SAID], label=MOOD), r"found 'a' and 'b'; .*--text a"),
        (frame(text=SAID, a=MOOD, b=MOOD), r"found 'a' and 'b'; name the right one: --label a"),
        (frame(text=SAID, label=["good"] * 30), r"one label only: all 30 rows of 'label' say"),
        (frame(text=SAID, label=[str(n) for n in range(30)]), r"30 different values in 'label'"),
        (frame(text=SAID, label=[f"{n}.5" for n in range(30)]), r"scores in 'label', such as 0.5"),
        (frame(a=["1"] * 30, b=["2"] * 30), r"expected a column of texts, found \['a', 'b'\]"),
    ],
)  # fmt: skip
def test_doubt_is_an_error(table: pd.DataFrame, message: str) -> None:
    """Both candidates are named, or why there is none."""
    with pytest.raises(UserError, match=message):
        columns.guess(table, "file")


@pytest.mark.parametrize(
    ("name", "split"),
    [("test.csv", "test"), ("my-dev-set.tsv", "validation"), ("latest.csv", None),
     ("train_and_test.csv", None), ("Training.jsonl", "train")],
)  # fmt: skip
def test_file_names_say_the_split(name: str, split: str | None) -> None:
    """By whole words, if only one of them."""
    assert columns.split_of(Path(name)) == split
