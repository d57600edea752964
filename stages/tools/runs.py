"""A run's params and scores: in the workspace, at a Git revision, in a DVC experiment, or kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from stages.core import paths
from stages.core.errors import UserError
from stages.core.params import PARAMS
from stages.stats.scoring import evaluated
from stages.stats.scoring.evaluated import Evaluated

WORKSPACE = "workspace"


class Revision(NamedTuple):
    """What a run was asked for, and evaluate's scores by task."""

    name: str
    params: Mapping[str, Any]
    scores: Mapping[str, Evaluated]

    @property
    def classifiers(self) -> tuple[str, ...]:
        """Models and probes of its grid."""
        return (*self.params["grid"]["models"], *self.params["grid"]["probes"])

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of its grid."""
        return tuple(self.params["grid"]["sources"])

    @property
    def metric(self) -> str:
        """The metric of its headline."""
        return str(self.params["summarize"]["metric"])

    @property
    def level(self) -> float:
        """Of its intervals."""
        return float(self.params["evaluate"]["level"])


def read(name: str) -> Revision:
    """The run of a revision, an experiment, `workspace`, or the folder of a kept run.

    Raises `UserError` when there is none of this name, or when it has no details.
    """
    if is_kept(name):
        with opened(WORKSPACE) as found:
            return _run(name, found, Path(name, PARAMS), Path(name, paths.DETAILS.name))
    with opened(name) as found:
        return _run(name, found, PARAMS, paths.DETAILS)


def is_kept(name: str) -> bool:
    """Whether a run's name is the folder of a kept one, which has no data but its details."""
    return Path(name).is_dir() and Path(name).is_relative_to(paths.KEPT)


@contextmanager
def opened(revision: str) -> Iterator[Any]:
    """The files of a revision as an fsspec file system, those in DVC's cache included."""
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException

    found = DVCFileSystem(rev=None if revision == WORKSPACE else revision)
    try:
        _ = found.repo  # opened at its first use
    except DvcException as error:
        raise UserError(
            f"{error}; name a branch, a tag, a commit, an experiment, `{WORKSPACE}`, or a folder "
            f"in {paths.KEPT}"
        ) from error
    try:
        yield found
    finally:
        found.close()


def params_in(found: Any, path: Path = PARAMS) -> dict[str, Any]:
    """The params of a revision's files."""
    content: dict[str, Any] = yaml.safe_load(found.read_text(path.as_posix(), encoding="utf-8"))
    return content


def overrides(base: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """What `dvc exp run -S` needs to get from params `base` to `params`: key=value, +key=..., ~key.

    >>> overrides({"a": {"b": 1, "c": 2}}, {"a": {"b": [1, None], "d": "x"}})
    ['a.b=[1,null]', '++a.d=x', '~a.c']
    """
    old, new = dict(_leaves(base)), dict(_leaves(params))
    changed = [
        f"{'' if key in old else '++'}{key}={_shown(value)}"
        for key, value in new.items()
        if key not in old or old[key] != value
    ]
    return changed + [f"~{key}" for key in old if key not in new]


def _leaves(params: Mapping[str, Any], *keys: str) -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, *keys, str(key))
        else:
            yield ".".join([*keys, str(key)]), value


def _shown(value: object) -> str:
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":")).replace('"', "")
    )


def _run(name: str, found: Any, params: Path, details: Path) -> Revision:
    try:
        content = params_in(found, params)
        scores = {
            task: _scores(found, details / "scores" / f"{task}.json", name)
            for task in content["grid"]["tasks"]
        }
    except (FileNotFoundError, KeyError) as error:
        raise UserError(
            f"{name}: expected {params} with a grid, and the scores of all its tasks in {details} "
            f"({error}); run `dvc repro` there, or name another run"
        ) from error
    return Revision(name, content, scores)


def _scores(found: Any, path: Path, name: str) -> Evaluated:
    return evaluated.parse(json.loads(found.read_text(path.as_posix())), f"{name}: {path}")
