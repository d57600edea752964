"""A run's params and scores: in the workspace, at a Git revision, in a DVC experiment, or kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from stages.core import paths
from stages.core.errors import UserError
from stages.core.params import PARAMS

WORKSPACE = "workspace"


class Run(NamedTuple):
    """What a run was asked for, and evaluate's scores by task."""

    name: str
    params: Mapping[str, Any]
    scores: Mapping[str, Any]

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


def read(name: str) -> Run:
    """The run of a revision, an experiment, `workspace`, or the folder of a kept run.

    Raises `UserError` when there is none of this name, or when it has no details.
    """
    kept = Path(name)
    if kept.is_dir() and kept.is_relative_to(paths.KEPT):
        return _run(name, files_of(WORKSPACE), kept)
    return _run(name, files_of(name), None)


def files_of(revision: str) -> Any:
    """The files of a revision as an fsspec file system, those in DVC's cache included."""
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException

    try:
        return DVCFileSystem(rev=None if revision == WORKSPACE else revision)
    except DvcException as error:
        raise UserError(
            f"{error}; name a branch, a tag, a commit, an experiment, `{WORKSPACE}`, or a folder "
            f"in {paths.KEPT}"
        ) from error


def _run(name: str, found: Any, kept: Path | None) -> Run:
    params = kept / PARAMS if kept else PARAMS
    details = kept / paths.DETAILS.name if kept else paths.DETAILS
    try:
        content = yaml.safe_load(found.read_text(str(params)))
        scores = {
            task: json.loads(found.read_text(str(details / "scores" / f"{task}.json")))
            for task in content["grid"]["tasks"]
        }
    except (FileNotFoundError, KeyError) as error:
        raise UserError(
            f"{name}: expected {params} with a grid, and in {details} the scores of its tasks, "
            f"found no {error}; run `dvc repro` there, or name another run"
        ) from error
    return Run(name, content, scores)
