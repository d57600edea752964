"""What an LLM said of real texts, read and made a source."""

from pathlib import Path

import pandas as pd
import pytest

from stages.core import files
from stages.core.errors import UserError
from stages.corpora import labelled

LABELS = ("ham", "spam")
TEXTS = pd.DataFrame(
    [("1", "x", "ham"), ("2", "y", "ham"), ("3", "z", "spam")], columns=["id", "text", "label"]
)


def said(*rows: tuple[str, str, str, int | None]) -> list[dict[str, object]]:
    """Lines as stage label writes them."""
    return [dict(zip(labelled.COLUMNS, row, strict=True)) for row in rows]


def write(tmp_path: Path, *rows: tuple[str, str, str, int | None]) -> Path:
    """A file of such lines."""
    path = tmp_path / "sms.jsonl"
    files.write_lines(said(*rows), path)
    return path


def test_train_texts_take_the_label_of_the_llm(tmp_path: Path) -> None:
    """People's labels have no part in it, nor have test texts."""
    path = write(tmp_path, ("train", "2", "spam", 3), ("test", "1", "spam", 3))
    sure, unsure = labelled.sift(labelled.read(path, LABELS), TEXTS, None)
    assert sure.to_dict("records") == [{"id": "2", "text": "y", "label": "spam"}]
    assert unsure.empty


@pytest.mark.parametrize(("least", "ids"), [(None, "123"), (1, "13"), (2, "3"), (3, "")])
def test_unsure_texts_are_set_apart(tmp_path: Path, least: int | None, ids: str) -> None:
    """Below the least confidence, or with none stated; with no least all are used."""
    rows = (("train", "1", "ham", 1), ("train", "2", "ham", None), ("train", "3", "spam", 2))
    found = labelled.sift(labelled.read(write(tmp_path, *rows), LABELS), TEXTS, least)
    assert "".join(found.sure["id"]) == ids
    assert len(found.sure) + len(found.unsure) == 3


def test_an_empty_file_labels_nothing(tmp_path: Path) -> None:
    """As stage label leaves it where nothing is wanted."""
    found = labelled.read(write(tmp_path), LABELS)
    assert list(found) == list(labelled.COLUMNS) and labelled.sift(found, TEXTS, 2).sure.empty


def test_texts_without_a_label_are_only_paid_for(tmp_path: Path) -> None:
    """They are left out, unless what was paid is asked for."""
    path = write(tmp_path, ("train", "1", "ham", 3))
    lines = [*files.read_lines(path), *said(("train", "2", "spam", None))]
    lines[1]["label"] = None
    files.write_lines(lines, path)
    assert labelled.read(path, LABELS)["id"].tolist() == ["1"]
    assert labelled.paid(path, LABELS)["id"].tolist() == ["1", "2"]


def test_a_label_outside_the_card_is_refused(tmp_path: Path) -> None:
    """One line names the file."""
    with pytest.raises(UserError, match=r"sms.jsonl: labels \['eggs'\] are not the card's"):
        labelled.read(write(tmp_path, ("train", "1", "eggs", 3)), LABELS)


def test_unlabelled_texts_are_trained_on_and_spare_ones_are_not(tmp_path: Path) -> None:
    """Both come from one file; what label drew for tests stays there."""
    more = pd.DataFrame([("4", "v"), ("5", "w")], columns=["id", "text"])
    files.write_table(more, tmp_path / "unlabelled.parquet")
    rows = [("train", "1", "ham", 3), ("unlabelled", "4", "spam", 3), ("spare", "5", "ham", 3)]
    said = labelled.read(write(tmp_path, *rows), LABELS)
    texts = labelled.texts(TEXTS, tmp_path / "unlabelled.parquet")
    sure = labelled.sift(said, texts, None).sure
    assert sure[["id", "text", "label"]].to_numpy().tolist() == [
        ["1", "x", "ham"],
        ["4", "v", "spam"],
    ]
    assert labelled.texts(TEXTS, tmp_path / "none.parquet")["id"].tolist() == ["1", "2", "3"]
