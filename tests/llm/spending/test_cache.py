"""The request cache."""

import hashlib
import json
import sqlite3
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.messages.request import request_key
from stages.llm.spending import cache as module
from stages.llm.spending.cache import Cache

DIGEST = hashlib.sha256(b"sms, few_shot").hexdigest()[:16]
COMPLETION = Completion("text", "stop", "m", 3, 4)


def test_key_depends_on_all_that_is_sent_and_on_the_draw() -> None:
    """Another model, message, schema, sample or server is another request; order is not."""
    body = {"model": "m", "messages": [{"role": "user", "content": "a"}], "temperature": 1.0}
    variants = [
        body,
        {**body, "model": "n"},
        {**body, "messages": [{"role": "user", "content": "b"}]},
        {**body, "temperature": 0.5},
        {**body, "response_format": {"type": "json_object"}},
    ]
    keys = {request_key(variant, "0/0", None) for variant in variants}
    keys |= {request_key(body, "0/1", None), request_key(body, "0/0", "http://here/v1")}
    assert len(keys) == 7
    here = request_key(dict(reversed(body.items())), "0/0", "http://here/v1/")
    assert here == request_key(body, "0/0", "http://here/v1")


def test_stored_is_found_by_another_process(cache: Cache) -> None:
    """A second connection sees an entry as soon as it is put."""
    cache.put("k", "sms", COMPLETION)
    other = Cache(cache.path.parent)
    assert other.get("k") == COMPLETION and other.get("j") is None
    other.close()


def test_entries_are_cleared_by_task_and_age(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what fits both conditions goes."""
    now = time.time()
    for key, task, age in (("a", "sms", 9), ("b", "sms", 0), ("c", "imdb", 9)):
        monkeypatch.setattr(time, "time", lambda age=age: now - age * 86400)
        cache.put(key, task, COMPLETION)
    monkeypatch.setattr(time, "time", lambda: now + 1)
    assert cache.clear("sms", 5) == 1
    assert {task: size[0] for task, size in cache.sizes().items()} == {"sms": 1, "imdb": 1}
    assert cache.clear(None, 5) == 1 and cache.clear("sms", None) == 1
    assert cache.sizes() == {}


def test_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    """The message has the path and what to do; the file stays as it is."""
    (tmp_path / "replies.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(UserError, match=r"replies\.sqlite cannot be used \(.*move it away"):
        Cache(tmp_path)
    assert (tmp_path / "replies.sqlite").read_bytes() == b"x" * 5000


def test_default_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the variable the cache lies in the user's cache folder."""
    monkeypatch.delenv("SYNTHWORTH_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert module.folder() == tmp_path / "synthworth"


@pytest.mark.parametrize("place", ["locks", f"locks/{DIGEST}.sqlite"])
def test_lock_waits_for_other_processes_only(place: str, cache: Cache) -> None:
    """Anything else that keeps the lock from being got is an error at once."""
    blocking = cache.path.parent / place
    if place == "locks":
        blocking.write_text("a file")
    else:
        blocking.mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be used"), cache.lock("sms, few_shot"):
        pass


def test_entries_are_cleared_without_room_for_a_copy(
    cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rows go even where the file cannot be made smaller."""
    cache.put("k", "sms", COMPLETION)
    refused = sqlite3.SQLITE_ATTACH  # VACUUM attaches the copy that it makes
    cache._database.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action == refused else sqlite3.SQLITE_OK
    )
    assert cache.clear("sms", None) == 1 and cache.get("k") is None
    assert "keeps its size" in capsys.readouterr().out


def test_rows_of_another_version(cache: Cache) -> None:
    """An unknown field is ignored, an optional one that is missing gets its default."""
    other = {**asdict(COMPLETION), "later": 1}
    del other["finish_reason"], other["prompt_tokens"]
    for key, content in (("a", json.dumps(other)), ("b", json.dumps({"later": 1}))):
        row = (key, "sms", 0.0, content, module.checksum(key, content))
        cache._database.execute("INSERT INTO replies VALUES (?, ?, ?, ?, ?)", row)
    assert cache.get("a") == Completion("text", None, "m", 0, 4)
    assert cache.get("b") is None and cache.damaged == 1


def test_task_is_found_without_reading_replies(cache: Cache) -> None:
    """The question is answered by an index on the task."""
    cache.put("k", "sms", COMPLETION)
    assert cache.has_task("sms") and not cache.has_task("sm")
    plan = cache._database.execute(
        "EXPLAIN QUERY PLAN SELECT 1 FROM replies WHERE task = 'sms'"
    ).fetchall()
    assert ["USING COVERING INDEX replies_by_task" in row[3] for row in plan] == [True]
