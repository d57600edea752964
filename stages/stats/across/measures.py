"""The measures of all tasks' texts in one table, their difference to real, their means."""

from collections.abc import Iterable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from stages.core.records import REAL

PARTS = ("diversity", "similarity")  # of analyze's facts
MEASURES = ["task", "source", "measure", "value", "error", "low", "high", "p"]
SPREAD = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


def table(analysed: Mapping[str, Mapping[str, Any]], sources: Iterable[str]) -> pd.DataFrame:
    """Every measure (`MEASURES`) of analyze's facts by task, those that withhold them left out."""
    rows = [
        {"task": task, "source": source, "measure": name, **block}
        for task, facts in analysed.items()
        for source in sources
        for part in PARTS
        for name, block in facts[part].get("sources", {}).get(source, {}).items()
    ]
    return pd.DataFrame(rows, columns=MEASURES)


def differences(found: pd.DataFrame, measure: str, source: str) -> pd.Series:
    """A measure of `source` less that of real by task; tasks that lack one are left out."""
    values = found[found["measure"] == measure].set_index(["source", "task"])["value"]
    known = values.index.get_level_values("source")
    if source not in known or REAL not in known:
        return pd.Series(dtype=float)
    return values.unstack(0).pipe(lambda by: by[source] - by[REAL]).dropna()


def means(found: pd.DataFrame, level: float) -> pd.DataFrame:
    """Each measure averaged over tasks: source, measure, value, low, high.

    The tasks are independent, so that their standard errors add up in squares; the interval is
    normal, and takes the tasks as given.
    """
    width = NormalDist().inv_cdf((1 + level) / 2)
    by = found.groupby(["source", "measure"], sort=False)
    value = by["value"].mean()
    half = width * by["error"].apply(np.linalg.norm) / by.size()
    return pd.DataFrame({"value": value, "low": value - half, "high": value + half}).reset_index()


def spread(closeness: pd.DataFrame) -> pd.DataFrame:
    """Quantiles over texts: from task, source, top5_cosine to task, source and `SPREAD`."""
    if closeness.empty:
        return pd.DataFrame(columns=["task", "source", *SPREAD])
    by = closeness.groupby(["task", "source"], sort=False)["top5_cosine"]
    return pd.DataFrame({name: by.quantile(q) for name, q in SPREAD.items()}).reset_index()
