"""The user's files, brought into our form as the card says: nothing left out without a word."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stages.core.errors import UserError
from stages.core.records import SPLITS
from stages.corpora import userfile
from stages.corpora.corpus import Corpus, strings
from stages.corpora.given import Labelled, Own, Ready, Table, Unlabelled, Votes

ORIGIN = "own files"
UNKNOWN = "somebody whom the task's card does not name"


class Read(NamedTuple):
    """A table, how many rows were left out or changed for which reason, and that in words."""

    table: pd.DataFrame
    counts: Counter[str]
    remarks: list[str]


def read(own: Own, folder: Path, longest: int | None) -> Corpus:
    """The splits, unlabelled texts and annotations in `folder`; texts cut to `longest` characters.

    A row without a text or a label is left out and counted. Raises `UserError` for a file that
    cannot be read, and for a row without an id where the card names its column.
    """
    given = {split: files for split in SPLITS if (files := getattr(own, split))}
    found = {split: texts(files, folder, longest) for split, files in given.items()}
    more = texts(own.unlabelled, folder, longest) if own.unlabelled else None
    said = _joined([_votes(table, folder) for table in own.annotations or ()])
    every = [*found.values(), *([more] if more else []), *([said] if said else [])]
    return Corpus(
        splits={split: one.table for split, one in found.items()},
        places={split: _places(files, folder) for split, files in given.items()},
        source={"origin": ORIGIN}
        | {f"{split}_from": ", ".join(map(_name, files)) for split, files in given.items()},
        opinions={"annotations": said.table} if said else {},
        dropped=sum((one.counts for one in every), Counter[str]()),
        unlabelled=more.table if more else None,
        remarks=[remark for one in every for remark in one.remarks],
    )


def ready(
    sources: Mapping[str, Sequence[Ready]], folder: Path, longest: int | None
) -> dict[str, Read]:
    """The texts of each source that an LLM wrote already: id, text, label."""
    return {name: texts(files, folder, longest) for name, files in sources.items()}


def by(files: Sequence[Ready]) -> str:
    """Who wrote a source's texts, as its card says."""
    said = dict.fromkeys(file.by for file in files if file.by)
    return " and ".join(said) or UNKNOWN


def texts(files: Sequence[Unlabelled], folder: Path, longest: int | None) -> Read:
    """The columns id, text and, of labelled files, label."""
    found = _joined([_texts(table, folder, longest) for table in files])
    assert found is not None  # a card names one file at least  # noqa: S101
    return found


def _texts(given: Unlabelled, folder: Path, longest: int | None) -> Read:
    columns = {"text": given.text} | ({"id": given.key} if given.key else {})
    if isinstance(given, Labelled):
        columns["label"] = given.label
    table = _columns(given, folder, columns)
    if given.key is None:
        table.insert(0, "id", [f"{_name(given)}:{line}" for line in table.index])
    elif (table["id"] == "").any():
        raise UserError(
            f"{folder / given.file}, line {table.index[table['id'] == ''][0]}: expected an id in "
            f"{given.key!r}, found none; fill it in, or leave `key` out of the card"
        )
    if isinstance(given, Labelled):
        table["label"] = table["label"].map(lambda said: given.names.get(said, said))
    return _cut(_filled(table, _name(given)), longest, _name(given))


def _votes(given: Votes, folder: Path) -> Read:
    columns = {"item": given.item, "annotator": given.annotator, "label": given.label}
    table = _columns(given, folder, columns)
    table["label"] = table["label"].map(lambda said: given.names.get(said, said))
    return _filled(table, _name(given))


def _columns(given: Table, folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """The file's columns under our names; the index holds the lines."""
    wanted = list(dict.fromkeys(columns.values()))
    table = userfile.read(folder / given.file, given, wanted)
    return pd.DataFrame({ours: strings(table[theirs]) for ours, theirs in columns.items()})


def _filled(table: pd.DataFrame, name: str) -> Read:
    """The rows that lack nothing."""
    counts, remarks = Counter[str](), list[str]()
    for column in table:
        empty = (table[column] == "").to_numpy()
        if empty.any():
            counts[f"rows_without_{column}"] = int(empty.sum())
            remarks.append(
                f"{name}: left out {_rows(empty.sum())} without {column}, the first in line "
                f"{table.index[empty][0]}"
            )
            table = table[~empty]
    return Read(table, counts, remarks)


def _cut(found: Read, longest: int | None, name: str) -> Read:
    if longest is None:
        return found
    long = (found.table["text"].str.len() > longest).to_numpy()
    if not long.any():
        return found
    table = found.table.assign(text=found.table["text"].str.slice(stop=longest))
    said = (
        f"{name}: cut {_rows(long.sum())} to {longest:,} characters (fetch.longest), the first in "
        f"line {table.index[long][0]}"
    )
    counts = found.counts + Counter(texts_cut_in_length=int(long.sum()))
    return Read(table, counts, [*found.remarks, said])


def _joined(parts: Sequence[Read]) -> Read | None:
    """The rows of all files; None of no file."""
    if not parts:
        return None
    return Read(
        pd.concat([part.table for part in parts], ignore_index=True),
        sum((part.counts for part in parts), Counter[str]()),
        [remark for part in parts for remark in part.remarks],
    )


def _name(given: Table) -> str:
    """A file's name, with that of its sheet or split."""
    return "#".join(filter(None, (given.file, given.sheet or given.split)))


def _places(files: Sequence[Table], folder: Path) -> str:
    return ", ".join(str(folder / _name(given)) for given in files)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
