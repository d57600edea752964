"""A file of text as Unicode: its encoding found by its first bytes, and what is wrong, by line."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from stages.core.errors import UserError
from stages.core.text import one_line

# First bytes -> what such a file is.
NO_TEXT = {
    b"PK\x03\x04": "an Excel or ZIP file (.xlsx?)",
    b"PAR1": "a parquet file (.parquet?)",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls?)",
    b"\x1f\x8b": "a gzip file (.gz?)",
    b"%PDF": "a PDF file",
    b"SQLite": "an SQLite database",
}
# Longest first: UTF-32's begins like UTF-16's.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEAD = 1 << 20  # bytes looked at to tell what a file is


@contextmanager
def opened(path: Path, encoding: str | None) -> Iterator[TextIO]:
    """The file as text, its line ends as they are.

    A mark in its first bytes decides over `encoding`, and that over UTF-8. Raises `UserError` for a
    file that is no text, is empty, or has another encoding; the first line that is wrong is named.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    known = _known(path, head, encoding)
    try:
        with path.open(encoding=known, newline="") as text:
            yield text
    except UnicodeError as error:
        raise UserError(_undecodable(path, known, error)) from error


def _known(path: Path, head: bytes, encoding: str | None) -> str:
    """The name of the file's encoding."""
    if not head.strip():
        raise UserError(f"{path}: expected texts, found an empty file; replace it")
    for first, kind in NO_TEXT.items():
        if head.startswith(first):
            raise UserError(
                f"{path}: expected text, found {kind}; give it the ending of its kind, or unpack it"
            )
    for mark, marked in MARKS:
        if head.startswith(mark):
            return marked
    if encoding is None or not encoding.lower().startswith(("utf-16", "utf_16", "utf-32")):
        _check_text(path, head)
    if encoding is None:
        return "utf-8"
    try:
        known = codecs.lookup(encoding).name
    except LookupError as error:
        raise UserError(
            f"{path}: expected a known encoding such as utf-8, cp1252 or utf-16, found "
            f"{encoding!r}; fix `encoding` in the card"
        ) from error
    if not known.startswith("utf") and not head.isascii() and _is_utf8(head):
        raise UserError(
            f"{path}: expected {encoding}, as the card says, found UTF-8; take `encoding` out of "
            "the card"
        )
    return known


def _check_text(path: Path, head: bytes) -> None:
    """Raise `UserError` for bytes of zero, which no text has but in UTF-16 or 32."""
    if b"\0" not in head:
        return
    zeros = [head[start:4096:2].count(0) / max(1, len(head[start:4096:2])) for start in (0, 1)]
    if max(zeros) > 0.3 and min(zeros) < 0.1:
        order = "le" if zeros[1] > zeros[0] else "be"
        raise UserError(
            f"{path}: expected UTF-8, found what looks like UTF-16 without its mark; set "
            f"`encoding: utf-16-{order}` in the card, or save it as UTF-8"
        )
    line = head[: head.index(0)].count(b"\n") + 1
    raise UserError(
        f"{path}: expected text, found a zero byte in line {line}: a binary or damaged file; "
        "replace it"
    )


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(path: Path, encoding: str, error: UnicodeError) -> str:
    """What is wrong, by the lines: which is the first wrong one, and are others well encoded."""
    if encoding.startswith(("utf-16", "utf-32")):
        return f"{path}: expected {encoding}, found a damaged file ({error}); save it as UTF-8"
    wrong, first, fine = 0, "", 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                fine += not line.decode(encoding).isascii()
            except UnicodeDecodeError as found:
                wrong += 1
                first = first or _seen(line, found, number)
    said = f"{path}: expected {encoding.upper()}, found {first}"
    said += f", and {wrong - 1} more such lines" if wrong > 1 else ""
    if encoding not in ("utf-8", "utf-8-sig"):
        return f"{said}; fix `encoding` in the card"
    if fine:
        return f"{said}, beside {fine} lines of UTF-8: mixed encodings; save it anew as UTF-8"
    return f"{said}; if that is right, set `encoding: cp1252` in the card, or save it as UTF-8"


def _seen(line: bytes, error: UnicodeDecodeError, number: int) -> str:
    """The wrong byte, and what the letters around it are in Windows' encoding."""
    near = line[max(0, error.start - 12) : error.start + 12].decode("cp1252", "replace")
    return f"byte 0x{line[error.start]:02x} in line {number} (in cp1252: {one_line(near)!r})"
