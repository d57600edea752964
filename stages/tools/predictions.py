"""The predictions of two runs side by side, read from DVC's cache."""

from collections.abc import Iterable
from math import isclose
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core import paths
from stages.stats.scoring import metrics, predicted
from stages.stats.scoring.noise import Values
from stages.stats.scoring.pairing import Both
from stages.tools import runs
from stages.tools.runs import Revision

_SAME = 1e-4  # how far a score may lie from the one in the details, which are rounded


def both(
    old: Revision, new: Revision, tasks: Iterable[str]
) -> dict[tuple[str, str], dict[str, Both]]:
    """The values of each source that both runs have, by task and model.

    Left out are predictions that are not in the cache, those of kept runs among them, and those
    from which the details were not made.
    """
    found: dict[tuple[str, str], dict[str, Both]] = {}
    if runs.is_kept(old.name) or runs.is_kept(new.name):
        return found
    models = [model for model in new.classifiers if model in old.classifiers]
    with runs.opened(old.name) as before, runs.opened(new.name) as after:
        for task in tasks:
            for model in models:
                own = _values(before, old, task, model), _values(after, new, task, model)
                sources = {s: Both(own[0][s], own[1][s]) for s in own[0] if s in own[1]}
                if sources:
                    found[task, model] = sources
    return found


def _values(found: Any, run: Revision, task: str, model: str) -> dict[str, dict[str, Values]]:
    """The values of every source of a run whose predictions are there."""
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexDirError

    values = {}
    try:
        test = _table(found, paths.real(task) / "test.parquet")
        for source in run.scores[task].scores[model]:
            path = paths.predictions(task, model, source) / "test.parquet"
            values[source] = _of(_table(found, path), test, str(path))
    except (OSError, DvcException, DataIndexDirError):  # neither in the cache nor in a remote
        return {}
    scores = run.scores[task].scores[model]
    return {
        source: by_metric
        for source, by_metric in values.items()
        if all(
            isclose(metrics.mean(found), scores[source][name].mean, abs_tol=_SAME)
            for name, found in by_metric.items()
        )
    }


def _of(rows: pd.DataFrame, test: pd.DataFrame, where: str) -> dict[str, Values]:
    labels = [name.removeprefix("p_") for name in map(str, rows) if name.startswith("p_")]
    truth = predicted.truth(test, labels, where)
    return metrics.values(truth, predicted.aligned(rows, test["id"], labels, where))


def _table(found: Any, path: Path) -> pd.DataFrame:
    with found.open(path.as_posix(), "rb") as file:
        return pd.read_parquet(file)
