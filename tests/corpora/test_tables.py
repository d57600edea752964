"""Users' own files: what is read, and the one line that says what is wrong with one."""

from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora import tables


def read(path: Path) -> pd.DataFrame:
    """The table in a local file, called `own` in messages."""
    system, folder = tables.locate(str(path.parent))
    return tables.read(system, f"{folder}/{path.name}", "own")


def test_formats_agree(tmp_path: Path) -> None:
    """Parquet, CSV and JSON lines of the same rows give the same table."""
    frame = pd.DataFrame({"text": ["NA", 'say "hi"\nagain', "żółć"], "label": ["1", "null", "x"]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    for suffix in ("parquet", "csv", "jsonl"):
        pd.testing.assert_frame_equal(read(tmp_path / f"a.{suffix}"), frame)


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    """CSV as spreadsheet programs save it is read."""
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbftext,label\r\na,b\r\n")
    assert list(read(tmp_path / "a.csv")) == ["text", "label"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_other_encodings_are_named(tmp_path: Path, name: str) -> None:
    """The byte that is no UTF-8 is shown, and what to do."""
    start = '{"text": "' if name.endswith("jsonl") else "text,label\n"
    (tmp_path / name).write_bytes((start + "café").encode("latin-1") + b',x"}\n')
    with pytest.raises(UserError, match=r"own: expected UTF-8, found byte 0xe9 .*; save it as UTF"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", b'text,label\n"open,x\n', "EOF inside string"),
        (
            "a.csv",
            b"text,label\na,b,c\n",
            "a row has more fields than the header; a text with a comma",
        ),
        ("a.csv", b"text,label\na,b\na,b,c\n", "Expected 2 fields in line 3, saw 3"),
        ("a.csv", b"", "No columns to parse"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "b', "line 2: Unterminated string"),
        ("a.jsonl", b'{"text": "a"}\n["b"]\n', "line 2 is no JSON object"),
        ("a.jsonl", b'{"text": "\\ud83d"}\n', "line 1: .*surrogates not allowed"),
        ("a.parquet", b"PAR1 and no more", "Parquet magic bytes not found"),
        ("a.parquet", b"", "file size is 0 bytes"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes, found: str) -> None:
    """The message has the place of the damage where the format tells it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        UserError, match=rf"(?s)own: expected a whole \.\w+ file, .*{found}.*; replace"
    ):
        read(tmp_path / name)


def test_a_truncated_parquet_file_is_named(tmp_path: Path) -> None:
    """A download that broke off is not a table."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"text": ["a"] * 99}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"own: expected a whole .parquet file"):
        read(path)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError("timed out"),
        OSError(5, "Input/output error"),
        PermissionError(13, "Permission denied"),
    ],
)
def test_a_failing_disk_or_connection_is_no_damaged_file(error: OSError) -> None:
    """The file may be whole: to replace it would be the wrong remedy."""
    with pytest.raises(UserError, match=rf"own: cannot be read \({type(error).__name__}.*; check"):
        tables.read(_Failing(error), "own.csv", "own")


class _Failing:
    """A file system of which every read fails."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    def open(self, path: str, mode: str) -> BinaryIO:
        raise self.error


def test_two_files_for_one_table_are_refused(tmp_path: Path) -> None:
    """Which of them is up to date is not ours to guess."""
    for suffix in ("csv", "parquet"):
        (tmp_path / f"train.{suffix}").touch()
    system, folder = tables.locate(str(tmp_path))
    with pytest.raises(UserError, match=r"own: expected one file of .*train\.parquet.*train\.csv"):
        tables.find(system, folder, "train", "own")


def test_an_unknown_protocol_is_refused() -> None:
    """A URL that nothing installed can open names the remedy."""
    with pytest.raises(UserError, match=r"cannot open nix://texts .*; install what its protocol"):
        tables.locate("nix://texts")
