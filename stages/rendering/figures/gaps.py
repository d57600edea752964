"""The gap to real, task by task, as dots with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stages.rendering import style
from stages.rendering.pages.results import no_gaps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
MEAN = "mean of tasks"


def draw(table: pd.DataFrame, means: pd.DataFrame, level: float, note: str) -> Figure:
    """Panels by model (down) and metric (across); tasks on the y axis, in the table's order.

    Args:
        table: task, model, source, metric, gap, gap_low, gap_high (shares) and p_holm.
        means: the same gaps averaged over tasks: model, source, metric, gap, gap_low, gap_high.
        level: of the intervals; a filled marker has p_holm < 1 - level.
        note: under the panels.
    """
    nothing = no_gaps(list(table["source"].unique()))
    table = table[table["gap"].notna()]
    if table.empty:
        return style.sentence(nothing)
    tasks, sources = list(table["task"].unique()), list(table["source"].unique())
    models = list(table["model"].unique())
    rows = table.assign(sure=table["p_holm"] < 1 - level)
    names = tasks
    if len(tasks) > 1:
        average = means[means["gap"].notna()].assign(task=MEAN)
        average["sure"] = average["gap_low"] * average["gap_high"] > 0
        rows, names = pd.concat([rows, average]), [*tasks, MEAN]
    height = len(names) * (0.16 + 0.11 * len(sources))
    figure = style.figure(8.2, len(models) * (height + 0.75) + 0.9)
    grid = figure.subplots(len(models), len(METRICS), sharex=True, sharey=True, squeeze=False)
    for model, line in zip(models, grid, strict=True):
        for metric, axes in zip(METRICS, line, strict=True):
            chosen = rows[(rows["model"] == model) & (rows["metric"] == metric)]
            _panel(axes, chosen, names, sources)
            axes.set_title(f"{model}: {METRICS[metric]}")
    style.legend(figure, sources)
    figure.supxlabel(
        "source minus real, points on the real test texts; below zero: worse than real\n"
        f"whiskers: {100 * level:.4g} % paired bootstrap; filled: p < {1 - level:.2g} after Holm's "
        f"correction (mean: interval without zero)\n{note}",
        size=8,
    )
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, names: Sequence[str], sources: Sequence[str]) -> None:
    looks = style.looks(sources)
    steps = (np.arange(len(sources)) - (len(sources) - 1) / 2) * min(0.25, 0.8 / len(sources))
    axes.axvline(0, color=style.GREY, linewidth=1)
    for step, source in zip(steps, sources, strict=True):
        look = looks[source]
        for row in rows[rows["source"] == source].to_dict("records"):
            y = names.index(row["task"]) + step
            ends = [100 * row["gap_low"], 100 * row["gap_high"]]
            fill = look.colour if row["sure"] else "white"
            axes.plot(ends, [y, y], color=look.colour, linewidth=1.2, solid_capstyle="butt")
            axes.plot(100 * row["gap"], y, look.marker, color=look.colour, markerfacecolor=fill)
    if names[-1] == MEAN:
        axes.axhline(len(names) - 1.5, color=style.GREY, linewidth=0.8)
    axes.set_yticks(range(len(names)), labels=names)
    style.few_ticks(axes)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
