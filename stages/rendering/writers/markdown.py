"""A page in GitHub's Markdown."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from stages.rendering.content import page, words
from stages.rendering.content.page import Cell, Code, Note, Page, Table

# `_` inside a word, and `<` before a space, are no markup.
_MARKUP = re.compile(r"[\\`*|~]|<(?!\s)|_(?=\W|$)|(?<!\w)_")


def render(content: Page, figures: PurePosixPath) -> str:
    """The page; its pictures are the SVG files of their names in the folder `figures`."""
    parts = [f"# {_escaped(content.heading)}", *map(_note, content.lead)]
    parts += [f"> **Warning:** {_note(warning)}" for warning in content.warnings]
    parts += [
        f"![{_escaped(picture.alternative)}]({figures / picture.name}.svg)"
        for picture in content.pictures
    ]
    parts += map(_table, content.tables)
    parts += map(_note, content.notes)
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    heads = [f"{words.name(c.source)} {c.name}".strip() for c in table.columns]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    lines = [f"## {_escaped(table.title)}", "", _line(map(_escaped, heads)), _line(rules)]
    lines += [_line(map(_cell, row)) for row in table.rows]
    lines += [_line(map(_total, row)) for row in table.totals]
    return "\n".join([*lines, *(f"\n{_note(note)}" for note in table.notes)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _escaped(" ".join(part for part in cell if part))


def _total(cell: Cell) -> str:
    return f"**{_cell(cell)}**" if cell.text else ""


def _note(note: Note) -> str:
    return "".join(
        _code(part) if isinstance(part, Code) else _escaped(part) for part in page.parts(note)
    )


def _code(code: Code) -> str:
    return f"`{code.text.replace('`', '')}`"


def _escaped(text: str) -> str:
    """Text that shows as it is, in one line."""
    return _MARKUP.sub(r"\\\g<0>", re.sub(r"\s+", " ", text))
