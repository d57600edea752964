"""A hub data set's columns in our form."""

from typing import Any

import pandas as pd
import pytest

from stages.corpora import mapping
from stages.corpora.cards import Hub, Raters


def block(**keys: Any) -> Hub:
    """A hub block with a text and a label column."""
    return Hub(**{"id": "o/n", "splits": {"train": "train"}, "text": "t", "label": "l", **keys})


def test_names_take_precedence_over_class_names() -> None:
    """A number is looked up in the card first, then among the data set's class names."""
    columns: mapping.Columns = {"t": ["a", "b", "c"], "l": [0, 1, 2]}
    hub = block(names={"0": "no", "yes": "yep"})
    frame, _ = mapping.texts(columns, hub, ["nope", "yes", "maybe"], "task-train")
    assert frame["label"].tolist() == ["no", "yep", "maybe"]
    assert frame["id"].tolist() == [f"task-train-0000{n}" for n in range(3)]


@pytest.mark.parametrize(("value", "name"), [(True, "humor"), ("True", "humor"), (-1, "-1")])
def test_label_of_plain_values(value: Any, name: str) -> None:
    """Booleans and strings are looked up as text; what is unknown keeps its own name."""
    assert mapping.label(value, {"True": "humor"}, ["x"] if value == -1 else []) == name


def test_rows_that_cannot_be_used_are_counted() -> None:
    """None or several labels, a missing label and an empty text leave the row out."""
    columns: mapping.Columns = {"t": ["a", "b", "c", "d", " "], "l": [[0], [], [0, 1], None, [1]]}
    frame, dropped = mapping.texts(columns, block(), ["x", "y"], "t")
    assert frame["text"].tolist() == ["a"]
    assert dropped == {"not_one_label": 3, "empty_texts": 1}


def test_ids_come_from_the_key_column() -> None:
    """`key` names the column of ids."""
    columns: mapping.Columns = {"t": ["a"], "l": ["x"], "k": ["e1"]}
    frame, _ = mapping.texts(columns, block(key="k"), (), "t")
    assert frame["id"].tolist() == ["e1"]


def test_few_rel_marks_entities_of_several_words() -> None:
    """The first mention of head and tail is marked, from its first to its last word."""
    columns: mapping.Columns = {
        "t": [["the", "Oka", "joins", "the", "Volga", "river", "near", "Oka", "town"]],
        "l": ["P974"],
        "head": [{"text": "volga river", "indices": [[4, 5]]}],
        "tail": [{"text": "oka", "indices": [[1], [7]]}],
    }
    hub = block(reader="few_rel", names={"P974": "tributary"})
    assert set(mapping.needed(hub)) == set(columns)
    frame, _ = mapping.texts(columns, hub, (), "t")
    marked = "the [E2] Oka [/E2] joins the [E1] Volga river [/E1] near Oka town"
    assert frame.to_dict("records") == [{"id": "t-00000", "text": marked, "label": "tributary"}]


def test_annotations_have_a_row_for_each_one() -> None:
    """A rater who chose two labels gives two rows, one who chose none gives none."""
    raters = Raters(config="raw", split="train", item="i", annotator="r", labels=("joy", "anger"))
    columns: mapping.Columns = {
        "i": ["a", "a", "b"],
        "r": [1, 2, 1],
        "joy": [1, 0, 1],
        "anger": [0, 0, 1],
    }
    assert sorted(mapping.annotations(columns, raters).itertuples(index=False)) == [
        ("a", "1", "joy"),
        ("b", "1", "anger"),
        ("b", "1", "joy"),
    ]


def test_agreement_is_the_highest_share_reached() -> None:
    """A bracket reaches from the highest share of a text to the next share."""
    texts = pd.DataFrame({"id": ["1", "2", "3", "4"], "text": ["a", "b", "c", "d"]})
    agreed = {0.5: ["a", "b", "c"], 0.75: [" b", "c"], 1.0: ["c"]}
    assert mapping.agreement(texts, agreed).to_dict("list") == {
        "item": ["1", "2", "3"],
        "low": [0.5, 0.75, 1.0],
        "high": [0.75, 1.0, 1.0],
    }
