"""All tasks' scores in one table, corrected for their number, and averaged over tasks."""

from collections.abc import Iterable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from stages.stats.scoring.comparison import METRICS
from stages.stats.scoring.intervals import holm

ONE = ["task", "model", "source", "metric"]  # what one row of the score table is about
GAP = ["gap", "gap_se", "gap_low", "gap_high", "p"]
SCORES = [*ONE, "mean", "sd", "se", "low", "high", "n_train", *GAP, "p_holm"]


def score_table(
    evaluated: Mapping[str, Mapping[str, Any]], models: Iterable[str], sources: Iterable[str]
) -> pd.DataFrame:
    """One row (`SCORES`) a task, model, source and metric, from evaluate's metrics by task.

    Scores are shares; `sd` is missing where there is one seed, the gap's columns where there is no
    gap. `p_holm` is corrected within a model and metric over all tasks and synthetic sources.
    """
    rows = []
    for task, content in evaluated.items():
        for model in models:
            for source in sources:
                block = content[model][source]
                for metric in METRICS:
                    numbers = _numbers(block, metric, content["level"])
                    rows.append((task, model, source, metric, *numbers))
    table = pd.DataFrame(rows, columns=SCORES[:-1])
    table["p_holm"] = np.nan
    compared = table[table["p"].notna()]
    for _, group in compared.groupby(["model", "metric"]):
        table.loc[group.index, "p_holm"] = holm(list(group["p"]))
    return table


def _numbers(block: Mapping[str, Any], metric: str, level: float) -> list[float]:
    score, gap = block[metric], block.get("gap", {}).get(metric, {})
    se = (score["high"] - score["low"]) / 2 / NormalDist().inv_cdf((1 + level) / 2)
    own = [score["mean"], score.get("sd", np.nan), se, score["low"], score["high"]]
    own.append(block["n_train"])
    return own + [gap.get(key, np.nan) for key in ("difference", "se", "low", "high", "p")]


def mean_table(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Scores and gaps averaged over tasks, each with se and ends: model, source, metric, mean, ...

    The tasks' test sets are independent, so the standard error of a mean over T tasks is sqrt(sum
    of the tasks' squared standard errors) / T; the interval is normal. The tasks are taken as they
    are: it says nothing about tasks that are not among them.
    """
    grouped = table.groupby(["model", "source", "metric"], sort=False)
    means = grouped[["mean", "gap"]].mean()
    width = NormalDist().inv_cdf((1 + level) / 2)
    for value, before in (("mean", ""), ("gap", "gap_")):
        se = grouped[f"{before}se"].agg(lambda errors: np.sqrt((errors**2).sum()) / len(errors))
        means[f"{before}se"] = se.where(means[value].notna())
        means[f"{before}low"] = means[value] - width * se
        means[f"{before}high"] = means[value] + width * se
    return means.reset_index()


def summary(table: pd.DataFrame, means: pd.DataFrame) -> dict[str, Any]:
    """Both tables as objects: the means, and each task's corrected p-values.

    {"means": {model: {source: {metric: {"score": ..., "gap": ...}}}},
    "p_holm": {model: {task: {source: {metric: p}}}}}; a score or gap has value, se, low, high.
    """
    found: dict[str, Any] = {"means": {}, "p_holm": {}}
    for row in means.to_dict("records"):
        block = _block(found["means"], row["model"], row["source"], row["metric"])
        for name, value, before in (("score", "mean", ""), ("gap", "gap", "gap_")):
            if not np.isnan(row[value]):
                ends = {end: row[f"{before}{end}"] for end in ("se", "low", "high")}
                block[name] = {"value": row[value], **ends}
    for row in table[table["p_holm"].notna()].to_dict("records"):
        block = _block(found["p_holm"], row["model"], row["task"], row["source"])
        block[row["metric"]] = row["p_holm"]
    return found


def _block(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        content = content.setdefault(key, {})
    return content
