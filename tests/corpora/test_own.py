"""The user's files in our form: columns and labels renamed, rows left out by count and line."""

from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.corpora import own
from stages.corpora.cards import Card
from stages.corpora.corpus import fit
from stages.corpora.given import Own, Ready, Unlabelled

TWEETS = """tweet;mood;who
 good day ;Pos;1
;Pos;2
bad day;neg;3
no label;;4
another;0;5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of five tweets, two of which lack something."""
    (tmp_path / "tweets.csv").write_text(TWEETS)
    return tmp_path


def tweets(**settings: object) -> Own:
    """What a card says of it."""
    return Own.model_validate(
        {"train": {"file": "tweets.csv", "separator": ";", "text": "tweet", "label": "mood"}}
        | settings
    )


def test_columns_and_labels_are_renamed(folder: Path) -> None:
    """Texts and labels lose the blanks around them; an id is the file and the line."""
    names = {"Pos": "good", "0": "bad"}
    asked = tweets().model_dump()
    asked["train"][0]["names"] = names
    read = own.read(Own.model_validate(asked), folder, None)
    assert read.splits["train"].to_dict("list") == {
        "id": ["tweets.csv:2", "tweets.csv:4", "tweets.csv:6"],
        "text": ["good day", "bad day", "another"],
        "label": ["good", "neg", "bad"],
    }
    assert read.source == {"origin": "own files", "train_from": "tweets.csv"}


def test_rows_that_lack_something_are_left_out_and_said(folder: Path) -> None:
    """By count and first line, in the terminal and in source.json."""
    read = own.read(tweets(), folder, None)
    assert read.dropped == {"rows_without_text": 1, "rows_without_label": 1}
    assert list(read.remarks) == [
        "tweets.csv: left out 1 row without text, the first in line 3",
        "tweets.csv: left out 1 row without label, the first in line 5",
    ]


def test_long_texts_are_cut_and_said(folder: Path) -> None:
    """A text of a megabyte does not reach an LLM or a page whole."""
    (folder / "more.csv").write_text(f"text\nshort\n{'x' * 1_000_000}\n")
    read = own.texts([Unlabelled(file="more.csv")], folder, 500)
    assert list(read.table["text"].str.len()) == [5, 500]
    assert read.counts == {"texts_cut_in_length": 1}
    assert read.remarks == [
        "more.csv: cut 1 row to 500 characters (fetch.longest), the first in line 3"
    ]


def test_several_files_are_one_split(folder: Path) -> None:
    """Each with columns of its own; the same file twice is refused by its ids."""
    (folder / "more.jsonl").write_text('{"text": "fine", "label": 1}\n')
    two = tweets(train=[*tweets().model_dump()["train"], {"file": "more.jsonl"}])
    read = own.read(two, folder, None)
    assert list(read.splits["train"]["id"])[-1] == "more.jsonl:1"
    assert list(read.splits["train"]["label"])[-1] == "1"
    assert read.source["train_from"] == "tweets.csv, more.jsonl"


def test_annotations_name_the_texts_by_their_key(folder: Path) -> None:
    """Their labels are renamed likewise, and rows with a gap left out."""
    (folder / "votes.csv").write_text("n,who,says\n1,ann,Pos\n1,bob,\n3,ann,neg\n")
    votes = {"file": "votes.csv", "item": "n", "annotator": "who", "label": "says"}
    asked = tweets().model_dump()
    asked["train"][0]["key"] = "who"
    asked["annotations"] = votes | {"names": {"Pos": "good"}}
    read = own.read(Own.model_validate(asked), folder, None)
    assert read.opinions["annotations"].to_dict("list") == {
        "item": ["1", "3"],
        "annotator": ["ann", "ann"],
        "label": ["good", "neg"],
    }


def test_a_row_without_an_id_is_refused(folder: Path) -> None:
    """With its line."""
    (folder / "more.csv").write_text("n,text\n1,a\n,b\n")
    with pytest.raises(UserError, match=r"more.csv, line 3: expected an id in 'n', found none; fi"):
        own.texts([Unlabelled(file="more.csv", key="n")], folder, None)


def test_who_wrote_ready_texts_is_what_the_card_says(folder: Path) -> None:
    """Of several files each writer once."""
    files = [Ready(file="a.csv", by="a vendor"), Ready(file="b.csv", by="a vendor")]
    assert own.by(files) == "a vendor"
    assert own.by([*files, Ready(file="c.csv", by="us")]) == "a vendor and us"
    assert own.by([Ready(file="a.csv")]) == own.UNKNOWN


def test_labels_that_differ_by_case_come_with_their_remedy(folder: Path) -> None:
    """The names to set, and the first such row by file and line."""
    card = Card(labels={"pos": "x", "neg": "y", "0": "z"}, own=tweets())
    with pytest.raises(UserError) as caught:
        fit(own.read(tweets(), folder, None), card, "mood")
    assert str(caught.value) == (
        f"{folder}/tweets.csv: expected the labels ['pos', 'neg', '0'], found 'Pos' in 1 rows, the "
        "first 'tweets.csv:2'; set `names: {Pos: pos}` beside the file if that is meant, fix the "
        "data or data/tasks/mood.yaml, or set `other_labels: drop` there to leave such rows out"
    )


def test_a_thousand_labels_make_no_thousand_words(folder: Path) -> None:
    """A message shows the first ones."""
    card = Card(labels={str(n): "x" for n in range(1000)}, own=tweets())
    with pytest.raises(UserError, match=r"'19', '\.\.\.'\], found 'Pos' in 1 rows") as caught:
        fit(own.read(tweets(), folder, None), card, "mood")
    assert len(str(caught.value)) < 500
