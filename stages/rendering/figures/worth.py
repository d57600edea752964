"""Learning curves, and how many real labels each source is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stages.rendering.content import words
from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REAL = "real"
_ACROSS = 2  # panels
_OPEN = {"below": "<", "above": ">"}  # arrows where the curve of real texts ends


@style.drawn
def worth(table: pd.DataFrame, sources: Sequence[str], note: str) -> Figure:
    """A panel for each metric: what every task's sources are worth, on a log scale.

    Args:
        table: panel, task, source, labels, low, high (numbers cut at the curve's ends, `smallest`
            and `largest`), and `open`, `open_low`, `open_high`: "", "below" or "above".
        sources: all that may be drawn; their order decides on looks.
        note: under the panels.
    """
    looks = style.shown(sources, table)
    names, panels = list(table["task"].unique()), list(table["panel"].unique())
    height = 1.2 + len(names) * (0.14 + 0.13 * len(looks)) + 0.14 * note.count("\n")
    figure = style.figure(2.4 + 3.2 * len(panels), height)
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for panel, axes in zip(panels, grid, strict=True):
        rows = table[table["panel"] == panel]
        for place, name in enumerate(names):
            own = rows[rows["task"] == name]
            ends = own[["smallest", "largest"]].iloc[0]
            axes.hlines(place, *ends, color="#EDEDED", linewidth=9 * len(looks), zorder=0)
            _sources(axes, own, place, looks)
        axes.set_title(panel)
        axes.set_xscale("log")
        axes.set_yticks(range(len(names)), labels=names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        _whole_numbers(axes)
    style.legend(figure, looks)
    figure.supxlabel(note, size=8)
    return figure


def _sources(axes: Axes, rows: pd.DataFrame, place: int, looks: Mapping[str, style.Look]) -> None:
    """The sources of one task, one below the other."""
    steps = (np.arange(len(looks)) - (len(looks) - 1) / 2) * min(0.25, 0.8 / len(looks))
    found = {row["source"]: row for row in rows.to_dict("records")}
    for step, (source, look) in zip(steps, looks.items(), strict=True):
        if row := found.get(source):
            y = place + step
            axes.plot([row["low"], row["high"]], [y, y], color=look.colour, linewidth=1.2)
            for end in ("low", "high"):
                if arrow := _OPEN.get(row[f"open_{end}"]):
                    axes.plot(row[end], y, arrow, color=look.colour, markersize=4)
            fill = "white" if row["open"] else look.colour
            axes.plot(row["labels"], y, look.marker, color=look.colour, markerfacecolor=fill)


@style.drawn
def curves(lines: pd.DataFrame, marks: pd.DataFrame, sources: Sequence[str], note: str) -> Figure:
    """One task's learning curves: a panel for each metric, scores by number of texts.

    Args:
        lines: panel, source, size, value, low, high (per cent).
        marks: panel, source, size, value, labels: a source at its full size, and where the curve of
            real texts reaches its score, nan where it does not.
        sources: all that may be drawn; their order decides on looks.
        note: under the panels.
    """
    looks = style.shown(sources, lines)
    panels = list(lines["panel"].unique())
    figure = style.figure(1.2 + 3.4 * len(panels), 3.3 + 0.14 * note.count("\n"))
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for panel, axes in zip(panels, grid, strict=True):
        own = lines[lines["panel"] == panel]
        for source, look in looks.items():
            _curve(axes, own[own["source"] == source], look)
        for mark in marks[marks["panel"] == panel].to_dict("records"):
            _mark(axes, mark, looks[mark["source"]])
        axes.set_xscale("log")
        axes.set_title(panel)
        _whole_numbers(axes)
        _name(axes, own, looks)
    figure.supxlabel(f"training texts\n{note}", size=8)
    return figure


def _curve(axes: Axes, rows: pd.DataFrame, look: style.Look) -> None:
    if look.colour == style.PALETTE[REAL]:
        axes.fill_between(rows["size"], rows["low"], rows["high"], color=look.colour, alpha=0.15)
    axes.plot(rows["size"], rows["value"], color=look.colour, linewidth=1.5)
    axes.plot(rows["size"][-1:], rows["value"][-1:], look.marker, color=look.colour)


def _mark(axes: Axes, mark: Mapping[Any, Any], look: style.Look) -> None:
    """From a source's full size to where the curve of real texts reaches it."""
    if np.isfinite(mark["labels"]):
        both = [mark["size"], mark["labels"]]
        axes.plot(both, [mark["value"]] * 2, ":", color=look.colour, linewidth=1)
        axes.plot(mark["labels"], mark["value"], "|", color=look.colour, markersize=9)


def _name(axes: Axes, lines: pd.DataFrame, looks: Mapping[str, style.Look]) -> None:
    """Each curve's name at its right end, apart from the others'."""
    ends = lines.groupby("source", sort=False).last().sort_values("value")
    low, high = axes.get_ylim()
    least, place = 0.062 * (high - low), -np.inf
    for source, end in ends.iterrows():
        place = max(end["value"], place + least)
        axes.annotate(
            words.name(str(source)),
            (end["size"], end["value"]),
            (1.02, place),
            xycoords="data",
            textcoords=axes.get_yaxis_transform(),
            color=looks[str(source)].colour,
            size=8,
            va="center",
            annotation_clip=False,
        )


def _whole_numbers(axes: Axes) -> None:
    """Numbers of texts in full, not as powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    few = high / low < 100  # so that more numbers have room
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
