"""How a file of a user's is written: its encoding, its separator, whether it quotes its cells."""

import codecs
import csv
import io
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from stages.core.errors import UserError

SEPARATORS = ",;\t|"
TEXT_KINDS = (".csv", ".tsv", ".txt")
PARSED = 500  # rows that decide on the separator
SAMPLE = 1 << 16  # bytes of lines that are not ASCII, which decide on the encoding
CHUNK = 1 << 20
# Single-byte and East Asian encodings that spreadsheets still save; where the letters are Latin
# only the first three can be meant, which differ in few letters.
LATIN = ("cp1252", "cp1250", "cp1254")
OTHERS = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp932", "gb18030", "big5", "cp949")
CLOSE = 0.02  # coherence, and mess, within which Western European is the better guess


def form(path: Path, encoding: str | None = None) -> dict[str, Any]:
    """What a card has to say of a file's form beyond the defaults; nothing for most files.

    Raises `UserError` for a file in which no separator gives rows of equally many cells.
    """
    if path.is_dir() or path.suffix.lower() not in (*TEXT_KINDS, ".jsonl"):
        return {}
    found = encoding or _encoding(path)
    said: dict[str, Any] = {"encoding": found} if found else {}
    if path.suffix.lower() == ".jsonl":
        return said
    with path.open(encoding=found or _marked(path), errors="replace", newline="") as text:
        head = list(islice(text, 4 * PARSED))
    separator, quotes = _separator(head, "\t" if path.suffix.lower() == ".tsv" else ",")
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    said |= {"separator": separator} if separator != usual else {}
    return said | ({} if quotes else {"quotes": False})


def _separator(lines: list[str], usual: str) -> tuple[str, bool]:
    """The separator, and whether cells are quoted: as many equal rows of several cells as can be.

    Quoted cells come first, then the usual separator; a file of one column keeps the usual one.
    Quotation marks are part of the cells where all rows are regular so, and else are a mistake.
    """
    choices = [usual, *(sign for sign in SEPARATORS if sign != usual)]
    best, chosen = 0.0, (usual, True)
    for quotes in (True, False):
        for separator in choices:
            share = _regular(lines, separator, quotes)
            if share > best + 0.05 and (quotes or share == 1):
                best, chosen = share, (separator, quotes)
    return chosen


def _regular(lines: list[str], separator: str, quotes: bool) -> float:
    """The share of rows with as many cells as the header, which has two at least; 0 if unreadable.

    A header is of names: what has a long cell was not split by its separator.
    """
    rows = []
    try:
        reader = csv.reader(
            lines,
            delimiter=separator,
            quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
            strict=True,
        )
        rows = [row for row in islice(reader, PARSED) if row]
    except csv.Error as error:
        if "unexpected end" not in str(error) or len(lines) < 4 * PARSED:  # not the cut of ours
            return 0.0
    if not rows or len(rows[0]) < 2:
        return 0.0
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows)


def _marked(path: Path) -> str:
    """The encoding that a file's first bytes name; UTF-8 where they name none."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _encoding(path: Path) -> str | None:
    """The encoding, None for UTF-8 and for what the file's first bytes name."""
    if _marked(path) != "utf-8-sig":
        return None
    with path.open("rb") as file:
        head = file.read(4096)
        if b"\0" in head:
            return _without_mark(head)
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            return _legacy(file)
    return None


def _without_mark(head: bytes) -> str | None:
    """UTF-16 by where its zeros are; None for what is no text, as its reader will say."""
    zeros = [head[start::2].count(0) / max(1, len(head[start::2])) for start in (0, 1)]
    if max(zeros) < 0.3 or min(zeros) > 0.1:
        return None
    codec = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    signs = head.decode(codec, errors="replace")
    seen = sum(sign.isprintable() or sign.isspace() for sign in signs)
    return codec if seen > 0.95 * len(signs) else None


def _legacy(lines: Iterable[bytes]) -> str | None:
    """The likeliest encoding of lines that are not all UTF-8; None where some of them are.

    Those are mixed, which the reader says with the lines.
    """
    sample = io.BytesIO()
    for line in lines:
        if line.isascii():
            continue
        if _is_utf8(line):
            return None
        if sample.tell() < SAMPLE:
            sample.write(line)
    return guessed(sample.getvalue())


def guessed(sample: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8.

    >>> guessed("Le café était fermé".encode("cp1252"))
    'cp1252'
    """
    from charset_normalizer import from_bytes

    letters = len(re.findall(rb"[A-Za-z]", sample))
    latin = letters > sum(byte > 127 for byte in sample)
    found = from_bytes(sample, cp_isolation=list(LATIN if latin else OTHERS))
    best = found.best()
    if best is None:
        return LATIN[0]
    for match in found if latin else ():
        western = LATIN[0] in (match.encoding, *match.could_be_from_charset)
        if (
            western
            and match.chaos <= best.chaos + CLOSE
            and match.coherence >= best.coherence - CLOSE
        ):
            return LATIN[0]
    return str(best.encoding)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def check_kind(path: Path, kinds: Iterable[str]) -> None:
    """Raise `UserError` for a file that is missing or of a kind that no reader is for."""
    if not path.exists():
        raise UserError(f"expected the file {path}, found none; check its name")
    if not path.is_dir() and path.suffix.lower() not in kinds:
        raise UserError(
            f"{path}: expected {', '.join(kind for kind in kinds if kind)} or a folder, found "
            f"{path.suffix or 'no ending'!r}; save it as one of these"
        )
