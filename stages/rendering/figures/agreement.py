"""Accuracy against annotators' agreement, task by task (Figures 2 and C.1)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from stages.rendering import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTHING = "Nothing to draw: in no task does annotators' agreement on the test texts vary enough."
_ACROSS = 4  # panels
_APART = 0.03  # of the x range: between the whiskers of two sources
_COUNTS, _LINE = 14, 9.5  # points: room for the counts above a panel, and for a line of words


def draw(
    points: pd.DataFrame,
    words: Mapping[tuple[str, str, str], str],
    sources: Sequence[str],
    left_out: Sequence[str],
    note: str,
) -> Figure:
    """A panel for each task and model with enough spread; the others are named below.

    Args:
        points: task, model, source, gamma, items, accuracy, low, high, fit (the line at gamma; NaN
            where none is drawn).
        words: what a panel says of a (task, model, source).
        sources: those to draw.
        left_out: sentences on tasks without a line.
        note: about all panels.
    """
    points = points[points["source"].isin(list(sources))]
    panels = [
        (str(task), str(model), rows)
        for (task, model), rows in points.groupby(["task", "model"], sort=False)
    ]
    if not panels:
        return style.sentence("\n".join([NOTHING, *left_out]))
    down = -(-len(panels) // _ACROSS)
    across = -(-len(panels) // down)
    said = {
        (task, model): [
            line for s in sources for line in words.get((task, model, s), "").splitlines()
        ]
        for task, model, _ in panels
    }
    above = _COUNTS + 2 + _LINE * max(map(len, said.values()))
    text = _wrapped([note, *left_out], 38 * across)
    height = 1.0 + down * (2.4 + above / 72) + 0.155 * text.count("\n")
    figure = style.figure(max(5.5, 0.7 + 2.75 * across), height)
    grid = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for axes, (task, model, rows) in zip(grid, panels, strict=False):
        _panel(axes, rows, sources)
        place = {"xycoords": "axes fraction", "textcoords": "offset points", "size": 7}
        lines = "\n".join(said[task, model])
        axes.annotate(lines, (0, 1), (0, _COUNTS), va="bottom", **place)
        axes.set_title(f"{task}, {model}", pad=_COUNTS + 2 + _LINE * len(said[task, model]))
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    figure.supylabel("accuracy on the texts left, %", size=9)
    style.legend(figure, sources)
    figure.supxlabel(f"agreement γ that a text must reach; on top: texts left\n{text}", size=8)
    return figure


def _wrapped(lines: Sequence[str], width: int) -> str:
    return "\n".join(part for line in lines for part in textwrap.wrap(line, max(76, width)))


def _panel(axes: Axes, rows: pd.DataFrame, sources: Sequence[str]) -> None:
    looks = style.looks(sources)
    width = rows["gamma"].max() - rows["gamma"].min()
    for place, source in enumerate(sources):
        look, own = looks[source], rows[rows["source"] == source]
        gamma, low, high = own["gamma"], 100 * own["low"], 100 * own["high"]
        if own["fit"].notna().all():
            axes.fill_between(gamma, low, high, color=look.colour, alpha=0.12, linewidth=0)
        else:  # a band between two points would look like a line
            gamma = gamma + _APART * width * (place - (len(sources) - 1) / 2)
            axes.vlines(gamma, low, high, color=look.colour, linewidth=1.2)
        axes.plot(gamma, 100 * own["accuracy"], look.marker, color=look.colour)
        axes.plot(gamma, 100 * own["fit"], color=look.colour)
    style.few_ticks(axes)
    counts = rows.drop_duplicates("gamma")
    top = axes.secondary_xaxis("top")
    step = max(1, -(-len(counts) // 5))
    shown = counts.iloc[::-1].iloc[::step]
    top.set_xticks(shown["gamma"], labels=[f"{n:,}" for n in shown["items"]])
    top.tick_params(length=0, labelsize=7, labelcolor=style.GREY)
    top.spines["top"].set_visible(False)
