"""Damaged request caches."""

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.spending.cache import Cache
from stages.tools import requests

KEYS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(400)]


def completion(key: str) -> Completion:
    """A reply of its own for each key."""
    return Completion(key * 8, "stop", "m", 3, 4)


def test_readable_rows_are_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but a damaged page's rows, and what was spent; the damaged file stays beside."""
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path))
    with closing(Cache(tmp_path)) as made:
        for key in KEYS:
            made.ledger.owe(0.001)
            made.put(key, "sms", completion(key))
        made.add_batch("batch-1", "sms, few_shot", 0.1)
    path = tmp_path / "replies.sqlite"
    content = bytearray(path.read_bytes())
    place = content.index(completion(KEYS[200]).reply.encode()) // 4096 * 4096
    content[place : place + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with closing(Cache(tmp_path)) as damaged, pytest.raises(UserError, match="requests --repair`"):
        damaged.get(KEYS[200])
    requests.main(repair=True)
    assert "0.4000 USD" in (shown := capsys.readouterr().out) and "batch batch-1" in shown
    with closing(Cache(tmp_path)) as repaired:
        found = [key for key in KEYS if repaired.get(key) == completion(key)]
    assert f"{len(found)} replies saved; the damaged" in shown and 380 < len(found) < 400
    (beside,) = tmp_path.glob("*.damaged-*")
    assert beside.read_bytes() == content


def test_file_without_a_readable_row_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing takes its place; one line says so."""
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path))
    path = tmp_path / "replies.sqlite"
    with pytest.raises(UserError, match="found none"):
        requests.main(repair=True)
    path.write_bytes(b"x" * 5000)
    with pytest.raises(UserError, match=r"nothing in .* can be read; move it away"):
        requests.main(repair=True)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
