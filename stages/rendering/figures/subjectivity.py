"""Tasks by how subjective people call them, and the gap against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stages.rendering.content import words
from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_AXIS = "subjectivity (log-odds of losing to an average task)"
_ACROSS = 3  # panels


@style.drawn
def rank(ranking: pd.DataFrame, note: str) -> Figure:
    """Subjectivity with its interval and stars, the most objective task on top.

    Args:
        ranking: task, rank, stars, subjectivity and, where voters differ, low, high.
        note: who voted.
    """
    figure = style.figure(6.4, 0.9 + 0.27 * len(ranking) + 0.14 * note.count("\n"))
    axes = figure.subplots()
    for place, row in enumerate(ranking.to_dict("records")):
        if "low" in row:
            axes.plot([row["low"], row["high"]], [place, place], color=style.BLUE, linewidth=1.2)
        axes.plot(row["subjectivity"], place, "o", color=style.BLUE)
    names = [f"{row.rank}  {row.task}" for row in ranking.itertuples()]
    axes.set_yticks(range(len(names)), labels=names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    stars = axes.secondary_yaxis("right")
    stars.set_yticks(range(len(names)), labels=["★" * int(n) for n in ranking["stars"]])
    stars.tick_params(axis="y", length=0)
    stars.spines["right"].set_visible(False)
    figure.supxlabel(f"{_AXIS}\n{note}", size=8)
    return figure


@style.drawn
def scatter(
    table: pd.DataFrame,
    lines: pd.DataFrame,
    sentences: Mapping[tuple[str, str], str],
    sources: Sequence[str],
    note: str,
) -> Figure:
    """The gap against subjectivity: a panel per model and source, tasks by their rank's number.

    Args:
        table: rank, task, model, source, subjectivity, gap, low, high (shares).
        lines: model, source, x, fit, low, high: the regression line and its band, where drawn.
        sentences: what stands under a panel's title, by (model, source).
        sources: all that may be drawn; their order decides on looks.
        note: about all panels.
    """
    panels = list(dict.fromkeys(zip(table["model"], table["source"], strict=True)))
    names = table.drop_duplicates("task").sort_values("rank")
    across = min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure = style.figure(max(6.4, 0.8 + 3.6 * across), 1.2 + 3.2 * down + 0.14 * note.count("\n"))
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for (model, source), axes in zip(panels, grid, strict=False):
        rows = table[(table["model"] == model) & (table["source"] == source)]
        band = lines[(lines["model"] == model) & (lines["source"] == source)]
        _panel(axes, rows, band, style.looks(sources)[source])
        axes.set_title(f"{words.name(source)}, {model}\n", size=10)
        axes.text(0, 1.015, sentences[model, source], transform=axes.transAxes, size=8)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    figure.supylabel("accuracy: source minus real, points", size=9)
    figure.supxlabel(f"{_AXIS}\n{_key(names, across)}\n{note}", size=8)
    return figure


def _key(names: pd.DataFrame, across: int) -> str:
    """The tasks with their numbers, in lines as wide as the panels."""
    entries = [f"{row.rank} {row.task}" for row in names.itertuples()]
    step = 3 * across + 1
    return "\n".join("   ".join(entries[i : i + step]) for i in range(0, len(entries), step))


def _panel(axes: Axes, rows: pd.DataFrame, band: pd.DataFrame, look: style.Look) -> None:
    from matplotlib.patheffects import withStroke

    axes.axhline(0, color=style.GREY, linewidth=1)
    if len(band):
        low, high = 100 * band["low"], 100 * band["high"]
        axes.fill_between(band["x"], low, high, color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(band["x"], 100 * band["fit"], color=look.colour)
    x, y = rows["subjectivity"].to_numpy(), 100 * rows["gap"].to_numpy()
    reach = np.abs(100 * rows[["low", "high"]].to_numpy().T - y)
    axes.errorbar(x, y, reach, fmt="none", ecolor=look.colour, elinewidth=0.8, alpha=0.45)
    axes.plot(x, y, look.marker, color=look.colour)
    outline = [withStroke(linewidth=2, foreground="white")]  # readable across lines
    for place, (a, b, rank) in enumerate(sorted(zip(x, y, rows["rank"], strict=True))):
        side, ha = ((5, "left"), (-5, "right"))[place % 2]  # neighbours on different sides
        axes.annotate(
            str(rank),
            (a, b),
            (side, 4),
            ha=ha,
            size=8,
            textcoords="offset points",
            path_effects=outline,
        )
