"""Scores on the real test texts, with intervals over these texts and the paired gap to `real`.

Reads:  data/real/<task>/test.parquet and source.json, data/predictions/ of the whole grid
Writes: data/evaluated/<task>.json
Params: evaluate, grid
Cost:   about a second for each task and source
"""

import hashlib
from functools import partial
from pathlib import PurePath
from typing import Any

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths, workers
from stages.core.params import Grid, Section
from stages.core.records import PREDICTIONS, TEXTS
from stages.corpora import cards
from stages.stats.scoring import comparison, intervals, predicted
from stages.stats.scoring.predicted import Predicted

BASE = "real"  # what every other source is compared with


class Evaluate(Section):
    """How intervals and p-values are made."""

    resamples: int = Field(ge=100)  # bootstrap draws of the test set
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of the draws


def main() -> None:
    """Score the predictions of every model, trained on every source, for each task."""
    settings, grid = params.load(Evaluate, "evaluate"), params.grid()
    workers.each(partial(_evaluate, settings, grid), grid.tasks)


def _evaluate(settings: Evaluate, grid: Grid, task: str) -> None:
    labels = tuple(cards.load(task).labels)
    path = paths.real(task) / "test.parquet"
    test = files.read_table(path, TEXTS)
    truth = predicted.truth(test, labels, str(path))
    found = _read(task, grid, test["id"], labels)
    bootstrap = comparison.Bootstrap(settings.resamples, settings.level, settings.seed)
    content: dict[str, Any] = {model: {} for model in grid.classifiers}
    for (model, source), guesses in found.items():
        base = found.get((model, BASE)) if source != BASE else None
        rng = bootstrap.rng(task, source, model)
        content[model][source] = comparison.compare(truth, guesses, base, labels, bootstrap, rng)
    if BASE not in grid.sources:
        content["note"] = f"no gaps: {BASE!r} is none of the sources {', '.join(grid.sources)}"
    files.write_json(content | _basis(task, test, found, settings), paths.evaluated(task))


def _read(
    task: str, grid: Grid, ids: pd.Series, labels: tuple[str, ...]
) -> dict[tuple[str, str], Predicted]:
    """The predictions of every model and source of the grid."""
    found = {}
    for model in grid.classifiers:
        for source in grid.sources:
            path = paths.predictions(task, model, source) / "test.parquet"
            rows = files.read_table(path, PREDICTIONS)
            found[model, source] = predicted.aligned(rows, ids, labels, str(path))
    return found


def _basis(
    task: str, test: pd.DataFrame, found: dict[tuple[str, str], Predicted], settings: Evaluate
) -> dict[str, Any]:
    """What the scores rest on: counts, settings and the signature that tells what may be compared.

    The signature carries a digest of the test texts' ids and labels.
    """
    origin = files.read_json(paths.real(task) / "source.json")["origin"]
    seeds = sorted({seed for guesses in found.values() for seed in guesses.seeds})
    digest = hashlib.sha256("\n".join(test["id"] + "\t" + test["label"]).encode()).hexdigest()
    return {
        "n_test": len(test),
        "n_seeds": len(seeds),
        "level": settings.level,
        "resamples": settings.resamples,
        "signature": comparison.signature(
            v=intervals.VERSION,
            origin=PurePath(origin).name,  # of a folder its name: it may lie elsewhere tomorrow
            test=f"{len(test)}.{digest[:8]}",
            seeds=",".join(map(str, seeds)),
            draws=f"{settings.resamples}.{settings.seed}",
            level=settings.level,
        ),
    }


if __name__ == "__main__":
    cli.run(main)
