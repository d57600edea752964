"""Users' files as they are: each kind read alike, and each mistake said in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from stages.core.errors import UserError
from stages.corpora import userfile
from stages.corpora.given import Table

ROWS = pd.DataFrame({"body": ["Grüße, alle", "two\nlines", 'a "b" c'], "mood": ["1", "0", "1"]})


def table(**settings: Any) -> Table:
    """What a card says of the file."""
    return Table(file="x", **settings)


def excel(frame: pd.DataFrame, path: Path) -> None:
    """Numbers as numbers, as a spreadsheet has them, on the second sheet."""
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"notes": ["none"]}).to_excel(book, sheet_name="about", index=False)
        numbers = frame.assign(mood=frame["mood"].astype(int))
        numbers.to_excel(book, sheet_name="texts", index=False)


def saved(frame: pd.DataFrame, path: Path) -> None:
    """A folder of `datasets` with two splits, the label with names of its classes."""
    features = Features({"body": Value("string"), "mood": ClassLabel(names=["0", "1"])})
    numbers = frame.assign(mood=frame["mood"].astype(int))
    data = Dataset.from_pandas(numbers, features=features, preserve_index=False)
    DatasetDict({"train": data, "test": data.select([0])}).save_to_disk(path)


def lines(frame: pd.DataFrame, path: Path) -> None:
    """Labels as numbers."""
    path.write_text(
        "\n".join(json.dumps({"body": t, "mood": int(m)}) for t, m in frame.to_numpy()) + "\n"
    )


WRITERS: dict[str, tuple[Callable[[pd.DataFrame, Path], Any], dict[str, Any]]] = {
    "a.csv": (lambda f, p: f.to_csv(p, index=False), {}),
    "mark.csv": (lambda f, p: f.to_csv(p, index=False, encoding="utf-8-sig"), {}),
    "semicolons.csv": (lambda f, p: f.to_csv(p, index=False, sep=";"), {"separator": ";"}),
    "windows.csv": (lambda f, p: f.to_csv(p, index=False, encoding="cp1252"), {"encoding": "1252"}),
    "utf16.csv": (lambda f, p: f.to_csv(p, index=False, encoding="utf-16"), {}),
    "unmarked.csv": (
        lambda f, p: f.to_csv(p, index=False, encoding="utf-16-le"),
        {"encoding": "utf-16-le"},
    ),
    "tabs.tsv": (lambda f, p: f.to_csv(p, index=False, sep="\t"), {}),
    "pipes.txt": (lambda f, p: f.to_csv(p, index=False, sep="|"), {"separator": "|"}),
    "carriage.csv": (lambda f, p: f.to_csv(p, index=False, lineterminator="\r\n"), {}),
    "a.jsonl": (lines, {}),
    "a.parquet": (lambda f, p: f.assign(mood=f["mood"].astype(float)).to_parquet(p), {}),
    "a.xlsx": (excel, {"sheet": "texts"}),
    "folder": (saved, {"split": "train"}),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    """Texts with commas, line ends, quotation marks and umlauts; numeric labels are strings."""
    write, settings = WRITERS[name]
    write(ROWS, tmp_path / name)
    read = userfile.read(tmp_path / name, table(**settings))
    assert read.reset_index(drop=True).to_dict("list") == ROWS.to_dict("list")
    assert read.index.name == "line" and read.index.is_monotonic_increasing


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """Some columns of the first rows, with the lines of the file in which they begin."""
    ROWS.to_csv(tmp_path / "a.csv")
    read = userfile.read(tmp_path / "a.csv", table(), ["mood"])
    assert list(read) == ["mood"] and list(read.index) == [2, 3, 5]
    assert list(userfile.read(tmp_path / "a.csv", table(), rows=2)) == ["body", "mood"]
    assert len(userfile.read(tmp_path / "a.csv", table(), rows=2)) == 2


def test_a_file_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    """And quotation marks that belong to the texts stay."""
    (tmp_path / "a.tsv").write_text('1\tsay "hi\n\n0\t"so" he said\n')
    read = userfile.read(tmp_path / "a.tsv", table(header=False, quotes=False))
    assert read.to_dict("list") == {"1": ["1", "0"], "2": ['say "hi', '"so" he said']}
    assert list(read.index) == [1, 3]


def test_a_large_text_is_read(tmp_path: Path) -> None:
    """A cell of a million letters, eight times what Python's reader of CSV takes by itself."""
    (tmp_path / "a.csv").write_text(f"body,mood\n{'x' * 1_000_000},1\n")
    assert userfile.read(tmp_path / "a.csv", table())["body"].str.len().to_list() == [1_000_000]


