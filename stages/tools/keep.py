"""A run's numbers and pages kept beside the default's, for README to show. No stage.

Reads:  params.yaml, metrics/details/, plots/ of a revision, an experiment or the workspace
Writes: metrics/kept/<name>/: details/, pages (.md) with their figures/, params.yaml, run.json
Cost:   a second
"""

import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.core import cli, files, paths
from stages.core.errors import UserError
from stages.core.params import PARAMS
from stages.tools import runs

PAGES = ("*.md", "figures/*.svg")  # of plots/


def main(
    name: Annotated[str, typer.Argument(help="of the folder in metrics/kept")],
    rev: Annotated[str, typer.Option(help="revision or experiment")] = runs.WORKSPACE,
    before: Annotated[str, typer.Option(help="commands that the run needed beforehand")] = "",
) -> None:
    """Keep a run's numbers and pages in metrics/kept/NAME, in place of those kept there before."""
    if not name or Path(name).name != name or name.startswith("."):
        raise UserError(f"expected the name of a folder, found {name!r}; choose another")
    run, folder = runs.read(rev), paths.KEPT / name
    new = folder.with_name(f".{name}")  # whole before it takes the old one's place
    shutil.rmtree(new, ignore_errors=True)
    with runs.opened(rev) as found, runs.opened("HEAD") as head:
        for path, target in _copied(found):
            files.write_text(found.read_text(path.as_posix(), encoding="utf-8"), new / target)
        changed = runs.overrides(runs.params_in(head), run.params)
        files.write_json(_record(found, rev, before, changed), new / "run.json")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    print(f"{folder}: commit it; `python -m tests.readme` shows it in README.md")


def _copied(found: Any) -> Iterator[tuple[Path, Path]]:
    """Each file to keep, and its place in the kept folder."""
    yield PARAMS, PARAMS
    for path in map(Path, found.find(str(paths.DETAILS))):
        yield path, path.relative_to(paths.METRICS)
    for pattern in PAGES:
        for path in map(Path, found.glob(str(paths.PLOTS / pattern))):
            yield path, path.relative_to(paths.PLOTS)


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
