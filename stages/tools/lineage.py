"""What dvc.lock says of a file: the stage that wrote it, and from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from stages.core.errors import UserError

LOCK = Path("dvc.lock")
LONGEST = 60  # characters of a param's value


class Stage(NamedTuple):
    """A stage as it last ran."""

    name: str
    command: str
    params: Mapping[str, Any]
    reads: Mapping[Path, str]  # files and folders, with the start of their MD5
    writes: Mapping[Path, str]

    @property
    def data(self) -> list[Path]:
        """What it reads that is no code."""
        return [path for path in self.reads if path.parts[0] != "stages"]

    def settings(self) -> str:
        """Its params on one line, long values cut."""
        said = [f"{key}: {_short(value)}" for key, value in self.params.items()]
        return ", ".join(said) or "no params"


def stages() -> dict[str, Stage]:
    """The stages in dvc.lock by name; `UserError` where there is none."""
    if not LOCK.exists():
        raise UserError(f"expected {LOCK}, found none; run `dvc repro` or `git pull`")
    lock = yaml.load(LOCK.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {name: _stage(name, entry) for name, entry in lock["stages"].items()}


def writer(path: Path, known: Mapping[str, Stage]) -> Stage | None:
    """The stage that wrote a file, or a folder that holds it."""
    for stage in known.values():
        if any(out == path or out in path.parents for out in stage.writes):
            return stage
    return None


def upstream(stage: Stage, known: Mapping[str, Stage], task: str | None = None) -> list[Stage]:
    """What a stage rests on, nearest first; of a matrix over tasks only the `task`'s, if given."""
    found: dict[str, Stage] = {}
    waiting = [stage]
    while waiting:
        for before in _before(waiting.pop(0), known):
            others = task and "@" in before.name and not _about(before.name, task)
            if before.name not in found and not (others and _is_of_tasks(before, known)):
                found[before.name] = before
                waiting.append(before)
    return [stage for stage in found.values() if stage.params]  # check has none, and adds nothing


def _before(stage: Stage, known: Mapping[str, Stage]) -> Iterator[Stage]:
    for other in known.values():
        if any(_related(out, dep) for out in other.writes for dep in stage.data):
            yield other


def _related(a: Path, b: Path) -> bool:
    return a == b or a in b.parents or b in a.parents


def _about(name: str, task: str) -> bool:
    """Whether a stage of a matrix is the task's.

    >>> _about("generate@imdb-few_shot", "imdb"), _about("fetch@imdb2", "imdb")
    (True, False)
    """
    arguments = name.partition("@")[2]
    return arguments == task or arguments.startswith(f"{task}-") or f"-{task}-" in arguments


def _is_of_tasks(stage: Stage, known: Mapping[str, Stage]) -> bool:
    """Whether the matrix of a stage is over tasks: fetch's is, and names them."""
    tasks = [name.partition("@")[2] for name in known if name.startswith("fetch@")]
    return any(_about(stage.name, task) for task in tasks)


def _stage(name: str, entry: Mapping[str, Any]) -> Stage:
    params = {k: v for found in entry.get("params", {}).values() for k, v in found.items()}
    reads, writes = (
        {Path(item["path"]): str(item.get("md5", ""))[:8] for item in entry.get(side, ())}
        for side in ("deps", "outs")
    )
    return Stage(name, entry["cmd"], params, reads, writes)


def _short(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    text = text.removesuffix("\n").removesuffix("\n...")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
