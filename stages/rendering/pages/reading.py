"""From the analysis' facts to what figures show: frames to draw and words to set beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.rendering import style
from stages.rendering.pages.people import number

ESTIMATE = ["value", "low", "high"]


def correlation(block: Mapping[str, Any]) -> str:
    """A correlation in a line, or why there is none."""
    if "withheld" in block:
        return f"no correlation: {block['withheld']}"
    rho = block["spearman"]
    return f"rho {number(rho)}, p {rho['p']:.2g}, {block['tasks']} tasks"


def slope(block: Mapping[str, Any], source: str) -> str:
    """A source's slopes: the line's, or over single texts; and within labels, on a line below."""
    if not block:
        return ""
    r2 = f", R² {block['r2']['value']:.2f}" if "r2" in block else ""
    own = f"slope over texts {number(block.get('item_slope'))}"
    if "slope" in block:
        own = f"slope {number(block['slope'])}{r2}"
    within = f"   over texts within labels {number(block.get('label_slope'))}"
    return f"{style.title(source)}: {own}\n{within}"


def measures(
    found: Mapping[str, Mapping[str, Any]], part: str, names: Iterable[str], sources: Sequence[str]
) -> pd.DataFrame:
    """Rows task, source, measure, value, low, high of a part of the facts of each task."""
    rows = [
        (task, source, name, *(facts[part][source][name][end] for end in ESTIMATE))
        for task, facts in found.items()
        if "withheld" not in facts[part]
        for source in sources
        for name in names
        if name in facts[part][source]
    ]
    return pd.DataFrame(rows, columns=["task", "source", "measure", *ESTIMATE])


def apart(
    found: Mapping[str, Mapping[str, Any]], part: str, name: str, source: str, base: str
) -> pd.Series:
    """A measure of `source` less that of `base`, by task; tasks that withhold it are left out."""
    values = {
        task: facts[part][source][name]["value"] - facts[part][base][name]["value"]
        for task, facts in found.items()
        if all(name in facts[part].get(side, {}) for side in (source, base))
    }
    return pd.Series(values, dtype=float)


def spread(table: pd.DataFrame) -> pd.DataFrame:
    """Quantiles over texts: from task, source, top5_cosine to task, source, p5 ... p95."""
    if table.empty:
        return pd.DataFrame(columns=["task", "source"])
    levels = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
    by = table.groupby(["task", "source"], sort=False)["top5_cosine"]
    return pd.DataFrame({name: by.quantile(q) for name, q in levels.items()}).reset_index()


def lines(points: pd.DataFrame, slopes: Mapping[tuple[str, str, str], float]) -> pd.DataFrame:
    """Points with `fit`: the line of a (task, model, source) with a slope, NaN without."""
    parts = []
    for key, rows in points.groupby(["task", "model", "source"], sort=False):
        task, model, source = map(str, key)
        tilt = slopes.get((task, model, source), np.nan)
        fit = rows["accuracy"].mean() + tilt * (rows["gamma"] - rows["gamma"].mean())
        parts.append(rows.assign(fit=fit))
    return pd.concat(parts, ignore_index=True) if parts else points.assign(fit=[])
