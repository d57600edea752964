"""One number per task and source as a dot with its interval: scores, gaps, measures of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stages.rendering.content import words
from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEAN = "mean of tasks"  # stands below the tasks, under a rule
_ACROSS = 2  # panels


def series(table: pd.DataFrame) -> pd.DataFrame:
    """What `draw` shows, for the template `intervals`: `row` names task and source."""
    row = table["task"] + ", " + table["source"].map(words.name)
    return table.assign(row=row).dropna(axis="columns").reset_index(drop=True)


@style.drawn
def draw(table: pd.DataFrame, sources: Sequence[str], note: str, zero: bool = False) -> Figure:
    """A panel for each kind of number; tasks on the y axis, in the table's order.

    Args:
        table: panel, task, source, value, low, high (the whiskers' ends). Where it has `sure`, the
            markers of the other rows are hollow; where it has `inner_low` and `inner_high`, a bar
            lies between these.
        sources: all that may be drawn; their order decides on looks.
        note: under the panels.
        zero: whether values are differences: a line at 0, and one x axis for all panels.
    """
    looks = style.shown(sources, table)
    names, panels = list(table["task"].unique()), list(table["panel"].unique())
    across = min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    height = 0.55 + len(names) * (0.16 + 0.11 * len(looks))
    figure = style.figure(2.6 + 2.8 * across, down * height + 0.3 + 0.14 * note.count("\n"))
    grid = figure.subplots(down, across, sharex=zero, sharey=True, squeeze=False).ravel()
    for panel, axes in zip(panels, grid, strict=False):
        _panel(axes, table[table["panel"] == panel], names, looks)
        axes.set_title(panel)
        if zero:
            axes.axvline(0, color=style.GREY, linewidth=1)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    style.legend(figure, looks)
    figure.supxlabel(note, size=8)
    return figure


def _panel(
    axes: Axes, rows: pd.DataFrame, names: Sequence[str], looks: dict[str, style.Look]
) -> None:
    count = len(looks)
    steps = (np.arange(count) - (count - 1) / 2) * min(0.25, 0.8 / count)
    for step, (source, look) in zip(steps, looks.items(), strict=True):
        own = rows[rows["source"] == source]
        y = own["task"].map(list(names).index).to_numpy() + step
        axes.hlines(y, own["low"], own["high"], look.colour, linewidth=1.2)
        if "inner_low" in own:
            axes.hlines(y, own["inner_low"], own["inner_high"], look.colour, linewidth=3.5)
        sure = own.get("sure", pd.Series("inner_low" not in own, own.index)).to_numpy(dtype=bool)
        for fill, shown in ((look.colour, sure), ("white", ~sure)):
            x = own["value"].to_numpy()[shown]
            axes.plot(x, y[shown], look.marker, color=look.colour, markerfacecolor=fill)
    if names[-1] == MEAN:
        axes.axhline(len(names) - 1.5, color=style.GREY, linewidth=0.8)
    axes.set_yticks(range(len(names)), labels=names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    style.few_ticks(axes)
