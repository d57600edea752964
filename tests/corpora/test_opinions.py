"""What annotators said, in its three forms."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora import opinions


def test_annotations_take_id_for_item() -> None:
    """`id` is another name of `item`; further columns are left out."""
    frame = pd.DataFrame({"id": [1], "annotator": [7], "label": ["ham"], "age": [30]})
    assert opinions.annotations(frame, "x").to_dict("records") == [
        {"item": "1", "annotator": "7", "label": "ham"}
    ]


def test_annotations_without_an_annotator_are_refused() -> None:
    """The missing column is named."""
    with pytest.raises(UserError, match=r"x: expected columns \['annotator'\], found \['item'"):
        opinions.annotations(pd.DataFrame({"item": ["1"], "label": ["ham"]}), "x")


def test_a_gap_is_named_by_its_row() -> None:
    """A missing value is no annotation."""
    frame = pd.DataFrame({"item": ["1", "2"], "annotator": ["a", None], "label": "ham"})
    with pytest.raises(UserError, match=r"x: expected item, annotator, label .* gap in row 2"):
        opinions.annotations(frame, "x")


def test_counts_are_whole_numbers() -> None:
    """Counts read from CSV become integers."""
    frame = pd.DataFrame({"id": ["1", "1"], "label": ["ham", "spam"], "count": ["3", "0"]})
    assert opinions.counts(frame, "x")["count"].tolist() == [3, 0]


@pytest.mark.parametrize("count", ["-1", "1.5", "many"])
def test_counts_of_another_kind_are_refused(count: str) -> None:
    """The value and its row are named."""
    frame = pd.DataFrame({"id": ["1"], "label": ["ham"], "count": [count]})
    with pytest.raises(UserError, match=rf"expected a whole number as count, found '{count}'"):
        opinions.counts(frame, "x")


def test_agreement_becomes_brackets() -> None:
    """agreement_min and agreement_max are low and high."""
    frame = pd.DataFrame({"id": ["1"], "agreement_min": [0.5], "agreement_max": [0.66]})
    table = opinions.agreement(frame, "x")
    assert table is not None
    assert table.to_dict("records") == [{"item": "1", "low": 0.5, "high": 0.66}]


def test_agreement_of_another_shape_is_ignored() -> None:
    """A table without brackets says nothing that annotations or counts do not say."""
    assert opinions.agreement(pd.DataFrame({"id": ["1"], "top_share": [0.5]}), "x") is None


@pytest.mark.parametrize(("low", "high"), [(0.7, 0.5), (0.5, 1.2), (-0.1, 0.5), ("much", 1)])
def test_agreement_outside_0_to_1_is_refused(low: object, high: object) -> None:
    """A bracket is a part of the range from 0 to 1."""
    frame = pd.DataFrame({"id": ["1"], "agreement_min": [low], "agreement_max": [high]})
    with pytest.raises(UserError, match="x: expected 0 <= agreement_min <= agreement_max <= 1"):
        opinions.agreement(frame, "x")


def test_an_item_with_two_brackets_is_refused() -> None:
    """Which of them holds is not ours to guess; analyze needs one."""
    frame = pd.DataFrame({"id": ["a", "a"], "agreement_min": [0.5, 0.6], "agreement_max": [0.6, 1]})
    with pytest.raises(UserError, match=r"x: expected one bracket per item, found 'a' again \(1 s"):
        opinions.agreement(frame, "x")


def test_about_keeps_the_given_texts_in_order() -> None:
    """Rows of other texts go; the rest is sorted."""
    frame = pd.DataFrame({"item": ["b", "a", "c"], "annotator": "x", "label": "ham"})
    assert opinions.about(frame, ["a", "b"])["item"].tolist() == ["a", "b"]


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    """The labels that a panel of two gave two texts, with who they are."""
    rows = "item,annotator,label\nt1,plain,ham\nt1,old,spam\nt2,plain,ham\nt2,old,ham\n"
    (tmp_path / "trio.csv").write_text(rows)
    members = {"plain": {"model": "m"}, "old": {"model": "m"}}
    (tmp_path / "trio.json").write_text(json.dumps({"kind": "panel", "members": members}))
    return tmp_path / "trio.csv"


def test_a_panel_is_called_a_proxy(panel: Path) -> None:
    """Its labels come like people's, with who played whom."""
    table, who = opinions.panel(panel, ["ham", "spam"], ["t1", "t9"])
    assert table.shape == (4, 3) and table["annotator"].tolist()[:2] == ["plain", "old"]
    assert who == "LLM panel trio of 2 members played by m: a proxy for people"


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        (".json", None, r"expected trio.json beside it, with `kind: panel`"),
        (".json", '{"kind": "people"}', r"annotations by people belong to the data set"),
        (".csv", "item,annotator\nt1,a\n", r"trio.csv: expected columns \['label'\]"),
        (".csv", "item,annotator,label\nt1,a,eggs\n", r"trio.csv: labels \['eggs'\] are not the"),
        (".csv", "item,annotator,label\nq,a,ham\n", r"texts that the task has, found items such"),
        (".csv", "item,annotator,label\n", "found items none"),
    ],
)
def test_bad_panels_are_one_line(
    panel: Path, suffix: str, content: str | None, message: str
) -> None:
    """Nobody is named, or the labels are of another task."""
    path = panel.with_suffix(suffix)
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(UserError, match=message):
        opinions.panel(panel, ["ham", "spam"], ["t1"])
