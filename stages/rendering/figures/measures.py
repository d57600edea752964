"""Measures of the sources' texts, task by task: diversity (Figure 1), similarity (Figure B.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stages.rendering import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(table: pd.DataFrame, measures: Mapping[str, str], note: str) -> Figure:
    """A panel for each measure: a dot with its interval for each source, tasks on the y axis.

    Args:
        table: task, source, measure, value, low, high.
        measures: the panels from left to right, each with its title.
        note: under the panels.
    """
    if table.empty:
        return style.sentence("Nothing to compare: the sources hold too few texts.")
    tasks, sources = list(table["task"].unique()), list(table["source"].unique())
    height = len(tasks) * (0.16 + 0.1 * len(sources)) + 1.4
    figure = style.figure(1.6 + 3.0 * len(measures), height)
    grid = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for axes, (measure, title) in zip(grid, measures.items(), strict=True):
        _dots(axes, table[table["measure"] == measure], tasks, sources)
        axes.set_title(title)
    _tasks(grid[0], tasks)
    style.legend(figure, sources)
    figure.supxlabel(note, size=8)
    return figure


def boxes(table: pd.DataFrame, note: str) -> Figure:
    """For each task and source the spread over real texts: 5 to 95 %, quartiles and median.

    Args:
        table: task, source, p5, p25, p50, p75, p95.
        note: under the panel.
    """
    if table.empty:
        return style.sentence("Nothing to compare: the sources hold too few texts.")
    tasks, sources = list(table["task"].unique()), list(table["source"].unique())
    figure = style.figure(6.6, len(tasks) * (0.18 + 0.13 * len(sources)) + 1.3)
    axes = figure.subplots()
    looks = style.looks(sources)
    for source, step in zip(sources, _steps(len(sources)), strict=True):
        look = looks[source]
        for row in table[table["source"] == source].to_dict("records"):
            y = tasks.index(row["task"]) + step
            axes.plot([row["p5"], row["p95"]], [y, y], color=look.colour, linewidth=0.8)
            axes.plot([row["p25"], row["p75"]], [y, y], color=look.colour, linewidth=3.5)
            axes.plot(
                row["p50"], y, look.marker, color=look.colour, markerfacecolor="white", markersize=5
            )
    _tasks(axes, tasks)
    axes.set_xlabel("mean of the five highest cosines of a real text with the source's texts")
    style.legend(figure, sources)
    figure.supxlabel(note, size=8)
    return figure


def _steps(sources: int) -> np.ndarray:
    return (np.arange(sources) - (sources - 1) / 2) * min(0.25, 0.8 / sources)


def _dots(axes: Axes, rows: pd.DataFrame, tasks: Sequence[str], sources: Sequence[str]) -> None:
    looks = style.looks(sources)
    for source, step in zip(sources, _steps(len(sources)), strict=True):
        look = looks[source]
        for row in rows[rows["source"] == source].to_dict("records"):
            y = tasks.index(row["task"]) + step
            axes.plot([row["low"], row["high"]], [y, y], color=look.colour, linewidth=1.2)
            axes.plot(row["value"], y, look.marker, color=look.colour)
    style.few_ticks(axes)


def _tasks(axes: Axes, tasks: Sequence[str]) -> None:
    axes.set_yticks(range(len(tasks)), labels=list(tasks))
    axes.set_ylim(len(tasks) - 0.5, -0.5)
    for each in axes.figure.axes:
        each.grid(visible=False, axis="y")
        each.tick_params(axis="y", length=0)
