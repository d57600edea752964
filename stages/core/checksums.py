"""Files and folders by their content."""

import hashlib
from pathlib import Path

CHUNK = 1 << 20  # bytes read at once


def size(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in _files(path))


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, or of the names and bytes of a folder's files, in order."""
    digest = hashlib.sha256()
    for file in _files(path):
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
