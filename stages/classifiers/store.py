"""Embeddings that were computed before: a text is embedded once per encoder and settings.

One file in the user's cache folder, shared by all clones and experiments. It only saves time: where
it is absent, damaged or out of reach, texts are embedded again. It may be deleted at any time.
"""

import hashlib
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float16]

SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
CHECK = 8  # bytes of checksum before a vector: a damaged row counts as absent
ASKED = 500  # keys of one query
WAIT = 60.0  # seconds for another process's write


class Store:
    """The embeddings of one `encoding`, which names all that they depend on beside the text.

    Several processes may use one file, and each may be killed at any time.
    """

    def __init__(self, folder: Path, encoding: str) -> None:
        self.path = folder / "embeddings.sqlite"
        self._encoding = hashlib.blake2b(encoding.encode(), digest_size=32).digest()
        self._file: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
            # Never wait for the disk: what a power failure damages, the checksums find.
            self._file.execute("PRAGMA synchronous = OFF")
            self._file.execute(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def get(self, texts: Iterable[str]) -> dict[str, Vectors]:
        """The embeddings (dimensions,) that are known of `texts`, by text."""
        asked = {self._key(text): text for text in texts}
        keys = list(asked)
        found: dict[str, Vectors] = {}
        for start in range(0, len(keys), ASKED):
            for key, row in self._rows(keys[start : start + ASKED]):
                if row[:CHECK] == _checksum(key, row[CHECK:]):
                    found[asked[key]] = np.frombuffer(row, np.float16, offset=CHECK)
        return found

    def put(self, texts: Iterable[str], vectors: Vectors) -> None:
        """Keep the `vectors` (texts, dimensions) of `texts`, all or none."""
        if self._file is None:
            return
        keyed = [(self._key(t), v.tobytes()) for t, v in zip(texts, vectors, strict=True)]
        rows = [(key, _checksum(key, vector) + vector) for key, vector in keyed]
        try:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(error)

    def _rows(self, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        if self._file is None:
            return []
        marks = ", ".join("?" * len(keys))
        query = f"SELECT key, CAST(vector AS BLOB) FROM vectors WHERE key IN ({marks})"  # noqa: S608
        try:
            return self._file.execute(query, keys).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
            return []

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=16, key=self._encoding).digest()

    def _give_up(self, error: Exception) -> None:
        """Go on without the file; a damaged one is deleted, so that the next run starts another."""
        self._close()
        damaged = isinstance(error, sqlite3.DatabaseError)
        damaged &= not isinstance(error, sqlite3.OperationalError)  # locked, read-only, disk full
        if damaged:
            self.path.unlink(missing_ok=True)
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        state = "is damaged and was deleted" if damaged else "cannot be used"
        print(f"{self.path} {state} ({error}); all texts are embedded", file=sys.stderr)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _checksum(key: bytes, vector: bytes) -> bytes:
    return hashlib.blake2b(key + vector, digest_size=CHECK).digest()
