"""What combine finds of a task and of all, as typed records: read by all that comes after."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from stages.core import files, params
from stages.stats.scoring import closed
from stages.stats.scoring.closed import Share, Way
from stages.stats.scoring.evaluated import Gap, Score

METRICS = ("accuracy", "macro_f1")
DIGITS = 8  # decimals in the files: variances are small


class Record(BaseModel):
    """A frozen part of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(Record):
    """A way to combine what there is; all by metric."""

    n_human: int
    n_llm: int
    n_written: int
    n_unlabelled: int
    scores: Mapping[str, Score]
    to_real: Mapping[str, Gap] = {}  # less the probe on all real texts
    to_human: Mapping[str, Gap] = {}  # less people's few labels alone
    way: Mapping[str, Way] = {}  # from the probe on zero-shot texts to the probe on all real ones


class Combined(Record):
    """A task's ways."""

    level: float
    n_test: int
    ends: Mapping[str, Mapping[str, Score]]  # of the probe on all of a source: source -> metric
    ways: Mapping[str, Mapping[str, Found]]  # number of LLM labels -> way
    skipped: Mapping[str, str]  # way -> why


class Mean(Record):
    """A way over tasks."""

    tasks: int
    score: float
    share: Share | None = None  # of the way from zero-shot to all real texts
    better: int  # tasks on which it beats people's few labels alone, beyond chance
    worse: int  # on which these beat it


class Named(Record):
    """A way's name, and its place among the others."""

    title: str
    place: int


class Over(Record):
    """All tasks together."""

    ways: Mapping[str, Named]
    means: Mapping[str, Mapping[str, Mapping[str, Mean]]]  # number of LLM labels -> way -> metric


def read(path: Path) -> Combined:
    """The record of a task."""
    return params.parse(Combined, files.read_json(path), str(path))


def over(found: Mapping[str, Combined], titles: Mapping[str, str], level: float) -> Over:
    """Each way in the mean over tasks, for the n-th number of LLM labels of each.

    A task may have fewer labels than another, so that the largest numbers are taken together. Only
    tasks that have every way that some task has are in a mean: all ways are about the same tasks.
    """
    means: dict[str, dict[str, dict[str, Mean]]] = {}
    ranks = max((len(record.ways) for record in found.values()), default=0)
    for rank in range(ranks):
        taken = [(n, w) for r in found.values() if r.ways for n, w in [_ranked(r, rank)]]
        names = dict.fromkeys(way for _, ways in taken for way in ways)
        most = max(int(number) for number, _ in taken)
        whole = [ways for _, ways in taken if set(ways) == set(names)] or [w for _, w in taken]
        means[str(most)] = {
            way: {
                metric: _mean([ways[way] for ways in whole if way in ways], metric, level)
                for metric in METRICS
            }
            for way in names
        }
    ways = {way: Named(title=t, place=place) for place, (way, t) in enumerate(titles.items())}
    return Over(ways=ways, means=means)


def _ranked(record: Combined, rank: int) -> tuple[str, Mapping[str, Found]]:
    """The ways with the `rank`-th largest number of labels, or the smallest there is."""
    numbers = sorted(record.ways, key=int, reverse=True)
    number = numbers[min(rank, len(numbers) - 1)]
    return number, record.ways[number]


def _mean(found: list[Found], metric: str, level: float) -> Mean:
    ways = [each.way[metric] for each in found if metric in each.way]
    gaps = [each.to_human[metric] for each in found if metric in each.to_human]
    return Mean(
        tasks=len(found),
        score=float(np.mean([each.scores[metric].mean for each in found])),
        share=closed.share(ways, level) if len(ways) == len(found) else None,
        better=sum(gap.low > 0 for gap in gaps),
        worse=sum(gap.high < 0 for gap in gaps),
    )
