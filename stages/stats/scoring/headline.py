"""The few numbers that decide, per source: what `dvc metrics diff` shows.

Per cent with one decimal, in ASCII: they are printed on any terminal. An interval stands beside its
number in one text, since DVC gives every value a row of its own.
"""

from typing import NamedTuple

import pandas as pd

Values = dict[str, dict[str, str]]  # model -> source -> what is shown


class Headline(NamedTuple):
    """One metric of all models; user-named keys only, fixed names are the fields."""

    mean_score: Values  # over tasks, with its interval
    mean_gap: Values  # to real, likewise, and the outcomes: "0W 1L"
    outcomes: Values  # on how many tasks a source won (W) and lost (L) against real, in words
    tasks: dict[str, dict[str, dict[str, float]]]  # model -> task -> source -> gap to real, points


def headline(scores: pd.DataFrame, means: pd.DataFrame, metric: str, alpha: float) -> Headline:
    """The headline of `rollup.score_table` and `rollup.mean_table`, for one metric.

    A task is won or lost where its gap's p-value, after Holm's correction, is below `alpha`.
    Where no source has a gap, `tasks` has the scores in per cent.
    """
    found, own = Headline({}, {}, {}, {}), scores[scores["metric"] == metric]
    compared = own[own["gap"].notna()].groupby(["model", "source"], sort=False)
    counts = {pair: _outcomes(rows, alpha) for pair, rows in compared}
    for row in means[means["metric"] == metric].to_dict("records"):
        model, source = row["model"], row["source"]
        ends = _percent(row["low"]), _percent(row["high"])
        shown = f"{_percent(row['mean'])} [{ends[0]}, {ends[1]}]"
        found.mean_score.setdefault(model, {})[source] = shown
        gaps, outcomes = found.mean_gap.setdefault(model, {}), found.outcomes.setdefault(model, {})
        if pd.notna(row["gap"]) and (model, source) in counts:
            won, lost, tasks = counts[model, source]
            ends = _points(row["gap_low"]), _points(row["gap_high"])
            gaps[source] = f"{_points(row['gap'])} [{ends[0]}, {ends[1]}] {won}W {lost}L"
            outcomes[source] = f"{won} won, {lost} lost of {tasks}"
    value = "gap" if own["gap"].notna().any() else "mean"
    for row in own[own[value].notna()].to_dict("records"):
        task = found.tasks.setdefault(row["model"], {}).setdefault(row["task"], {})
        task[row["source"]] = round(100 * row[value], 1) + 0.0  # no negative zero
    return found


def _outcomes(rows: pd.DataFrame, alpha: float) -> tuple[int, int, int]:
    """On how many tasks the source won and lost, and of how many."""
    sure = rows["p_holm"] < alpha
    return int((sure & (rows["gap"] > 0)).sum()), int((sure & (rows["gap"] < 0)).sum()), len(rows)


def _percent(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}"  # no negative zero


def _points(difference: float) -> str:
    return f"{round(100 * difference, 1) + 0.0:+.1f}"
