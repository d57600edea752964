"""Scores on the real test texts, the gap of every source to `real`, of mixtures to their parts.

Intervals and p-values hold test texts and training runs; of a single run, the test texts alone.

Reads:  data/real/<task>/test.parquet and source.json, data/predictions/ of the whole grid
Writes: data/evaluated/<task>.json
Params: evaluate, grid, mixtures
Cost:   about a second for ten small tasks, a few for 25,000 test texts
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths, workers
from stages.core.arrays import Ints
from stages.core.params import Grid, Section
from stages.core.records import PREDICTIONS, REAL, TEXTS, read_labels
from stages.stats.scoring import comparison, evaluated, metrics, predicted
from stages.stats.scoring.evaluated import Basis, Evaluated, Gap, Score, Trained

FEW = 30  # test texts of a label; with fewer, intervals are only approximate


class Evaluate(Section):
    """How wide intervals are."""

    level: float = Field(gt=0, lt=1)  # share of studies whose interval holds the true value


class Test(NamedTuple):
    """A task's real test texts."""

    task: str
    labels: tuple[str, ...]
    rows: pd.DataFrame
    truth: Ints


class Model(NamedTuple):
    """What is found of one model, by source."""

    scores: dict[str, dict[str, Score]]
    gaps: dict[str, dict[str, Gap]]
    against: dict[str, dict[str, dict[str, Gap]]]  # mixture -> part
    trained: dict[str, Trained]
    seeds: set[int]


def main() -> None:
    """Score the predictions of every model, trained on every source, for each task."""
    settings, grid = params.load(Evaluate, "evaluate"), params.grid()
    bases = _bases(grid, params.mixtures())
    workers.each(partial(_evaluate, settings.level, grid, bases), grid.tasks)
    pairs = len(grid.classifiers) * len(grid.sources)
    print(f"{len(grid.tasks)} tasks: scores of {pairs} pairs of model and source each", flush=True)


def _bases(grid: Grid, mixtures: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """What each source is compared with, as far as the grid has it: `real`, and its parts."""
    wanted = {source: [REAL, *mixtures.get(source, ())] for source in grid.sources}
    return {
        source: [base for base in dict.fromkeys(bases) if base in grid.sources and base != source]
        for source, bases in wanted.items()
    }


def _evaluate(level: float, grid: Grid, bases: Mapping[str, list[str]], task: str) -> None:
    path = paths.real(task) / "test.parquet"
    labels, rows = read_labels(paths.labels(task)), files.read_table(path, TEXTS)
    test = Test(task, labels, rows, predicted.truth(rows, labels, str(path)))
    models = {model: _model(test, model, bases, level) for model in grid.classifiers}
    record = Evaluated(
        basis=_basis(test, models.values(), level),
        scores={model: found.scores for model, found in models.items()},
        gaps={model: found.gaps for model, found in models.items()},
        against={model: found.against for model, found in models.items()},
        trained={model: found.trained for model, found in models.items()},
    )
    evaluated.write(record, paths.evaluated(task))


def _model(test: Test, model: str, bases: Mapping[str, list[str]], level: float) -> Model:
    """All scores of one model, and the gaps between its sources."""
    found, values = Model({}, {}, {}, {}, set()), {}
    for source in bases:
        path = paths.predictions(test.task, model, source) / "test.parquet"
        rows = files.read_table(path, PREDICTIONS)
        own = predicted.aligned(rows, test.rows["id"], test.labels, str(path))
        values[source] = metrics.values(test.truth, own)
        found.scores[source] = comparison.scored(values[source], level)
        found.trained[source] = comparison.trained(test.truth, own, test.labels)
        found.seeds.update(own.seeds)
    for source, others in bases.items():
        for base in others:
            gap = comparison.compared(values[source], values[base], level)
            if base == REAL:
                found.gaps[source] = gap
            else:
                found.against.setdefault(source, {})[base] = gap
    return found


def _basis(test: Test, models: Iterable[Model], level: float) -> Basis:
    """What the scores rest on; the signature carries a digest of the test texts' ids and labels."""
    origin = files.read_json(paths.real(test.task) / "source.json")["origin"]
    seeds = sorted({seed for found in models for seed in found.seeds})
    lines = "\n".join(test.rows["id"] + "\t" + test.rows["label"])
    digest = hashlib.sha256(lines.encode()).hexdigest()
    signature = comparison.signature(
        v=comparison.VERSION,
        origin=PurePath(origin).name,  # of a folder its name: it may lie elsewhere tomorrow
        test=f"{len(test.rows)}.{digest[:8]}",
        seeds=",".join(map(str, seeds)),
        level=level,
    )
    counts = test.rows["label"].value_counts().reindex(test.labels, fill_value=0)
    few = {label: int(counts[label]) for label in test.labels if counts[label] < FEW}
    return Basis(n_test=len(test.rows), few_test_texts=few, level=level, signature=signature)


if __name__ == "__main__":
    cli.run(main)
