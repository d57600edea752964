"""What moved between two runs, beside the noise of the change."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

KEY = ["task", "model", "metric", "what", "source"]  # task "" for the mean over tasks
MEAN = ""
NEW, GONE, APART = "new", "gone", "not comparable"
UNCHANGED, MOVED, NOISE = "unchanged", "moved", "within noise"


def estimates(scores: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Every score and gap with its standard error: `KEY`, value, se, df; the means first.

    From `rollup.score_table` and `rollup.mean_table`.
    """
    columns = [*KEY, "value", "se", "df"]
    parts = [
        table[[*KEY, value, f"{before}se", f"{before}df"]].set_axis(columns, axis="columns")
        for rows in (means.assign(task=MEAN), scores)
        for what, value, before in (("score", "mean", ""), ("gap", "gap", "gap_"))
        for table in (rows.assign(what=what),)
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="value")


def changes(
    old: pd.DataFrame,
    new: pd.DataFrame,
    errors: pd.DataFrame,
    apart: Mapping[str, str],
    level: float,
) -> pd.DataFrame:
    """Each estimate of two runs: `KEY`, old, new, change, noise, paired, mark; task by task.

    `noise` is half the width of the interval of the change: t times its standard error. That is the
    one in `errors` (`pairing.errors`). Where this has none, it is sqrt(se_old^2 + se_new^2), as if
    the runs were independent: an upper bound for two runs that were tested on the same texts, since
    their errors share a part that cancels in the change.

    `apart` says why two numbers cannot be compared, by task (`MEAN` for the means).
    """
    rows = pd.concat([new, old])[KEY].drop_duplicates()
    ranks = {task: rank for rank, task in enumerate(rows["task"].unique())}
    rows = rows.sort_values("task", key=lambda tasks: tasks.map(ranks), kind="stable")
    for name, run in (("old", old), ("new", new)):
        names = {"value": name, "se": f"se_{name}", "df": f"df_{name}"}
        rows = rows.merge(run.rename(columns=names), "left", on=KEY)
    rows = rows.merge(errors, "left", on=KEY)
    rows["paired"] = rows["se"].notna()
    parts = rows["se_old"] ** 2, rows["se_new"] ** 2
    doubt = parts[0] ** 2 / rows["df_old"] + parts[1] ** 2 / rows["df_new"]
    df = rows["df"].fillna((parts[0] + parts[1]) ** 2 / doubt)
    se = rows["se"].fillna((parts[0] + parts[1]) ** 0.5)
    comparable = ~rows["task"].isin(apart)
    reach = pd.Series(special.stdtrit(df, (1 + level) / 2), index=rows.index)
    rows["noise"] = (reach * se).where(comparable)
    rows["change"] = (rows["new"] - rows["old"]).where(comparable)
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
    return rows[[*KEY, "old", "new", "change", "noise", "paired", "mark"]]
