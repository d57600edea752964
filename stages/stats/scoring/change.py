"""What moved between two runs, beside the noise of the change."""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd

KEY = ["task", "model", "metric", "what", "source"]  # task "" for the mean over tasks
MEAN = ""
NEW, GONE, APART = "new", "gone", "not comparable"
UNCHANGED, MOVED, NOISE = "unchanged", "moved", "within noise"


def estimates(scores: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Every score and gap with its standard error: `KEY`, value, se; the means first.

    From `rollup.score_table` and `rollup.mean_table`.
    """
    columns = [*KEY, "value", "se"]
    parts = [
        table[[*KEY, value, error]].set_axis(columns, axis="columns")
        for rows in (means.assign(task=MEAN), scores)
        for what, value, error in (("score", "mean", "se"), ("gap", "gap", "gap_se"))
        for table in (rows.assign(what=what),)
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="value")


def changes(
    old: pd.DataFrame, new: pd.DataFrame, apart: Mapping[str, str], level: float
) -> pd.DataFrame:
    """Each estimate of two runs: `KEY`, old, new, change, noise, mark; task by task.

    `noise` is half the width of the interval of the change, z * sqrt(se_old^2 + se_new^2), as if
    the runs were independent. Where both were tested on the same texts, their errors share a part
    that cancels in the change: the noise is then an upper bound, and `moved` is a safe statement.

    `apart` says why two numbers cannot be compared, by task (`MEAN` for the means).
    """
    rows = pd.concat([new, old])[KEY].drop_duplicates()
    ranks = {task: rank for rank, task in enumerate(rows["task"].unique())}
    rows = rows.sort_values("task", key=lambda tasks: tasks.map(ranks), kind="stable")
    for name, run in (("old", old), ("new", new)):
        rows = rows.merge(run.rename(columns={"value": name, "se": f"se_{name}"}), "left", on=KEY)
    comparable = ~rows["task"].isin(apart)
    width = NormalDist().inv_cdf((1 + level) / 2)
    rows["change"] = (rows["new"] - rows["old"]).where(comparable)
    rows["noise"] = width * (rows["se_old"] ** 2 + rows["se_new"] ** 2).where(comparable) ** 0.5
    marks = {
        NEW: rows["old"].isna(),
        GONE: rows["new"].isna(),
        APART: ~comparable,
        UNCHANGED: rows["change"] == 0,
        MOVED: rows["change"].abs() > rows["noise"],
    }
    rows["mark"] = np.select(list(marks.values()), list(marks), NOISE)
    reasons = rows["task"].map(apart).where(rows["mark"] == APART, "")
    rows["mark"] = (rows["mark"] + ": " + reasons).str.removesuffix(": ")
    return rows[[*KEY, "old", "new", "change", "noise", "mark"]]
