"""Subjectivity against the gap, over tasks: for every model, source, score and scale."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.stats.across import correlation

METRICS = ("accuracy", "macro_f1")
SCALES = ("absolute", "relative")
BASE = "real"


def gaps(
    task: str, evaluated: Mapping[str, Any], models: Iterable[str], sources: Sequence[str]
) -> pd.DataFrame:
    """The gaps of a task from evaluate's metrics.

    Columns: task, model, source, metric, scale, gap, low, high. Absolute: the source's score less
    that of `real`; relative: as a share of real's score (its interval as if that were known).
    """
    rows = []
    for model in models:
        blocks = evaluated[model]
        for source in sources:
            if "gap" not in blocks[source]:
                continue
            for metric in METRICS:
                gap, real = blocks[source]["gap"][metric], blocks[BASE][metric]["mean"]
                ends = [gap[key] for key in ("difference", "low", "high")]
                rows.append((task, model, source, metric, "absolute", *ends))
                if real > 0:
                    shares = [end / real for end in ends]
                    rows.append((task, model, source, metric, "relative", *shares))
    columns = ["task", "model", "source", "metric", "scale", "gap", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def correlations(
    table: pd.DataFrame, subjectivity: pd.Series, resamples: int, level: float, seed: int
) -> dict[str, Any]:
    """{model: {source: {metric: {scale: correlation}}}} of `gaps` with a number for each task.

    Tasks without that number are left out. Below 0: the more subjective, the more is lost.
    """
    known = table[table["task"].isin(subjectivity.index)]
    found: dict[str, Any] = {}
    for keys, rows in known.groupby(["model", "source", "metric", "scale"], sort=False):
        model, source, metric, scale = map(str, keys)
        x = subjectivity[rows["task"]].to_numpy(dtype=np.float64)
        y = rows["gap"].to_numpy(dtype=np.float64)
        block = correlation.correlate(x, y, resamples, level, seed)
        found.setdefault(model, {}).setdefault(source, {}).setdefault(metric, {})[scale] = block
    return found


def flat(found: Mapping[str, Any]) -> pd.DataFrame:
    """`correlations` as rows: model, source, metric, scale, then what `correlate` found."""
    rows = [
        {"model": model, "source": source, "metric": metric, "scale": scale, "block": block}
        for model, sources in found.items()
        for source, metrics in sources.items()
        for metric, scales in metrics.items()
        for scale, block in scales.items()
    ]
    return pd.DataFrame(rows, columns=["model", "source", "metric", "scale", "block"])


def tested(found: Mapping[str, Any]) -> int:
    """How many correlations were tried: of so many, some look strong by chance."""
    return sum("spearman" in block for block in flat(found)["block"])


def bands(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Regression lines of gap on subjectivity with their bands: model, source, x, fit, low, high.

    From task, model, source, subjectivity, gap; nothing where a correlation would be withheld.
    """
    parts = []
    for keys, rows in table.groupby(["model", "source"], sort=False):
        x, y = (rows[name].to_numpy(dtype=np.float64) for name in ("subjectivity", "gap"))
        if correlation.withheld(x, y):
            continue
        places = np.linspace(x.min(), x.max(), 50)
        found = correlation.line(x, y, places, level)._asdict()
        model, source = map(str, keys)
        parts.append(pd.DataFrame({"x": places, **found}).assign(model=model, source=source))
    columns = ["model", "source", "x", "fit", "low", "high"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
