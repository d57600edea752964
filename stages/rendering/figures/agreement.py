"""Accuracy against annotators' agreement, task by task (the paper's Figures 2 and C.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 3  # panels
_STEP = 0.02  # of the x range: between the whiskers of two sources
_COUNTS, _LINE = 14, 9.5  # points: room for the counts above a panel, and for a line of words

Slopes = Mapping[tuple[str, str, str], str]


@style.drawn
def draw(points: pd.DataFrame, slopes: Slopes, sources: Sequence[str], note: str) -> Figure:
    """A panel per task and model; a line per source, with its band.

    Args:
        points: task, model, source, gamma, items, accuracy, low, high, fit (the line at gamma; NaN
            where none is drawn).
        slopes: what is said of a (task, model, source) above its panel.
        sources: all that may be drawn; their order decides on looks.
        note: about all panels.
    """
    looks = style.shown(sources, points)
    panels = [
        (str(t), str(m), rows) for (t, m), rows in points.groupby(["task", "model"], sort=False)
    ]
    across = min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    above = _COUNTS + 2 + _LINE * len(looks)
    height = 1.0 + down * (2.2 + above / 72) + 0.14 * note.count("\n")
    figure = style.figure(max(5.5, 0.7 + 2.9 * across), height)
    grid = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for axes, (task, model, rows) in zip(grid, panels, strict=False):
        _panel(axes, rows, looks)
        said = [slopes[task, model, s] for s in looks if (task, model, s) in slopes]
        place = {"xycoords": "axes fraction", "textcoords": "offset points", "size": 7}
        axes.annotate("\n".join(said), (0, 1), (0, _COUNTS), va="bottom", **place)
        axes.set_title(f"{task}, {model}", pad=_COUNTS + 2 + _LINE * len(said))
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    figure.supylabel("accuracy on the texts left, %", size=9)
    style.legend(figure, looks)
    figure.supxlabel(f"agreement γ that a text must reach; on top: texts left\n{note}", size=8)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, looks: Mapping[str, style.Look]) -> None:
    width = rows["gamma"].max() - rows["gamma"].min()
    for place, (source, look) in enumerate(looks.items()):
        own = rows[rows["source"] == source]
        gamma, low, high = own["gamma"], 100 * own["low"], 100 * own["high"]
        if own["fit"].notna().all():
            axes.fill_between(gamma, low, high, color=look.colour, alpha=0.12, linewidth=0)
        else:  # a band between two points would look like a line
            gamma = gamma + _STEP * width * (place - (len(looks) - 1) / 2)
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
