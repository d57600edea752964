"""The store of embeddings: right when shared, killed, damaged or out of reach."""

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from stages.classifiers.store import Store, Vectors

TEXTS = [f"text {number}" for number in range(1200)]  # more than one query asks for


def vectors(texts: list[str]) -> Vectors:
    """A vector that tells each text's number."""
    rows = np.array([[int(text.split()[1])] * 4 for text in texts])
    return rows.astype(np.float16)


def known(folder: Path, encoding: str = "a") -> list[str]:
    """The texts that are stored, after a check of their vectors."""
    with Store(folder, encoding) as store:
        found = store.get(TEXTS)
    assert all(np.array_equal(row, vectors([text])[0]) for text, row in found.items())
    return list(found)


def fill(folder: Path, texts: list[str], encoding: str = "a") -> None:
    """Store the texts in small parts."""
    with Store(folder, encoding) as store:
        for start in range(0, len(texts), 10):
            part = texts[start : start + 10]
            store.put(part, vectors(part))


def test_what_is_put_is_found(tmp_path: Path) -> None:
    """All that was stored is found again, under its own encoding only."""
    assert known(tmp_path) == []
    fill(tmp_path, TEXTS[::2])
    assert sorted(known(tmp_path)) == sorted(TEXTS[::2])
    assert known(tmp_path, "b") == []


def test_processes_share_a_file(tmp_path: Path) -> None:
    """Two writers at once, with texts in common, lose nothing."""
    spawn = multiprocessing.get_context("spawn")
    writers = [
        spawn.Process(target=fill, args=(tmp_path, texts)) for texts in (TEXTS[:800], TEXTS[400:])
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(known(tmp_path)) == len(TEXTS)


def _write_and_die(folder: Path) -> None:
    with Store(folder, "a") as store:
        store.put(TEXTS[:10], vectors(TEXTS[:10]))
        assert store._file is not None
        store._file.execute("BEGIN IMMEDIATE")
        store._file.execute("INSERT INTO vectors VALUES (x'00', x'01')")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_writer_leaves_what_it_had_finished(tmp_path: Path) -> None:
    """What was stored before is there, what was not is absent, and the file is free."""
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert sorted(known(tmp_path)) == sorted(TEXTS[:10])
    fill(tmp_path, TEXTS[10:20])
    assert sorted(known(tmp_path)) == sorted(TEXTS[:20])


def test_a_damaged_row_counts_as_absent(tmp_path: Path) -> None:
    """A vector with a wrong bit is not served, and is replaced when it is stored again."""
    fill(tmp_path, TEXTS[:3])
    with sqlite3.connect(tmp_path / "embeddings.sqlite") as file:
        (key, row), (short, _), _ = file.execute("SELECT key, vector FROM vectors").fetchall()
        wrong = row[:-1] + bytes([row[-1] ^ 1])
        file.execute("UPDATE vectors SET vector = ? WHERE key = ?", (wrong, key))
        file.execute("UPDATE vectors SET vector = 'text' WHERE key = ?", (short,))
    file.close()
    assert len(known(tmp_path)) == 1
    fill(tmp_path, TEXTS[:3])
    assert len(known(tmp_path)) == 3


@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_a_damaged_file_is_replaced(
    keep: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so, nothing is found in it, and the next run has a working store."""
    fill(tmp_path, TEXTS)
    path = tmp_path / "embeddings.sqlite"
    content = path.read_bytes()
    kept = int(len(content) * keep)
    path.write_bytes(content[:kept] + b"\xff" * (len(content) - kept))
    with Store(tmp_path, "a") as store:
        store.get(TEXTS)
        store.put(TEXTS, vectors(TEXTS))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path} is damaged and was deleted (")
    fill(tmp_path, TEXTS)
    assert len(known(tmp_path)) == len(TEXTS)


def test_without_a_folder_it_stores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cache folder that cannot be made costs one line, not the run."""
    (tmp_path / "file").write_text("")
    with Store(tmp_path / "file" / "cache", "a") as store:
        store.put(TEXTS, vectors(TEXTS))
        assert store.get(TEXTS) == {}
    assert capsys.readouterr().err.count("cannot be used") == 1
