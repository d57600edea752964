"""A user's files read, their columns found, and each given its part in the task."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core.errors import UserError
from stages.core.records import RESERVED, SPLITS
from stages.corpora import userfile
from stages.corpora.given import Table
from stages.intake import columns, findings, forms
from stages.intake.columns import Columns

KINDS = tuple(userfile.READERS)
SAVED = ("dataset_dict.json", "state.json", "dataset_info.json")  # of a folder of `datasets`
MAJORITY = "majority.csv"  # what we add to the files of a user whose file has a row per person


@dataclass(frozen=True)
class Given:
    """A file, what it holds, and the settings that a card needs to read it.

    `derived` is a table that is to lie in the task's folder in the file's place.
    """

    path: Path
    form: Mapping[str, Any]
    frame: pd.DataFrame
    columns: Columns
    names: Mapping[str, str]
    only: Mapping[str, str]
    derived: pd.DataFrame | None = None

    @property
    def texts(self) -> pd.DataFrame:
        """Columns text and label (where there is one), stripped, labels as the card spells them."""
        frame = pd.DataFrame({"text": self.frame[self.columns.text].str.strip()})
        if self.columns.label:
            label = self.frame[self.columns.label].str.strip()
            frame["label"] = label.map(lambda value: self.names.get(value, value))
        return frame

    @property
    def table(self) -> dict[str, Any]:
        """What the card says of the file."""
        found = {
            "file": MAJORITY if self.derived is not None else self.path.name,
            "text": self.columns.text,
            "label": self.columns.label,
            "key": self.columns.key,
            "names": dict(self.names),
            "only": dict(self.only),
            **({} if self.derived is not None else self.form),
        }
        return {key: value for key, value in found.items() if value not in (None, {})}


def read(
    path: Path,
    text: str | None = None,
    label: str | None = None,
    encoding: str | None = None,
    labelled: bool = True,
    labels: Iterable[str] = (),
) -> list[Given]:
    """A file, or each split of a folder of `datasets`, with the columns that its values tell.

    `labels` are the task's, where they are known.
    """
    found = []
    for form in _forms(path, encoding):
        frame, form = _frame(path, form)
        where = f"{path}, {form['split']}" if "split" in form else path
        chosen = columns.guess(frame, where, text, label, labelled, labels)
        found.append(Given(path, form, frame, chosen, {}, {}))
    return found


def table(path: Path, encoding: str | None = None) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A file as it is, and the settings with which it is read."""
    return _frame(path, forms.form(path, encoding))


