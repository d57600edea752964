"""What was paid for, kept: one SQLite row per request, written the moment its reply arrives.

`synthworth requests` shows what is in it, and clears or repairs it.
"""

import hashlib
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from stages.core import paths
from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.spending import ledger
from stages.llm.spending.ledger import Ledger

WAIT = 60.0  # seconds to wait for another process's write
REPAIR = "synthworth requests --repair"
PAGE = 4096  # bytes; SQLite writes no less
SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, task TEXT NOT NULL, created REAL NOT NULL,
    content TEXT NOT NULL, checksum TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replies_by_task ON replies (task);
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, name TEXT NOT NULL);
"""
FIELDS = tuple(field.name for field in fields(Completion))
OPTIONAL = {"finish_reason": None, "prompt_tokens": 0, "completion_tokens": 0}


def folder() -> Path:
    """Where the cache lies."""
    return paths.user_cache()


class Cache:
    """Replies by request key; several processes may use one file."""

    def __init__(self, place: Path) -> None:
        self.path = place / "replies.sqlite"
        self.damaged = 0  # entries that failed their checksum and were deleted
        try:
            place.mkdir(parents=True, exist_ok=True)
            # Not shared between threads at one time: every call is made from the event loop.
            self._database = sqlite3.connect(
                self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            # A killed process loses nothing; only a power cut may lose the last second.
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(SCHEMA + ledger.SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error
        self.ledger = Ledger(self._database, self._errors)

    def get(self, key: str) -> Completion | None:
        """The stored completion; a damaged entry is deleted and counts as none."""
        with self._errors():
            row = self._database.execute(
                "SELECT content, checksum FROM replies WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        content, written = row
        if written == checksum(key, content):
            stored = OPTIONAL | json.loads(content)  # another version may have other fields
            with suppress(KeyError):
                return Completion(**{name: stored[name] for name in FIELDS})
        self.damaged += 1
        with self._errors():
            self._database.execute("DELETE FROM replies WHERE key = ?", (key,))
        return None

    def put(self, key: str, task: str, completion: Completion) -> None:
        """Store a completion and what the ledger owes, committed when this returns."""
        content = json.dumps(asdict(completion), ensure_ascii=False)
        with self._errors(), self.ledger.paying():
            self._database.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)",
                (key, task, time.time(), content, checksum(key, content)),
            )

    def insert(self, row: tuple[Any, ...], table: str = "replies") -> None:
        """Store a row of another cache's table as it is."""
        with self._errors():
            self._database.execute(
                f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})",  # noqa: S608
                row,
            )

    def has_task(self, task: str) -> bool:
        """Whether there is any entry of the task."""
        with self._errors():
            (found,) = self._database.execute(
                "SELECT EXISTS (SELECT 1 FROM replies WHERE task = ?)", (task,)
            ).fetchone()
        return bool(found)

    def batches(self, name: str) -> list[str]:
        """Ids of the batches under this name that were sent off and not yet fetched."""
        with self._errors():
            rows = self._database.execute("SELECT id FROM batches WHERE name = ?", (name,))
            return [identity for (identity,) in rows]

    def add_batch(self, identity: str, name: str, usd: float) -> None:
        """A batch was sent off, which will cost about `usd`."""
        with self._errors(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("INSERT INTO batches VALUES (?, ?)", (identity, name))
            self.ledger.hand_over(identity, usd)

    def rename_batch(self, identity: str, new: str) -> None:
        """A batch has got another id."""
        with self._errors(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self.ledger.rename(identity, new)
            self._database.execute("UPDATE batches SET id = ? WHERE id = ?", (new, identity))

    def all_batches(self) -> list[str]:
        """Ids of all batches that were sent off and not yet fetched."""
        with self._errors():
            return [identity for (identity,) in self._database.execute("SELECT id FROM batches")]

    def remove_batch(self, identity: str) -> None:
        """A batch was fetched."""
        with self._errors(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self.ledger.settle(identity)
            self._database.execute("DELETE FROM batches WHERE id = ?", (identity,))

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Entries and bytes by task."""
        with self._errors():
            rows = self._database.execute(
                "SELECT task, COUNT(*), SUM(LENGTH(content)) FROM replies GROUP BY task"
            ).fetchall()
        return {task: (number, size) for task, number, size in rows}

    def clear(self, task: str | None, older_than_days: float | None) -> int:
        """Delete the entries of a task, or those of an age, or those that are both; how many."""
        before = time.time() - (older_than_days or 0.0) * 86400
        with self._errors():
            cursor = self._database.execute(
                "DELETE FROM replies WHERE (? IS NULL OR task = ?) AND created <= ?",
                (task, task, before),
            )
        try:
            self._database.execute("VACUUM")
        except sqlite3.Error as error:  # it needs as much room as the file itself
            print(f"{self.path} keeps its size ({error}); its free space is used again", flush=True)
        return cursor.rowcount

    def close(self) -> None:
        """Close the file."""
        self.ledger.close()
        self._database.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Held by one process at a time; released even when that process is killed.

        Two runs of the same stage would otherwise both pay for the requests that are missing.
        """
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        place = self.path.parent / "locks" / f"{digest}.sqlite"
        with self._errors():
            place.parent.mkdir(exist_ok=True)
            database = sqlite3.connect(place, timeout=0, isolation_level=None)
        try:
            announced = False
            while not self._locked(database):
                if not announced:
                    print(f"{name}: waiting for another process to finish it", file=sys.stderr)
                announced = True
                time.sleep(0.2)
            yield
        finally:
            database.close()

    def _locked(self, database: sqlite3.Connection) -> bool:
        """Whether the lock was got; False when another process has it."""
        with self._errors():
            try:
                database.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                return False
        return True

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> UserError:
        remedy = "move it away"
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            remedy = f"end other runs and save what can be read with `{REPAIR}`"
        elif "full" in str(error) or _full(self.path.parent):
            remedy = "free some space"
        return UserError(
            f"the request cache {self.path} cannot be used ({error}); {remedy}, or set "
            "SYNTHWORTH_CACHE to another folder; replies stored before are kept"
        )


def checksum(key: str, content: str) -> str:
    """Shows whether a row is undamaged."""
    return hashlib.blake2b(f"{key}{content}".encode(), digest_size=8).hexdigest()


def _full(place: Path) -> bool:
    """Whether a folder's disk has no room for a page."""
    try:
        return shutil.disk_usage(place).free < PAGE
    except OSError:
        return False
