"""A run's numbers and pages kept beside the default's, for README to show. No stage.

Reads:  params.yaml, metrics/details/, plots/ of a revision, an experiment or the workspace
Writes: metrics/kept/<name>/: details/, pages (.md) with their figures/, params.yaml, run.json
Cost:   a second
"""

import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.core import cli, files, paths
from stages.core.errors import UserError
from stages.core.params import PARAMS
from stages.tools import runs

KEPT = {paths.PAGES / "*.md": Path(), paths.FIGURES / "*.svg": Path(paths.FIGURES.name)}


def main(
    name: Annotated[str, typer.Argument(help="of the folder in metrics/kept")],
    rev: Annotated[str, typer.Option(help="revision or experiment")] = runs.WORKSPACE,
    before: Annotated[str, typer.Option(help="commands that the run needed beforehand")] = "",
) -> None:
    """Keep a run's numbers and pages in metrics/kept/NAME, in place of those kept there before."""
    if not name or Path(name).name != name or name.startswith("."):
        raise UserError(f"expected the name of a folder, found {name!r}; choose another")
    run, folder = runs.read(rev), paths.KEPT / name
    tasks = run.params["grid"]["tasks"]
    new = folder.with_name(f".{name}")  # whole before it takes the old one's place
    shutil.rmtree(new, ignore_errors=True)
    with runs.opened(rev) as found, runs.opened("HEAD") as head:
        for path, target in _copied(found, tasks):
            content = found.read_text(path.as_posix(), encoding="utf-8")
            whole = _without(tasks, content) if path.suffix == ".md" else content
            files.write_text(whole, new / target)
        changed = runs.overrides(runs.params_in(head), run.params)
        files.write_json(_record(found, rev, before, changed), new / "run.json")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    print(f"{folder}: commit it; `python -m tests.readme` shows it in README.md")


def _copied(found: Any, tasks: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """Each file to keep, and its place in the kept folder; no figures of single tasks."""
    yield PARAMS, PARAMS
    for path in map(Path, found.find(str(paths.DETAILS))):
        yield path, path.relative_to(paths.METRICS)
    for pattern, folder in KEPT.items():
        for path in map(Path, found.glob(str(pattern))):
            if not _of_one(path.stem, tasks):
                yield path, folder / path.name


def _of_one(name: str, tasks: Iterable[str]) -> bool:
    """Whether a figure is about a single task: they are many, and Git keeps every version."""
    return any(name.endswith(f"_{task}") for task in tasks)


def _without(tasks: Iterable[str], page: str) -> str:
    r"""A page without the figures that are not kept; the others' folder lies beside it.

    >>> _without(["moods"], "# Costs\n\n![one](../a/cost_moods.svg)\n\n![all](../a/cost.svg)\n")
    '# Costs\n\n![all](a/cost.svg)\n'
    """
    parts = page.split("\n\n")
    kept = (part for part in parts if not _of_one(_figure(part), tasks))
    return "\n\n".join(part.replace("](../", "](") if _figure(part) else part for part in kept)


def _figure(part: str) -> str:
    found = re.fullmatch(r"!\[.*\]\(.*/(.*)\.svg\)", part.strip())
    return found[1] if found else ""


def _record(found: Any, rev: str, before: str, changed: list[str]) -> dict[str, str]:
    """Who ran what, when, and on which code."""
    commit = found.repo.scm.resolve_commit(found.repo.get_rev())
    time = datetime.now(UTC).timestamp() if rev == runs.WORKSPACE else commit.commit_time
    experiment = commit.message.startswith("dvc: commit experiment")
    settings = "".join(f" -S {shlex.quote(change)}" for change in changed)
    command = f"dvc exp run{settings}" if settings else "dvc repro"
    return {
        "by": commit.committer_name,
        "code": commit.parents[0] if experiment else commit.hexsha,
        "command": f"{before} && {command}" if before else command,
        "date": datetime.fromtimestamp(time, UTC).date().isoformat(),
    }


if __name__ == "__main__":
    cli.run(main)