def test_a_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what it says that it unpacks to, before it is."""
    excel(ROWS, tmp_path / "a.xlsx")
    monkeypatch.setattr(userfile, "UNPACKED", 5_000)
    with pytest.raises(UserError, match=r"at most 5,000 bytes when unpacked, found .*save it as"):
        userfile.read(tmp_path / "a.xlsx", table(sheet="texts"))


def test_formulas_are_not_evaluated(tmp_path: Path) -> None:
    """A cell is what was saved of it: of a formula that was never computed, nothing."""
    from openpyxl import Workbook  # type: ignore[import-untyped]

    book = Workbook()
    for row in (["body", "mood"], ["fine", 1], ['=HYPERLINK("http://a.test")', 2], [None, 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    read = userfile.read(tmp_path / "a.xlsx", table())
    assert read.to_dict("list") == {"body": ["fine", "", ""], "mood": ["1", "2", "3"]}
    assert list(read.index) == [2, 3, 4]


MISTAKES: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("a.csv", b"", {}, r"expected texts, found an empty file; replace it"),
    ("a.csv", b"body,mood\n", {}, r"expected rows of texts, found only a header; add some"),
    (
        "a.csv",
        b"body;mood\nx;1\n",
        {},
        r"\['body', 'mood'\], found \['body;mood'\]; set `sep.*: ';'`",
    ),
    ("a.csv", b"text,mood\nx,1\n", {}, r"expected columns \['body'\], found \['text', 'mood'\]; n"),
    ("a.csv", b"body,mood,mood\nx,1,2\n", {}, r"expected each column once, found 'mood' 2 times"),
    ("a.csv", b"body,mood\nx,1\ny, z,1\n", {}, r"line 3: expected 2 cells, .*, found 3; a text"),
    ("a.csv", b'body,mood\nx,1\n"a "b" c",1\n', {}, r"line 3: expected a quotation mark inside"),
    ("a.csv", b'body,mood\n"x,1\ny,1\nz,2\n', {}, r"line 2: .* stray one .*goes on to line 4.*fal"),
    ("a.csv", b"body,mood\nx,1\ncaf\xe9,0\n", {}, r"byte 0xe9 in line 3 \(in cp1252: 'café,0'\);"),
    (
        "a.csv",
        "body,mood\nné,1\n".encode() + b"\xe9,0\n\xe9,1\n",
        {},
        r"line 3 .*, and 1 more such lines, beside 1 lines of UTF-8: mixed encodings; save it anew",
    ),
    ("a.csv", "body,mood\né,1\n".encode(), {"encoding": "cp1252"}, r"found UTF-8; take `encoding`"),
    ("a.csv", b"body,mood\n\x81,1\n", {"encoding": "cp1252"}, r"found byte 0x81 in line 2"),
    ("a.csv", b"body,mood\n", {"encoding": "latin-x"}, r"a known encoding .*, found 'latin-x'"),
    (
        "a.csv",
        "body,mood\nx,1\n".encode("utf-16-be"),
        {},
        r"looks like UTF-16 .* `encoding: ut",
    ),
    ("a.csv", b"body,mood\nx\0y,1\n", {}, r"found a zero byte in line 2: a binary or damaged file"),
    ("a.csv", b"PK\x03\x04\0\0", {}, r"found an Excel or ZIP file \(.xlsx\?\); give it the ending"),
    ("a.csv", b"\xd0\xcf\x11\xe0\0\0", {}, r"found an old Excel file"),
    ("a.jsonl", b'{"body": "x", "mood": 1}\nno\n', {}, r"line 2: expected JSON \(.*\); fix it"),
    ("a.jsonl", b"[1]\n", {}, r"line 1: expected a JSON object, found '\[1\]"),
    ("a.jsonl", b'{"body": "\\ud800", "mood": 1}', {}, r"line 1: expected JSON .*surrogates"),
    ("a.parquet", b"PAR1 but no more", {}, r"expected a parquet file \(.*\); replace it"),
    ("a.xlsx", b"body,mood\nx,1\n", {}, r"expected an Excel file \(.*\); save it anew"),
    ("a.doc", b"body", {}, r"expected .csv, .*, found '.doc'; save it as one of these"),
]


@pytest.mark.parametrize(("name", "content", "settings", "message"), MISTAKES)
def test_mistakes_are_named_with_their_place(
    name: str, content: bytes, settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """In one line that begins with the file: what was expected, what was found, what to do."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        userfile.read(tmp_path / name, table(**settings), ["body", "mood"])
    said = str(caught.value)
    assert said.startswith(str(tmp_path / name)) and "; " in said and "\n" not in said


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """A file, a sheet, a split, a folder that `datasets` did not save."""
    with pytest.raises(UserError, match=r"expected the file .*a.csv, found none; put it there"):
        userfile.read(tmp_path / "a.csv", table())
    excel(ROWS, tmp_path / "a.xlsx")
    with pytest.raises(UserError, match=r"the sheet 'b', found \['about', 'texts'\]; fix `sheet`"):
        userfile.read(tmp_path / "a.xlsx", table(sheet="b"))
    with pytest.raises(UserError, match=r"expected a folder that `datasets` saved"):
        userfile.read(tmp_path, table())
    saved(ROWS, tmp_path / "folder")
    with pytest.raises(UserError, match=r"one of its splits \['train', 'test'\] as `split`"):
        userfile.read(tmp_path / "folder", table())


def test_rows_with_a_value_are_a_part_of_a_file(tmp_path: Path) -> None:
    """As a column of splits says; they keep their lines, and none at all is an error."""
    path = tmp_path / "a.csv"
    path.write_text("text,split\none,train\ntwo,test\nthree,train\n")
    found = userfile.read(path, table(only={"split": "train"}), ["text"])
    assert list(found["text"]) == ["one", "three"] and list(found.index) == [2, 4]
    assert list(found) == ["text"]
    with pytest.raises(UserError, match=r"expected rows with {'split': 'dev'}; add some"):
        userfile.read(path, table(only={"split": "dev"}))
