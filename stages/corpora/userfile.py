"""A user's file as it is: .csv, .tsv, .txt, .jsonl, .parquet, .xlsx, or a folder of `datasets`.

Nothing in a file is run: formulas keep the value that was saved with them, and a folder of
`datasets` is read as the Arrow tables that it holds.
"""

import csv
import json
import sys
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core.errors import UserError
from stages.corpora.decoding import opened
from stages.corpora.given import Table

# A file's column names, then its rows, each with the line that it begins in.
Content = Iterator[tuple[int, Sequence[Any]]]
UNPACKED = 1_000_000_000  # bytes of an Excel file
KINDS = ".csv, .tsv, .txt, .jsonl, .parquet, .xlsx or a folder of Hugging Face's `datasets`"


def read(
    path: Path, settings: Table, columns: Collection[str] | None = None, rows: int | None = None
) -> pd.DataFrame:
    """The table in the file: every value a string, missing ones empty strings.

    The index, `line`, is the line (in .xlsx the row, in other tables the row from 1) in which a row
    begins. `columns` are those that are needed (None: all there are), `rows` how many rows at most.

    Raises `UserError` for a file that is missing, damaged, of another kind, empty or without a
    needed column; where a line is to blame, with its number.
    """
    if not path.exists():
        raise UserError(f"expected the file {path}, found none; put it there, or run `dvc pull`")
    kind = "" if path.is_dir() else path.suffix.lower()
    if kind not in READERS:
        raise UserError(
            f"{path}: expected {KINDS}, found {kind or 'no ending'!r}; save it as one of these"
        )
    content = READERS[kind](path, settings)
    _, names = next(content, (0, ()))
    names = [cell(name).strip() for name in names]
    wanted = _places(path, names, columns)
    conditions = list(zip(_places(path, names, settings.only), settings.only.values(), strict=True))
    lines: list[int] = []
    found: list[list[str]] = [[] for _ in wanted]
    counting = (line_row for line_row in content if _counts(line_row[1], conditions))
    for line, row in islice(counting if conditions else content, rows):
        lines.append(line)
        for cells, place in zip(found, wanted, strict=True):
            cells.append(cell(row[place]) if place < len(row) else "")
    if not lines:
        what = f"rows with {settings.only}" if conditions else "rows of texts, found only a header"
        raise UserError(f"{path}: expected {what}; add some")
    return pd.DataFrame(
        {names[place]: cells for place, cells in zip(wanted, found, strict=True)},
        index=pd.Index(lines, name="line"),
        dtype="str",
    )