def expanded(paths: Iterable[Path]) -> list[Path]:
    """The files, those in plain folders each by itself; a folder of `datasets` is one."""
    found: list[Path] = []
    for path in paths:
        forms.check_kind(path, KINDS)
        if path.is_dir() and not any((path / name).exists() for name in SAVED):
            inner = sorted(p for p in path.iterdir() if p.suffix.lower() in KINDS and p.is_file())
            if not inner:
                raise UserError(f"{path}: expected files of texts in the folder, found none")
            found += inner
        else:
            found.append(path)
    names = [path.name for path in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(f"expected files with different names, found {twice[0]} twice; rename one")
    return found


def splits(files: Sequence[Given], tests: Sequence[Given]) -> dict[str, list[Given]]:
    """The files of each split: what was named a test; then by column, file name, or as train.

    Of a file with a column of splits, each split is a part.
    """
    found: dict[str, list[Given]] = {}
    for given in files:
        if column := given.columns.split:
            for value in given.frame[column].unique():
                rows = given.frame[given.frame[column] == value]
                part = replace(given, frame=rows, only={column: value})
                found.setdefault(columns.SPLITS[value.strip().lower()], []).append(part)
        else:
            named = columns.SPLITS.get(str(given.form.get("split", "")).lower())
            named = named or (columns.split_of(given.path) if len(files) > 1 else None)
            found.setdefault(named or "train", []).append(given)
    found.setdefault("test", []).extend(tests)
    filled = {split: found[split] for split in SPLITS if found.get(split)}
    if "train" not in filled:
        raise UserError(
            f"expected a file of texts to train on, found only {' and '.join(filled)}; add one, or "
            "give one file, of which the splits are cut"
        )
    return filled


def spelt(
    parts: Mapping[str, Sequence[Given]], known: Iterable[str] = ()
) -> dict[str, list[Given]]:
    """The same, labels that differ by case and blanks alone made one, as `known` spells them."""
    files = [given for group in parts.values() for given in group]
    values = pd.concat([given.frame[given.columns.label] for given in files])
    mapping = findings.spellings(values, known)
    return {
        split: [replace(given, names=_used(mapping, given)) for given in group]
        for split, group in parts.items()
    }


def by_majority(given: Given) -> tuple[Given, pd.DataFrame, int]:
    """A file with a row per text and person as one of texts; the people's labels; the ties.

    A text's label is the most frequent one; of equally frequent ones that which is the more
    frequent in the whole file. The labels have the columns item, annotator, label.
    """
    text, label, key, annotator, _ = given.columns
    if label is None or annotator is None:
        raise ValueError(f"expected columns of label and annotator, found {given.columns}")
    frame = given.frame[given.frame[label].str.strip() != ""]
    said = given.texts["label"][frame.index]
    codes = pd.Series(pd.factorize(frame[text])[0], index=frame.index)
    item = frame[key] if key else codes.map(lambda code: f"text-{code + 1:05}")
    votes = pd.DataFrame({"item": item, "annotator": frame[annotator], "label": said})
    counts = votes.groupby(["item", "label"], sort=False).size().rename("count").reset_index()
    overall = said.value_counts()
    counts["overall"] = counts["label"].map(overall)
    order = counts.sort_values(["count", "overall", "label"], ascending=[False, False, True])
    best = order.groupby("item")["label"].first()
    most = counts.groupby("item")["count"].transform("max")
    ties = int((counts[counts["count"] == most].groupby("item").size() > 1).sum())
    texts = frame.assign(item=item).drop_duplicates("item")
    table = pd.DataFrame({"id": texts["item"], "text": texts[text]})
    table["label"] = table["id"].map(best)
    chosen = Columns("text", "label", "id")
    made = replace(given, frame=table, columns=chosen, names={}, derived=table)
    return made, votes, ties


def source_of(argument: str) -> tuple[str, Path]:
    """A source's name and its file: of `gpt4=export.csv` both, else the name is the file's.

    >>> source_of("GPT-4 (vendor).csv")
    ('gpt_4_vendor', PosixPath('GPT-4 (vendor).csv'))
    """
    name, _, path = argument.rpartition("=")
    found = Path(path)
    name = name or re.sub(r"\W+", "_", found.stem.lower()).strip("_") or "texts"
    if name in (*RESERVED, *SPLITS, "error"):
        raise UserError(f"{path}: {name!r} is no name for a source; choose one: my_name={path}")
    return name, found


def _used(mapping: Mapping[str, str], given: Given) -> dict[str, str]:
    values = set(given.frame[given.columns.label].str.strip())
    return {value: label for value, label in mapping.items() if value in values}


def _forms(path: Path, encoding: str | None) -> list[dict[str, Any]]:
    """The settings with which a file is read; of a folder of `datasets` those of each split."""
    if not (path / SAVED[0]).exists():
        return [forms.form(path, encoding)]
    from stages.core import files

    return [{"split": str(split)} for split in files.read_json(path / SAVED[0])["splits"]]


def _frame(path: Path, form: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The file's table, and its form; a first line that is a row and no header is read as one."""
    frame = userfile.read(path, Table(file=path.name, **form))
    if any(_is_value(frame[name], str(name)) for name in frame):
        form = {**form, "header": False}
        frame = userfile.read(path, Table(file=path.name, **form))
    return frame, form


def _is_value(column: pd.Series, name: str) -> bool:
    """Whether a column's name is one of few values in it: a label where names should stand."""
    return column.nunique() <= columns.MOST_LABELS and bool((column == name).sum() > 1)
