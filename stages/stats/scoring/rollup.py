"""All tasks' scores in one table, corrected for their number, and averaged over tasks."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.stats.scoring import estimates, noise
from stages.stats.scoring.evaluated import Evaluated, Gap
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Part

ONE = ["task", "model", "source", "metric"]  # what one row of the score table is about
OWN = ["mean", "sd", "se", "df", "low", "high"]
RUNS = ["n_train", "n_seeds", "identical"]
GAP = ["difference", "se", "df", "low", "high", "p"]
GAPS = ["gap", "gap_se", "gap_df", "gap_low", "gap_high", "p"]
SCORES = [*ONE, *OWN, *RUNS, *GAPS, "p_holm"]
AGAINST = [*ONE, "part", *GAPS, "p_holm"]


def score_table(
    found: Mapping[str, Evaluated], models: Iterable[str], sources: Iterable[str]
) -> pd.DataFrame:
    """One row (`SCORES`) per task, model, source and metric, from what evaluate found by task.

    Scores are shares or losses; `sd` is missing where there is one training run, the gap's columns
    where there is no gap to real. A task has rows of the `sources` that it has. `p_holm` is
    corrected within a model and metric over all tasks and sources.
    """
    rows = [
        (
            *(task, model, source, metric),
            *(np.nan if (v := getattr(own, name)) is None else v for name in OWN),
            *(getattr(record.trained[model][source], name) for name in RUNS),
            *_gap(record.gaps.get(model, {}).get(source, {}).get(metric)),
        )
        for task, record in found.items()
        for model in models
        for source in sources
        if source in record.scores[model]
        for metric in METRICS
        for own in (record.scores[model][source][metric],)
    ]
    return _corrected(pd.DataFrame(rows, columns=SCORES[:-1]))


def against_table(found: Mapping[str, Evaluated]) -> pd.DataFrame:
    """The gaps of mixtures to their parts: one row (`AGAINST`) per mixture (`source`) and `part`.

    `p_holm` is corrected within a model and metric over all tasks, mixtures and parts.
    """
    rows = [
        (task, model, mixture, metric, part, *_gap(gap))
        for task, record in found.items()
        for model, mixtures in record.against.items()
        for mixture, parts in mixtures.items()
        for part, metrics in parts.items()
        for metric, gap in metrics.items()
    ]
    return _corrected(pd.DataFrame(rows, columns=AGAINST[:-1]))


def _gap(gap: Gap | None) -> list[float]:
    return [np.nan if gap is None else getattr(gap, name) for name in GAP]


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    table["p_holm"] = np.nan
    for _, group in table[table["p"].notna()].groupby(["model", "metric"]):
        table.loc[group.index, "p_holm"] = holm(group["p"].to_numpy())
    return table


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values after Holm's step-down correction (Holm 1979), in the order given.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.maximum.accumulate(steps).clip(max=1.0)
    return corrected


def mean_table(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Scores and gaps of `score_table` averaged over tasks: model, source, metric, then numbers.

    For the score mean, se, df, low, high and `tasks`, the number of those that have the source; for
    the gap the same with `gap` before, and `gap_p`: over the tasks that have real texts, too.
    The tasks' test sets are independent, so that the squared standard error of a mean over T tasks
    is the sum of the tasks' own / T^2, with degrees of freedom after Welch-Satterthwaite. The tasks
    are taken as they are: nothing is said about tasks that are not among them.

    A single task's score keeps its own interval, of the `table`'s level; that of a mean is cut off
    where no score can be.
    """
    rows = []
    for keys, group in table.groupby(["model", "source", "metric"], sort=False):
        gap = _over_tasks(group["gap"], group["gap_se"], group["gap_df"], level)
        counts = len(group), int(group["gap"].notna().sum())
        rows.append((*keys, *_mean_score(group, level), *gap, *counts))
    own = ["mean", "se", "df", "low", "high"]
    other = ["gap", *GAPS[1:-1], "gap_p", "tasks", "gap_tasks"]
    return pd.DataFrame(rows, columns=["model", "source", "metric", *own, *other])


def mean_against(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The gaps of `against_table` averaged over tasks: model, source, part, metric, then numbers.

    The gap, its se, df, low and high, `gap_p` and `gap_tasks`, as in `mean_table`.
    """
    keys = ["model", "source", "part", "metric"]
    rows = [
        (*key, *_over_tasks(group["gap"], group["gap_se"], group["gap_df"], level), len(group))
        for key, group in table.groupby(keys, sort=False)
    ]
    return pd.DataFrame(rows, columns=[*keys, "gap", *GAPS[1:-1], "gap_p", "gap_tasks"])


def _mean_score(group: pd.DataFrame, level: float) -> tuple[float, ...]:
    """Value, se, df, low and high of a metric's mean over tasks."""
    if len(group) == 1:
        return tuple(group[["mean", "se", "df", "low", "high"]].iloc[0])
    value, se, df, low, high, _ = _over_tasks(group["mean"], group["se"], group["df"], level)
    most = np.inf if METRICS[group["metric"].iloc[0]].scale == "positive" else 1.0
    return value, se, df, max(0.0, low), min(most, high)


def _over_tasks(
    values: pd.Series, errors: pd.Series, df: pd.Series, level: float
) -> tuple[float, ...]:
    """Value, se, df, low, high and p of a mean over the tasks that have one; NaN where none has."""
    known = values.notna().to_numpy()
    if not known.any():
        return (np.nan,) * len(GAP)
    values, count = values[known], int(known.sum())
    parts = (Part(e**2 / count**2, d) for e, d in zip(errors[known], df[known], strict=True))
    found = estimates.tested(float(values.mean()), noise.added(*parts), level)
    return tuple(found)


def summary(table: pd.DataFrame, means: pd.DataFrame, against: pd.DataFrame) -> dict[str, Any]:
    """The tables of scores, of their means and of `mean_against` as objects.

    {"means": {model: {source: {metric: {"score": ..., "gap": ...}}}},
    "against": {model: {mixture: {part: {metric: ...}}}},
    "p_holm": {model: {task: {source: {metric: p}}}}}; a score or gap has value, se, df, low, high
    and tasks (how many), a gap its p besides.
    """
    found: dict[str, Any] = {"means": {}, "against": {}, "p_holm": {}}
    for row in means.to_dict("records"):
        block = _block(found["means"], row["model"], row["source"], row["metric"])
        ends = {end: row[end] for end in ("se", "df", "low", "high")}
        block["score"] = {"value": row["mean"], **ends, "tasks": row["tasks"]}
        if not np.isnan(row["gap"]):
            block["gap"] = _mean_gap(row)
    for row in against.to_dict("records"):
        block = _block(found["against"], row["model"], row["source"], row["part"])
        block[row["metric"]] = _mean_gap(row)
    for row in table[table["p_holm"].notna()].to_dict("records"):
        block = _block(found["p_holm"], row["model"], row["task"], row["source"])
        block[row["metric"]] = row["p_holm"]
    return found


def _mean_gap(row: Mapping[Any, Any]) -> dict[str, float]:
    return {"value": row["gap"]} | {
        end: row[f"gap_{end}"] for end in ("se", "df", "low", "high", "p", "tasks")
    }


def _block(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        content = content.setdefault(key, {})
    return content
