"""A page of results: what it says, and nothing of how it is shown.

`markdown` and `svg` are renderers of a page and of its figures; another needs no more than this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Code(NamedTuple):
    """A file, a key of params.yaml or a command: to be shown letter by letter."""

    text: str


Note = str | tuple[str | Code, ...]  # a sentence or several; the parts stand in a row


class Cell(NamedTuple):
    """A number or words, and what stands small beside it, such as an interval."""

    text: str = ""
    detail: str = ""


class Column(NamedTuple):
    """A column's name, and the source that its cells are about, if any."""

    name: str
    source: str = ""
    numeric: bool = False


Row = tuple[Cell, ...]


class Table(NamedTuple):
    """Rows of one cell per column; `totals` stand below a rule, `notes` below the table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = ()
    notes: tuple[Note, ...] = ()


class Picture(NamedTuple):
    """A drawing, the numbers in it, and its message for those who cannot see it."""

    name: str  # of its files
    title: str
    alternative: str
    figure: Figure
    series: pd.DataFrame


class Page(NamedTuple):
    """The answer to one question."""

    name: str  # of its file
    heading: str
    lead: tuple[Note, ...]  # what the numbers rest on
    warnings: tuple[Note, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Note, ...] = ()


def parts(note: Note) -> tuple[str | Code, ...]:
    """The parts of a note."""
    return (note,) if isinstance(note, str) else note


def plain(note: Note) -> str:
    """A note without any difference between its parts."""
    return "".join(part if isinstance(part, str) else part.text for part in parts(note))
