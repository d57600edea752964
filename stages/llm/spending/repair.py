"""A damaged request cache, rebuilt from the rows that can still be read.

SQLite's own `.recover` is in its command-line program, which Python does not bring along.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from stages.core.errors import UserError
from stages.llm.spending.cache import Cache, checksum

DEPTH = 4  # hex digits of a key: so narrow a range is given up from its first unreadable row
Row = tuple[str, str, float, str, str]


def repair(path: Path) -> str:
    """Replace a cache's file by one with all readable rows, and say what was saved.

    The damaged file stays beside it. No other process may use the cache meanwhile. Raises
    `UserError` where nothing can be read.
    """
    if not path.exists():
        raise UserError(
            f"expected the request cache {path}, found none; there is nothing to repair"
        )
    beside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    with TemporaryDirectory(dir=path.parent, prefix="repair-") as folder:
        new = Cache(Path(folder))
        with closing(new), closing(sqlite3.connect(path)) as old:
            lost = [name for name in ("accounts", "batches") if not _copy(old, new, name)]
            saved = 0
            for number in range(256):  # a small share at a time: a cache may be large
                for row in _rows(old, f"{number:02x}"):
                    new.insert(row)
                    saved += 1
        if not saved and lost:
            raise UserError(f"nothing in {path} can be read; move it away")
        for suffix in ("-wal", "-shm"):
            rest = path.with_name(path.name + suffix)
            if rest.exists():
                rest.replace(beside.with_name(beside.name + suffix))
        path.replace(beside)
        new.path.replace(path)
    unread = f"; not all of its tables {lost} could be read" if lost else ""
    return f"{saved} replies saved{unread}; the damaged file is {beside}"


def _copy(old: sqlite3.Connection, new: Cache, table: str) -> bool:
    """Copy a small table as far as it can be read; whether all of it could."""
    try:
        for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608
            new.insert(row, table)
    except sqlite3.DatabaseError:
        return False
    return True


def _rows(database: sqlite3.Connection, prefix: str) -> Iterator[Row]:
    """The whole rows whose keys begin with `prefix`, each part of them tried by itself."""
    read: list[Row] = []
    try:
        for row in database.execute(
            "SELECT key, task, created, content, checksum FROM replies WHERE key >= ? AND key < ?",
            (prefix, prefix + "g"),  # keys are hexadecimal
        ):
            read.append(row)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        if len(prefix) < DEPTH:
            for digit in "0123456789abcdef":
                yield from _rows(database, prefix + digit)
            return
    for row in read:
        try:
            if row[4] == checksum(row[0], row[3]):
                yield row
        except (TypeError, UnicodeEncodeError):
            continue