def cell(value: Any) -> str:
    """A value as text; whole numbers without their decimals, as label 1 of a spreadsheet is.

    >>> [cell(value) for value in ("a", None, 1.0, 0.5, float("nan"), True, ["b"])]
    ['a', '', '1', '0.5', '', 'True', '["b"]']
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # not a number
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _counts(row: Sequence[Any], conditions: Iterable[tuple[int, str]]) -> bool:
    """Whether a row has the value of each condition in its place."""
    return all(place < len(row) and cell(row[place]) == value for place, value in conditions)


def _places(path: Path, names: list[str], columns: Collection[str] | None) -> list[int]:
    """Where the needed columns are."""
    wanted = [name for name in names if name] if columns is None else list(columns)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UserError(
            f"{path}: expected columns {missing}, found {names[:12]}; {_remedy(names, path)}"
        )
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise UserError(
            f"{path}: expected each column once, found {twice[0]!r} {names.count(twice[0])} times; "
            "rename one of them"
        )
    return [names.index(name) for name in wanted]


def _remedy(names: Sequence[str], path: Path) -> str:
    for separator in ";\t|,":
        if len(names) == 1 and separator in names[0]:
            return f"set `separator: {separator!r}` in the card"
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return "name the right ones in the card, or set `header: false` if the file has no header"
    return "name the right ones in the card"


def _separated(path: Path, settings: Table) -> Content:
    csv.field_size_limit(sys.maxsize)
    tabs = path.suffix.lower() == ".tsv"
    with opened(path, settings.encoding) as text:
        rows = csv.reader(
            text,
            delimiter=settings.separator or ("\t" if tabs else ","),
            quoting=csv.QUOTE_MINIMAL if settings.quotes else csv.QUOTE_NONE,
            strict=True,
        )
        yield from _headed(_numbered(path, rows), settings)


def _numbered(path: Path, rows: Any) -> Content:
    """The rows of a `csv.reader`, with the lines that they begin in."""
    width, begun = 0, 1
    try:
        for row in rows:
            line, begun = begun, rows.line_num + 1
            width = width or len(row)
            if any(row[width:]):
                raise UserError(
                    f"{path}, line {line}: expected {width} cells, as in the first line, found "
                    f"{len(row)}; a text that holds the separator needs quotation marks around it"
                )
            if row:
                yield line, row
    except csv.Error as error:
        to = f", which goes on to line {rows.line_num}" if rows.line_num > begun else ""
        raise UserError(
            f"{path}, line {begun}: expected a quotation mark inside a cell written twice, found a "
            f"stray one in the row{to} ({error}); fix it, or set `quotes: false` in the card if "
            "the file's quotation marks are part of the texts"
        ) from error


def _lines(path: Path, settings: Table) -> Content:
    """JSON lines; the columns are the keys of all rows, in the order in which they come."""
    with opened(path, settings.encoding) as text:
        records = [
            (number, _record(path, number, line))
            for number, line in enumerate(text, start=1)
            if line.strip()
        ]
    names = list(dict.fromkeys(name for _, record in records for name in record))
    yield 0, names
    for number, record in records:
        yield number, [record.get(name) for name in names]


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if "\\u" in line and "\\ud" in line.lower():  # half a surrogate pair is no text
            json.dumps(record, ensure_ascii=False).encode()
    except ValueError as error:
        raise UserError(f"{path}, line {number}: expected JSON ({error}); fix it") from error
    if not isinstance(record, dict):
        raise UserError(
            f"{path}, line {number}: expected a JSON object, found {line[:40]!r}; fix it"
        )
    return record


def _parquet(path: Path, settings: Table) -> Content:
    from pyarrow import ArrowException  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    try:
        with ParquetFile(path) as file:
            yield from _batches(file.schema_arrow.names, file.iter_batches())
    except (ArrowException, OSError) as error:
        raise UserError(f"{path}: expected a parquet file ({error}); replace it") from error


def _batches(names: list[str], batches: Iterable[Any]) -> Content:
    yield 0, names
    row = 0
    for batch in batches:
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield (row := row + 1), cells


def _excel(path: Path, settings: Table) -> Content:
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            if settings.sheet not in (None, *book.sheet_names):
                raise UserError(
                    f"{path}: expected the sheet {settings.sheet!r}, found {book.sheet_names}; fix "
                    "`sheet` in the card"
                )
            rows = book.get_sheet_by_name(settings.sheet or book.sheet_names[0]).iter_rows()
            yield from _headed(((n, row) for n, row in enumerate(rows, 1) if any(row)), settings)
    except CalamineError as error:
        raise UserError(f"{path}: expected an Excel file ({error}); save it anew") from error


def _check_size(path: Path) -> None:
    """Raise `UserError` for a file that would fill the memory: ZIP shrinks up to 1,000 times."""
    if not zipfile.is_zipfile(path):  # .xls, or damaged
        return
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(part.file_size for part in packed.infolist())
    if unpacked > UNPACKED:
        raise UserError(
            f"{path}: expected at most {UNPACKED:,} bytes when unpacked, found {unpacked:,}; save "
            "it as .csv"
        )


def _headed(rows: Content, settings: Table) -> Content:
    """The rows, with the columns' numbers before them where the file names no columns."""
    line, first = next(rows, (0, ()))
    if not settings.header:
        yield 0, [str(number) for number in range(1, len(first) + 1)]
    yield line, first
    yield from rows


def _saved(path: Path, settings: Table) -> Content:
    from datasets import ClassLabel, DatasetDict, load_from_disk

    try:
        data = load_from_disk(str(path))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path}: expected a folder that `datasets` saved ({error}); name a file or such a "
            "folder"
        ) from error
    if isinstance(data, DatasetDict):
        split = settings.split or (next(iter(data)) if len(data) == 1 else None)
        if split not in data:
            raise UserError(
                f"{path}: expected one of its splits {list(data)} as `split` in the card, found "
                f"{settings.split!r}; add it"
            )
        data = data[split]
    names, features = data.column_names, data.features
    classes = [
        features[name].names if isinstance(features[name], ClassLabel) else None for name in names
    ]
    yield from _batches(names, ())
    row = 0
    for batch in data.with_format("arrow").iter(batch_size=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        for place, known in enumerate(classes):
            if known:
                columns[place] = [
                    known[code] if code is not None and code >= 0 else None
                    for code in columns[place]
                ]
        for cells in zip(*columns, strict=True):
            yield (row := row + 1), cells


READERS: dict[str, Callable[[Path, Table], Content]] = {
    ".csv": _separated,
    ".tsv": _separated,
    ".txt": _separated,
    ".jsonl": _lines,
    ".parquet": _parquet,
    ".xlsx": _excel,
    ".xls": _excel,
    ".ods": _excel,
    "": _saved,
}
