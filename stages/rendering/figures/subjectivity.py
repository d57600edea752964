"""Tasks by how subjective people call them: their ranking, and the gap against it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stages.rendering import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROOM = 0.14  # of the x range, left free on either side for names
# Room wanted around a name, as a multiple of its size: the next one where names still overlap.
_WANTED = ((1.3, 1.9), (1.4, 2.2), (1.5, 2.5), (1.2, 2.2), (1.6, 3.0))


def rank(table: pd.DataFrame, note: str) -> Figure:
    """Subjectivity with its interval and stars, the most objective task on top.

    Args:
        table: task, stars, subjectivity, and, with several voters, low, high.
        note: who voted.
    """
    figure = style.figure(6.4, 0.9 + 0.27 * len(table))
    axes = figure.subplots()
    for place, row in enumerate(table.to_dict("records")):
        if "low" in row:
            axes.plot([row["low"], row["high"]], [place, place], color=style.BLUE, linewidth=1.2)
        axes.plot(row["subjectivity"], place, "o", color=style.BLUE)
    axes.set_yticks(range(len(table)), labels=list(table["task"]))
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    stars = axes.secondary_yaxis("right")
    stars.set_yticks(range(len(table)), labels=["★" * int(n) for n in table["stars"]])
    stars.tick_params(axis="y", length=0)
    stars.spines["right"].set_visible(False)
    axes.set_xlabel(f"subjectivity (log-odds of losing to an average task)\n{note}")
    return figure


def scatter(
    table: pd.DataFrame,
    lines: pd.DataFrame,
    words: Mapping[tuple[str, str], str],
    note: str,
    empty: str = "",
) -> Figure:
    """The gap against subjectivity: a panel for each model (down) and source (across).

    Args:
        table: task, model, source, subjectivity, gap, low, high (shares).
        lines: model, source, x, fit, low, high: the regression line and its band, where drawn.
        words: what stands under a panel's title, by (model, source).
        note: about all panels.
        empty: what to say where the table is empty.
    """
    if table.empty:
        return style.sentence(empty)
    models, sources = list(table["model"].unique()), list(table["source"].unique())
    figure = style.figure(1.2 + 4.6 * len(sources), 0.9 + 4.1 * len(models))
    grid = figure.subplots(len(models), len(sources), sharex=True, sharey=True, squeeze=False)
    names: list[tuple[Axes, list[Any]]] = []
    for model, line in zip(models, grid, strict=True):
        for source, axes in zip(sources, line, strict=True):
            rows = table[(table["model"] == model) & (table["source"] == source)]
            band = lines[(lines["model"] == model) & (lines["source"] == source)]
            names.append((axes, _panel(axes, rows, band, style.looks(sources)[source])))
            axes.set_title(f"{style.title(source)}, {model}\n", size=10)
            axes.text(0, 1.015, words[model, source], transform=axes.transAxes, size=8)
    figure.supxlabel(f"subjectivity (log-odds of losing to an average task)\n{note}", size=8)
    figure.supylabel("accuracy: source minus real, points", size=9)
    _spread(figure, names)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, band: pd.DataFrame, look: style.Look) -> list[Any]:
    """Draw one panel; returns the names, still where their points are."""
    from matplotlib.patheffects import withStroke

    axes.axhline(0, color=style.GREY, linewidth=1)
    if len(band):
        low, high = 100 * band["low"], 100 * band["high"]
        axes.fill_between(band["x"], low, high, color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(band["x"], 100 * band["fit"], color=look.colour)
    x, y = rows["subjectivity"].to_numpy(), 100 * rows["gap"].to_numpy()
    reach = np.abs(100 * rows[["low", "high"]].to_numpy().T - y)
    axes.errorbar(x, y, reach, fmt="none", ecolor=look.colour, elinewidth=0.8, alpha=0.45)
    axes.plot(x, y, look.marker, color=look.colour, zorder=6)
    room = _ROOM * (np.ptp(x) or 1)
    axes.set_xlim(x.min() - room, x.max() + room)
    outline = withStroke(linewidth=2, foreground="white")  # readable across lines
    return [
        axes.text(a, b, task, size=8, path_effects=[outline], zorder=5)
        for a, b, task in zip(x, y, rows["task"], strict=True)
    ]


def _spread(figure: Figure, names: list[tuple[Axes, list[Any]]]) -> None:
    """Move the names apart from each other and from the points.

    The layout is fixed first, so that what is moved apart stays apart. By steps and not by time,
    so that a busy machine draws the same.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes, texts in names:
        points = [text.get_position() for text in texts]
        for room in _WANTED:
            _move(axes, texts, points, room)
            if not covered(axes, texts, points):
                break


def _move(
    axes: Axes, texts: list[Any], points: list[tuple[float, float]], room: tuple[float, float]
) -> None:
    """Move the names off their points, with `room` around each as a multiple of its size."""
    from adjustText import adjust_text  # type: ignore[import-untyped]

    for arrow in list(axes.patches):
        arrow.remove()
    for text, point in zip(texts, points, strict=True):
        text.set(position=point, ha="left", va="baseline")
    look = {"arrowstyle": "-", "color": style.GREY, "lw": 0.5}
    adjust_text(texts, ax=axes, expand=room, min_arrow_len=10, iter_lim=400, arrowprops=look)


def covered(axes: Axes, texts: list[Any], points: list[tuple[float, float]]) -> int:
    """How many pairs of names, and of names and the markers at `points`, overlap."""
    from matplotlib.transforms import Bbox

    boxes = [text.get_window_extent() for text in texts]
    size = style.MARKER * axes.figure.dpi / 72
    marks = [
        Bbox.from_bounds(x - size / 2, y - size / 2, size, size)
        for x, y in axes.transData.transform(points)
    ]
    pairs = [*combinations(boxes, 2), *product(boxes, marks)]
    return sum(bool(a.overlaps(b)) for a, b in pairs)
