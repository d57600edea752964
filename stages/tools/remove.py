"""A task taken out: of the grid, with its card and its files in data/own. No stage.

Reads:  params.yaml, data/tasks/<task>.yaml, data/own/<task>
Writes: params.yaml; removes the card, data/own/<task> and the .dvc file beside it
Cost:   a second
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from stages.core import cli, params, paths
from stages.core.errors import UserError
from stages.core.params import Grid
from stages.corpora import cards
from stages.intake import settings

OWN = paths.DATA / "own"
STAYS = (
    "What stays: results and texts in DVC's cache (`dvc gc -w` takes out what no file names any "
    "more), on remotes (`dvc gc -w -c`), in Git's history, and replies that were paid for in the "
    "request cache (`synthworth requests`)."
)


def main(
    name: Annotated[str, typer.Argument(help="a task")],
    yes: Annotated[
        bool, typer.Option("--yes", help="do it, in place of saying what it is")
    ] = False,
) -> None:
    """Take the task NAME out of the grid, with its card and its own files."""
    grid, files = params.grid(), [path for path in _files(name) if path.exists()]
    if name not in grid.tasks and not files:
        known = sorted({*grid.tasks, *cards.names()})
        raise UserError(f"no task {name!r}: expected one of {known}; name one of them")
    if grid.tasks == (name,):
        raise UserError(f"{name!r} is the only task of the grid; put another one in first")
    changes, gone = edits(name, grid)
    edited = [key if isinstance(key, str) else ".".join(key) for key in (*changes, *gone)]
    said = [f"params.yaml ({', '.join(edited)})"] * bool(edited) + [f"{path}" for path in files]
    print(f"{'removing' if yes else 'would remove'} {name!r} from {', '.join(said)}")
    if not yes:
        raise UserError("nothing was removed; repeat with --yes")
    settings.edit(changes, gone)
    for path in files:
        _delete(path)
    print(STAYS)
    print("next: `dvc repro`, which takes the task out of tables and pages")


def edits(name: str, grid: Grid) -> tuple[dict[settings.Key, list[str]], list[settings.Key]]:
    """What is set in params.yaml, and what is taken out: sources that only this task had, too."""
    tasks = [task for task in grid.tasks if task != name]
    left = {source for task in tasks for source in grid.of(task)}
    sources = [source for source in grid.sources if source in left]
    changes: dict[settings.Key, list[str]] = {}
    if name in grid.tasks:
        changes["grid.tasks"] = tasks
        changes |= {"grid.sources": sources} if sources != list(grid.sources) else {}
    places = (("grid", "sources_of", name), ("fetch", "max_per_label_of", name))
    held = (grid.sources_of, params.value("fetch.max_per_label_of"))
    return changes, [place for place, found in zip(places, held, strict=True) if name in found]


def _files(name: str) -> Iterator[Path]:
    yield paths.card(name)
    yield OWN / name
    yield OWN / f"{name}.dvc"


def _delete(path: Path) -> None:
    if path.suffix == ".dvc":
        from dvc.repo import Repo

        with Repo() as repo:
            repo.remove(str(path))  # with the line in .gitignore
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


if __name__ == "__main__":
    cli.run(main)
