"""What evaluate finds of a task, as typed records: written by it, read by all that comes after.

Names that users choose (models, sources, labels) are keys below fixed ones, never beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.core import files
from stages.core.errors import UserError

DIGITS = 6  # decimals in the file: enough to compute with

# What an interval holds: the texts, and the draws of training texts with the training itself.
Noise = Literal["test texts", "test texts, training runs"]


class Record(BaseModel):
    """A frozen part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Score(Record):
    """A metric of one model trained on one source: the mean over its training runs."""

    mean: float
    sd: float | None = None  # between runs; None of a single one
    se: float
    df: float
    low: float
    high: float
    noise: Noise


class Gap(Record):
    """A source's score less another's, on the same test texts; p is two-sided."""

    difference: float
    se: float
    df: float
    low: float
    high: float
    p: float
    noise: Noise


class Trained(Record):
    """What the scores of one model and source come from, and its confusion."""

    n_seeds: int  # training runs
    n_train: int  # training texts of a run, the mean over runs
    f1: Mapping[str, float]  # by label, the mean over runs
    confusion: Mapping[str, Mapping[str, int]]  # truth -> predicted, the sum over runs


class Basis(Record):
    """What all scores of the task rest on."""

    n_test: int
    few_test_texts: Mapping[str, int]  # labels with fewer test texts than an interval should have
    level: float
    signature: str  # two scores are comparable only if theirs are equal


Scores = Mapping[str, Mapping[str, Mapping[str, Score]]]  # model -> source -> metric
Gaps = Mapping[str, Mapping[str, Mapping[str, Gap]]]  # likewise


class Evaluated(Record):
    """A task's scores, the gaps to real texts, and those of mixtures to their parts."""

    basis: Basis
    scores: Scores
    gaps: Gaps
    against: Mapping[str, Gaps]  # model -> mixture -> part -> metric
    trained: Mapping[str, Mapping[str, Trained]]  # model -> source


def parse(content: Any, where: str) -> Evaluated:
    """The record of a file's content; `UserError` names `where` it has another form."""
    try:
        return Evaluated.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UserError(
            f"{where}: {place}: {first['msg']}; it is of another version, run `dvc repro`"
        ) from error


def read(path: Path, models: Iterable[str] = (), sources: Sequence[str] = ()) -> Evaluated:
    """The record at `path`, which must hold scores of these models and sources."""
    record = parse(files.read_json(path), str(path))
    wanted = [(model, source) for model in models for source in sources]
    missing = [pair for pair in wanted if pair[1] not in record.scores.get(pair[0], {})]
    if missing:
        raise UserError(
            f"{path}: expected scores of {len(wanted)} pairs of model and source, "
            f"{len(missing)} are missing, first {missing[0]}; run `dvc repro` to compute them"
        )
    return record


def write(record: Evaluated, path: Path) -> None:
    """Write the record as JSON."""
    files.write_json(record.model_dump(exclude_none=True), path, DIGITS)
