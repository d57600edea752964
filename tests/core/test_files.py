"""Canonical files: whole, sorted, rounded, and the same for the same content."""

import errno
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.core import files
from stages.core.errors import UserError

FRAME = pd.DataFrame({"id": ["a", "b"], "label": ["x", "y"]})
WRITERS: dict[str, Callable[[Path], None]] = {
    "table": lambda path: files.write_table(FRAME, path),
    "array": lambda path: files.write_array(np.arange(3.0), path),
    "text": lambda path: files.write_text("new", path),
    "json": lambda path: files.write_json({"a": 1}, path),
    "series": lambda path: files.write_series(FRAME, path),
    "lines": lambda path: files.write_lines([{"a": 1}], path),
}


def full(*_: object, **__: object) -> None:
    """The disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("kind", WRITERS)
def test_written_files_are_whole_and_alone(kind: str, tmp_path: Path) -> None:
    """Folders are made, the file is readable by others, and no temporary file stays behind."""
    path = tmp_path / "deep" / "file"
    WRITERS[kind](path)
    assert path.stat().st_size > 0
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_content_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    """DVC sees no change where there is none."""
    WRITERS[kind](tmp_path / "one")
    WRITERS[kind](tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_leaves_the_old_file_whole(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full at the last moment, the old content stays, and nothing else."""
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        WRITERS[kind](path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_midway_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """The same when only a part could be written."""
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left"), files.replacing(path) as temporary:
        temporary.write_text("half of the n")
        full()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_in_the_records_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A record that JSON cannot hold stops the write before the replacement."""
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(TypeError):
        files.write_lines([{"a": 1}, {"a": object()}], path)
    assert path.read_text() == "old"


def test_json_is_sorted_and_rounded(tmp_path: Path) -> None:
    """Keys in order, floats with 4 digits, no negative zero, numpy numbers as numbers."""
    content = {"b": -0.00001, "a": {"y": np.float32(0.123456), "x": np.int64(3)}, "c": "é"}
    files.write_json(content, tmp_path / "m.json")
    text = (tmp_path / "m.json").read_text(encoding="utf-8")
    assert text == ('{\n  "a": {\n    "x": 3,\n    "y": 0.1235\n  },\n  "b": 0.0,\n  "c": "é"\n}\n')


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float64("nan")])
def test_json_refuses_what_is_no_number(value: float, tmp_path: Path) -> None:
    """NaN and infinity are named with their key."""
    with pytest.raises(ValueError, match=r"m.json: a: b is (nan|inf)"):
        files.write_json({"a": {"b": value}}, tmp_path / "m.json")


def test_json_refuses_lists(tmp_path: Path) -> None:
    """`dvc metrics diff` shows no lists."""
    with pytest.raises(ValueError, match=r"m.json: a is a list"):
        files.write_json({"a": [1]}, tmp_path / "m.json")


def test_a_series_is_a_list_of_rows(tmp_path: Path) -> None:
    """The form that `dvc plots` takes."""
    files.write_series(pd.DataFrame({"step": [1, 2], "loss": [0.5, 1 / 3]}), tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text()) == [
        {"step": 1, "loss": 0.5},
        {"step": 2, "loss": 0.3333},
    ]


def test_tables_come_back(tmp_path: Path) -> None:
    """A table is read as it was written."""
    files.write_table(FRAME, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(files.read_table(tmp_path / "t.parquet", ["id"]), FRAME)


def test_arrays_are_mapped(tmp_path: Path) -> None:
    """An array is read from the disk as it is needed, and cannot be changed."""
    files.write_array(np.arange(3.0), tmp_path / "a.npy")
    array = files.read_array(tmp_path / "a.npy")
    assert isinstance(array, np.memmap) and not array.flags.writeable
    assert array.tolist() == [0.0, 1.0, 2.0]


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    """Records are read as written, one a line, keys sorted."""
    files.write_lines([{"b": 1, "a": "é"}, {"c": None}], tmp_path / "r.jsonl")
    assert list(files.read_lines(tmp_path / "r.jsonl")) == [{"a": "é", "b": 1}, {"c": None}]
    assert (tmp_path / "r.jsonl").read_text(encoding="utf-8").startswith('{"a": "é", "b": 1}\n')


def test_details_keep_more_digits(tmp_path: Path) -> None:
    """What others are computed from is not rounded like a metric."""
    files.write_json({"a": 1 / 3}, tmp_path / "d.json", files.DETAIL_DIGITS)
    assert json.loads((tmp_path / "d.json").read_text()) == {"a": 0.3333333333}


READERS: dict[str, Callable[[Path], object]] = {
    "table": files.read_table,
    "array": files.read_array,
    "json": files.read_json,
    "lines": lambda path: list(files.read_lines(path)),
}


def test_yaml_is_read_or_named(tmp_path: Path) -> None:
    """An absent file, broken YAML and bytes that are no UTF-8 are named."""
    path = tmp_path / "c.yaml"
    with pytest.raises(UserError, match=r"expected .*c.yaml, found none; add it"):
        files.read_yaml(path)
    path.write_text("a: [1, é]")
    assert files.read_yaml(path) == {"a": [1, "é"]}
    for content in (b"a: [", b"\xff\xfe\x00"):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"c.yaml is not YAML"):
            files.read_yaml(path)


@pytest.mark.parametrize("kind", READERS)
def test_an_absent_file_is_named(kind: str, tmp_path: Path) -> None:
    """The message says which file and which command makes it."""
    with pytest.raises(UserError, match=r"expected .*nothing, found none; run `dvc repro`"):
        READERS[kind](tmp_path / "nothing")


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("content", [b"PAR1 x", b"{\n", b"\xff\xfe", b"\x93NUMPY\x01\x00v\x00{"])
def test_a_damaged_file_is_named(kind: str, content: bytes, tmp_path: Path) -> None:
    """The message says which file and that it is no such file."""
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(UserError, match=r"(?s)bad.* is not .*(run `dvc repro`|fix it)"):
        READERS[kind](tmp_path / "bad")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """Expected and found columns."""
    files.write_table(FRAME, tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"expected columns \['text'\], found \['id', 'label'\]"):
        files.read_table(tmp_path / "t.parquet", ["id", "text"])


def test_a_line_that_is_no_object_is_named(tmp_path: Path) -> None:
    """By its number."""
    (tmp_path / "r.jsonl").write_text('{"a": 1}\n[2]\n')
    with pytest.raises(UserError, match=r"r.jsonl, line 2: expected a JSON object"):
        list(files.read_lines(tmp_path / "r.jsonl"))


def test_last_bits_do_not_make_another_table(tmp_path: Path) -> None:
    """What differs by the order of a sum is the same file; counts and single precision stay."""
    frame = pd.DataFrame({"share": [0.1 + 0.2, 1.0], "n": [2**60, 1]})
    frame["single"] = np.array([0.1, 1 / 3], np.float32)
    files.write_table(frame, tmp_path / "a.parquet")
    files.write_table(frame.assign(share=[0.3, 1.0]), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    found = pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(found[["n", "single"]], frame[["n", "single"]], check_exact=True)
