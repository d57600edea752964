"""What was paid for, kept: one SQLite row a request, written the moment its reply arrives.

`python -m stages.llm.spending.cache` shows the size by task and what was spent; `--clear-task NAME`
and `--clear-older-than DAYS` delete entries, `--reset-spent` restarts this repository's count.
"""

import hashlib
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.core import cli, paths
from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.spending import ledger
from stages.llm.spending.ledger import Ledger

WAIT = 60.0  # seconds to wait for another process's write
MEND = "python -m stages.llm.spending.cache --mend"
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
            try:
                return Completion(**json.loads(content))
            except TypeError:  # of another version, which had other fields
                known = {name: json.loads(content).get(name) for name in FIELDS}
                if None not in (known["reply"], known["model"]):
                    usage = {name: known[name] or 0 for name in FIELDS if name.endswith("_tokens")}
                    return Completion(**{**known, **usage})
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
            print(f"{self.path} keeps its size ({error}); what is free in it is used", flush=True)
        return cursor.rowcount

    def close(self) -> None:
        """Close the file."""
        self.ledger.close()
        self._database.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Held by one process at a time; let go even when that process is killed.

        Two runs of the same stage would otherwise both pay for the requests that are missing.
        """
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        place = self.path.parent / "locks" / f"{digest}.sqlite"
        with self._errors():
            place.parent.mkdir(exist_ok=True)
            database = sqlite3.connect(place, timeout=0, isolation_level=None)
        try:
            said = False
            while not self._locked(database):
                if not said:
                    print(f"{name}: another process is at it; waiting for it", file=sys.stderr)
                said = True
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
            remedy = f"end other runs and save what can be read with `{MEND}`"
        elif "full" in str(error) or _full(self.path.parent):
            remedy = "free some space"
        return UserError(
            f"the request cache {self.path} cannot be used ({error}); {remedy}, or set "
            "SYNTHWORTH_CACHE to another folder; replies stored before are kept"
        )


def checksum(key: str, content: str) -> str:
    """What tells whether a row is whole."""
    return hashlib.blake2b(f"{key}{content}".encode(), digest_size=8).hexdigest()


def _full(place: Path) -> bool:
    """Whether the disk of a folder has no room for a page."""
    try:
        return shutil.disk_usage(place).free < PAGE
    except OSError:
        return False


def main(
    clear_task: Annotated[str | None, typer.Option(help="delete this task's entries")] = None,
    clear_older_than: Annotated[
        float | None, typer.Option(min=0, help="delete entries older than so many days")
    ] = None,
    reset_spent: Annotated[
        bool, typer.Option("--reset-spent", help="count anew what is spent from here")
    ] = False,
    forget_batches: Annotated[
        bool, typer.Option("--forget-batches", help="never fetch the batches that were sent off")
    ] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="make a damaged file anew from what can be read of it")
    ] = False,
) -> None:
    """Show the request cache's size by task and what was spent; delete entries or start anew."""
    if mend:
        from stages.llm.spending import repair as salvage

        print(salvage.mend(folder() / "replies.sqlite"))
    cache = Cache(folder())
    if reset_spent:
        cache.ledger.reset()
    if forget_batches:
        for identity in cache.all_batches():
            cache.remove_batch(identity)
    if clear_task is not None or clear_older_than is not None:
        if clear_task is not None and not cache.has_task(clear_task):
            raise UserError(
                f"no entries of the task {clear_task!r}: expected one of {sorted(cache.sizes())}"
            )
        print(f"deleted {cache.clear(clear_task, clear_older_than)} entries")
    for task, (number, size) in cache.sizes().items():
        print(f"{task}: {number} replies, {size / 1e6:.1f} MB")
    print(f"{cache.path}: {cache.path.stat().st_size / 1e6:.1f} MB")
    for identity in cache.all_batches():
        print(f"batch {identity}: sent off, not fetched yet")
    account = cache.ledger.account()
    since = time.strftime(" since %Y-%m-%d", time.localtime(account.since)) if account.since else ""
    print(
        f"spent from {ledger.repository()}{since}: {account.spent:.4f} USD; from all folders and "
        f"before the counts were started anew: {cache.ledger.spent_by_all():.4f} USD"
    )
    cache.close()


if __name__ == "__main__":
    cli.run(main)
