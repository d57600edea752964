"""What explains the gap? One number per task against the gap of every model and source."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from stages.core.records import PROMPTED, REAL
from stages.stats.across import correlation
from stages.stats.resampling import Bootstrap
from stages.stats.scoring.evaluated import Evaluated
from stages.stats.scoring.metrics import METRICS

SHARES = [name for name, metric in METRICS.items() if metric.scale == "share"]
ONE = ["model", "source", "metric", "scale"]  # what a correlation is about
GAPS = ["task", *ONE, "gap", "low", "high"]
BANDS = ["model", "source", "x", "fit", "low", "high"]


def gaps(scores: pd.DataFrame) -> pd.DataFrame:
    """The gaps (`GAPS`) in `rollup.score_table`: absolute, and relative to real's score.

    Of metrics that are shares, whose gaps can be compared between tasks. A relative gap's interval
    is as if real's score were known; where that is 0 there is none.
    """
    one = ["task", "model", "metric"]
    real = scores[scores["source"] == REAL].set_index(one)["mean"].rename("real")
    known = scores[scores["gap"].notna() & scores["metric"].isin(SHARES)].join(real, on=one)
    known = known[[*one, "source", "real", "gap", "gap_low", "gap_high"]]
    known = known.rename(columns={"gap_low": "low", "gap_high": "high"})
    ends = ["gap", "low", "high"]
    relative = known[known["real"] > 0].copy()
    relative[ends] = relative[ends].div(relative["real"], axis=0)
    both = [known.assign(scale="absolute"), relative.assign(scale="relative")]
    return pd.concat(both)[GAPS].sort_index(kind="stable").reset_index(drop=True)


def prompted(found: Mapping[str, Evaluated]) -> pd.DataFrame:
    """The same gaps (`GAPS`) of an LLM that is asked at run time, on the texts that it was asked.

    Relative to the score of the model trained on real texts on the same texts. Tasks without such
    an LLM are left out.
    """
    rows = [
        (task, model, PROMPTED, metric, scale, *(end / base for end in ends))
        for task, record in found.items()
        if record.labelling
        for own in (record.labelling.prompted,)
        for model, sources in own.gaps.items()
        for metric, gap in sources.get(REAL, {}).items()
        if metric in SHARES
        for ends in ((gap.difference, gap.low, gap.high),)
        for real in (own.scores[metric].mean - gap.difference,)
        for scale, base in (("absolute", 1.0), ("relative", real))
        if base > 0
    ]
    return pd.DataFrame(rows, columns=GAPS).sort_values("scale", kind="stable", ignore_index=True)


def correlations(table: pd.DataFrame, x: pd.Series, bootstrap: Bootstrap) -> pd.DataFrame:
    """Every correlation of gaps (`GAPS`) with a number per task: `ONE`, then `correlate`'s numbers.

    Tasks without that number are left out. Nested numbers have joint names (`spearman_low`).
    """
    known = table[table["task"].isin(x.index)]
    rows: list[dict[str, Any]] = []
    for keys, group in known.groupby(ONE, sort=False):
        numbers = x[group["task"]].to_numpy(dtype=np.float64)
        block = correlation.correlate(numbers, group["gap"].to_numpy(np.float64), bootstrap)
        rows.append(dict(zip(ONE, keys, strict=True)) | dict(_flat(block)))
    return pd.DataFrame(rows, columns=None if rows else ONE)


def _flat(block: Mapping[str, Any], *names: str) -> Iterator[tuple[str, Any]]:
    for name, value in block.items():
        if isinstance(value, Mapping):
            yield from _flat(value, *names, name)
        else:
            yield "_".join([*names, name]), value


def tested(found: pd.DataFrame) -> int:
    """How many correlations were tried: of so many, some look strong by chance."""
    return int(found["spearman_value"].notna().sum()) if "spearman_value" in found else 0


def bands(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Regression lines of gap on subjectivity with their bands (`BANDS`).

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
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=BANDS)
