"""A table of numbers, as Markdown and as a drawing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from stages.rendering import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches. A letter is the mean width of DejaVu Sans at the size used.
_LETTER, _SMALL_LETTER = 0.075, 0.056
_LINE, _GUTTER, _PART = 0.21, 0.16, 0.35


class Cell(NamedTuple):
    """A number or word, and what stands small beside it."""

    text: str
    detail: str = ""


class Column(NamedTuple):
    """A column's name, and the source that it belongs to, if any."""

    source: str
    name: str


class Row(NamedTuple):
    """One cell for each column."""

    cells: tuple[Cell, ...]


class Table(NamedTuple):
    """Rows under a title; `totals` stand below a rule."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]


def markdown(heading: str, tables: Sequence[Table], notes: Sequence[str]) -> str:
    """The tables in GitHub's Markdown, under a heading and the first note, above the others."""
    parts = [f"# {heading}", notes[0], *map(_markdown, tables), *notes[1:]]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    heads = [f"{style.title(c.source)} {c.name}".strip() for c in table.columns]
    rules = ["---:" if column.source else "---" for column in table.columns]
    lines = [f"## {table.title}", "", _line(heads), _line(rules)]
    lines += [_line([_joined(cell) for cell in row.cells]) for row in table.rows]
    for row in table.totals:
        lines.append(_line([f"**{_joined(cell)}**" if cell.text else "" for cell in row.cells]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _joined(cell: Cell) -> str:
    return f"{cell.text} {cell.detail}".strip()


def draw(heading: str, tables: Sequence[Table], notes: Sequence[str]) -> Figure:
    """The tables below each other, under a heading and its first note, above the other notes."""
    width = max(_places(table)[-1].right for table in tables)
    lines = [textwrap.wrap(note, int(width / _SMALL_LETTER / 1.04)) for note in notes]
    length = 1.5 + sum(map(len, lines)) + sum(len(t.rows) + len(t.totals) + 3.2 for t in tables)
    height = length * _LINE + len(tables) * _PART
    figure = style.figure(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    axes.text(0, _LINE / 2, heading, size=12, weight="bold", va="center")
    y = _notes(axes, 1.5 * _LINE, lines[:1]) + _PART / 2
    for table in tables:
        y = _table(axes, y, table) + _PART
    _notes(axes, y - _PART / 2, lines[1:])
    return figure


def _notes(axes: Axes, y: float, lines: Sequence[Sequence[str]]) -> float:
    for line in (line for note in lines for line in note):
        axes.text(0, y + _LINE / 2, line, size=7.5, color=style.GREY, va="center")
        y += _LINE
    return y


class _Place(NamedTuple):
    """Where a column begins, where its numbers end and their details begin, where it ends."""

    left: float
    edge: float
    right: float


def _places(table: Table) -> list[_Place]:
    places, left = [], 0.0
    for number, column in enumerate(table.columns):
        cells = [row.cells[number] for row in (*table.rows, *table.totals)]
        edge = left + max(len(cell.text) for cell in cells) * _LETTER
        detail = max(len(cell.detail) for cell in cells) * _SMALL_LETTER
        right = max(edge + detail, left + len(column.name) * _LETTER)
        places.append(_Place(left, edge, right))
        left = right + _GUTTER
    return places


def _table(axes: Axes, y: float, table: Table) -> float:
    """Draw one table from `y` down; returns where it ends."""
    places = _places(table)
    width = places[-1].right
    axes.text(0, y + _LINE / 2, table.title, size=10, weight="bold", va="center")
    _heads(axes, y + 1.2 * _LINE, table, places)
    y += 3.2 * _LINE
    _rule(axes, y, width)
    for number, row in enumerate((*table.rows, *table.totals)):
        if number == len(table.rows):
            _rule(axes, y, width)
        elif number % 2 and number < len(table.rows):
            axes.fill_between([0, width], y, y + _LINE, color="#F5F5F5", linewidth=0)
        for cell, column, place in zip(row.cells, table.columns, places, strict=True):
            _cell(axes, y + _LINE / 2, cell, place, is_number=bool(column.source))
        y += _LINE
    _rule(axes, y, width)
    return y


def _rule(axes: Axes, y: float, width: float) -> None:
    axes.plot([0, width], [y, y], color=style.GREY, linewidth=0.8)


def _heads(axes: Axes, y: float, table: Table, places: Sequence[_Place]) -> None:
    looks = style.looks(dict.fromkeys(c.source for c in table.columns if c.source))
    for source, first, last in _groups(table.columns):
        left, right, rule = places[first].left, places[last].right, y + 0.98 * _LINE
        axes.text(left, y + _LINE / 2, style.title(source), size=9, weight="bold", va="center")
        axes.plot([left, right], [rule, rule], color=looks[source].colour, linewidth=1.8)
    for place, column in zip(places, table.columns, strict=True):
        name = column.name
        axes.text(place.left, y + 1.5 * _LINE, name, size=8, color=style.GREY, va="center")


def _groups(columns: Sequence[Column]) -> Iterator[tuple[str, int, int]]:
    """Neighbouring columns of one source: its name, the first and the last of them."""
    for source, group in groupby(range(len(columns)), key=lambda number: columns[number].source):
        numbers = list(group)
        if source:
            yield source, numbers[0], numbers[-1]


def _cell(axes: Axes, y: float, cell: Cell, place: _Place, is_number: bool) -> None:
    # Numbers end at the same place in all rows; their details begin right of it.
    x, side = (place.edge, "right") if is_number else (place.left, "left")
    axes.text(x, y, cell.text, size=8.5, va="center", ha=side)
    axes.text(place.edge + 0.05, y, cell.detail, size=7, color=style.GREY, va="center")
