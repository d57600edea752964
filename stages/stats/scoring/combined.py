"""What combine finds of a task, as typed records: written by it, read by all that comes after."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from stages.core import files, params
from stages.stats.scoring.closed import Share, Way
from stages.stats.scoring.evaluated import DIGITS, Gap, Score

METRICS = ("accuracy", "macro_f1")
SETTINGS = "settings"  # the folder's file on all tasks; those of tasks lie one folder deeper


class Record(BaseModel):
    """A frozen part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(Record):
    """One way to combine what there is, with one number of LLM labels."""

    n_human: int
    n_llm: int
    n_written: int
    n_unlabelled: int
    n_draws: int
    scores: Mapping[str, Score]  # by metric
    to_real: Mapping[str, Gap]  # less the classifier trained on all real texts
    to_human: Mapping[str, Gap] = {}  # less people's few labels alone
    way: Mapping[str, Way]  # from zero-shot to all real texts


class Combined(Record):
    """A task's ways."""

    level: float
    n_test: int
    n_real: int
    start: Mapping[str, Score]  # the probe on zero-shot texts, by metric
    end: Mapping[str, Score]  # the probe on all real texts
    ways: Mapping[str, Mapping[str, Found]]  # by number of LLM labels, in words, then by way
    skipped: Mapping[str, str]  # way -> why


class Mean(Record):
    """A way over all tasks that have it."""

    n_tasks: int
    score: float
    share: Share | None = None  # of the way from zero-shot to all real texts
    better: int  # tasks on which it beats people's few labels alone, beyond chance
    worse: int  # on which they beat it


Means = Mapping[str, Mapping[str, Mapping[str, Mean]]]  # number of labels -> way -> metric


class Over(Record):
    """All tasks together."""

    tasks: tuple[str, ...]
    means: Means


def read(path: Path) -> Combined:
    """The record of a task."""
    return params.parse(Combined, files.read_json(path), str(path))
