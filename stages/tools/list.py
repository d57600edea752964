"""The tasks: those of the grid and other cards, with rows, labels, sources and results. No stage.

Reads:  params.yaml, data/tasks/, data/real/, metrics/
Writes: nothing
Cost:   half a second
"""

import json
import textwrap
from pathlib import Path

from stages.core import cli, params, paths
from stages.core.errors import UserError
from stages.core.params import Grid
from stages.corpora import cards

HEADS = ("task", "test / train", "labels", "sources", "state")
WIDTH = 40  # characters of a list of labels or sources


def main() -> None:
    """Show the tasks of the grid, then the cards outside it."""
    grid, verdicts = params.grid(), _json(paths.VERDICT)
    others = [name for name in cards.names() if name not in grid.tasks]
    rows = [HEADS, *(_row(task, grid, str(verdicts.get(task, ""))) for task in grid.tasks)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    if others:
        print(f"\ncards outside the grid: {', '.join(others)}; grid.tasks takes them in")
    print(
        "`synthworth estimate` says what is out of date, and what it takes to bring it up to date"
    )


def _row(task: str, grid: Grid, verdict: str) -> tuple[str, ...]:
    try:
        labels = ", ".join(cards.load(task).labels)
    except UserError:
        labels = "no valid card: see `synthworth check`"
    rows = _json(paths.real(task) / "source.json").get("rows", {})
    texts = " / ".join(str(sum(rows.get(split, {}).values())) for split in ("test", "train"))
    sources = ", ".join(grid.of(task))
    short = (textwrap.shorten(cell, WIDTH, placeholder=" ...") for cell in (labels, sources))
    return (task, texts if rows else "-", *short, _state(task, bool(rows), verdict))


def _state(task: str, fetched: bool, verdict: str) -> str:
    if (paths.DETAILS / "scores" / f"{task}.json").exists():
        return f"results: {verdict}" if verdict else "results"
    return "texts fetched" if fetched else "not run"


def _json(path: Path) -> dict[str, dict[str, dict[str, int]]]:
    """A JSON file's object, empty where there is none."""
    try:
        found: dict[str, dict[str, dict[str, int]]] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


if __name__ == "__main__":
    cli.run(main)
