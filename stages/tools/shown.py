"""Where a number is shown: in tables and sentences of pages, in metrics, and in details."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from stages.core import paths
from stages.core.errors import UserError

PAGES = paths.PLOTS / "pages"
NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
MINUS = str.maketrans({"−": "-"})
NARROW = 100  # characters of a sentence


class Place(NamedTuple):
    """Where a number stands: a line of a page, or a key of a file of numbers."""

    path: Path
    key: str  # the line's number, or the dotted key
    said: str  # row, column and cell; or the number in full
    row: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.key}  {self.said}"


def number(text: str) -> str | None:
    """A number as pages write it, without its plus sign; None where the text is none.

    >>> number("−3.4"), number("66.5 %"), number("1,000"), number("imdb")
    ('-3.4', '66.5', '1000', None)
    """
    plain = text.translate(MINUS).removesuffix("%").strip()
    return _plain(plain) if NUMBER.fullmatch(plain) else None


def on_pages(wanted: str) -> Iterator[Place]:
    """The cells and sentences of pages that show the number."""
    for path in sorted(PAGES.rglob("*.md")):
        yield from _on_page(path, wanted)


def in_metrics(wanted: str) -> Iterator[Place]:
    """The entries of metrics that show the number."""
    for path in sorted(paths.METRICS.rglob("*.json")):
        if not path.is_relative_to(paths.DETAILS) and not path.is_relative_to(paths.KEPT):
            for key, value in _leaves(json.loads(path.read_text(encoding="utf-8"))):
                if wanted in _numbers(str(value)) or _rounds(value, wanted):
                    yield Place(path, key, str(value))


def in_details(wanted: str) -> Iterator[Place]:
    """The numbers in metrics/details that round to this one, times 100 where pages show points."""
    for path in sorted(paths.DETAILS.rglob("*.json")):
        for key, value in _leaves(json.loads(path.read_text(encoding="utf-8"))):
            if _rounds(value, wanted):
                yield Place(path, key, str(value))


def at(path: Path, key: str) -> Any:
    """What a file of numbers holds under a dotted key; `UserError` names the keys it has."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as JSON ({error}); name a file in metrics"
        ) from error
    for part in filter(None, key.split(".")):
        if not isinstance(found, dict) or part not in found:
            known = list(found) if isinstance(found, dict) else []
            raise UserError(f"{path}: no {part!r} of {key!r}; there are {known}; name one of them")
        found = found[part]
    return found


def _on_page(path: Path, wanted: str) -> Iterator[Place]:
    title, heads = "", list[str]()
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.startswith("#"):
            title, heads = text.lstrip("# "), []
        elif text.startswith("|"):
            cells = [cell.strip(" *") for cell in text.strip("|").split(" | ")]
            if not heads:
                heads = cells
                continue
            for head, cell in zip(heads, cells, strict=False):
                if wanted in _numbers(cell):
                    said = f"{title}: row {cells[0]}, column {head}: {cell}"
                    yield Place(path, str(line), said, cells[0])
        elif wanted in _numbers(text) and not text.startswith("!["):
            yield Place(path, str(line), f"{title}: {_around(text, wanted)}")


def _around(text: str, wanted: str) -> str:
    """The part of a sentence that shows the number."""
    place = text.translate(MINUS).find(wanted)
    start = max(0, place - NARROW // 2)
    return f"{'...' if start else ''}{text[start : start + NARROW]}"


def _numbers(text: str) -> set[str]:
    return {_plain(found) for found in NUMBER.findall(text.translate(MINUS))}


def _plain(text: str) -> str:
    return text.replace(",", "").removeprefix("+")


def _rounds(value: Any, wanted: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    digits = len(wanted.partition(".")[2])
    scaled = (100 * value, value) if digits else (value,)
    return any(f"{each:.{digits}f}" == wanted for each in scaled)


def _leaves(content: Any, *keys: str) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, *keys, key)
    else:
        yield ".".join(keys), content
