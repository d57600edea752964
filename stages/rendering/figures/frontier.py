"""Score against cost: a line per way, the frontier marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from stages.rendering.content import costs
from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST = 1e-3  # US dollars at the left edge: what costs less stands there
_HEIGHT, _LETTER = 0.045, 0.012  # of a label's line and letter, as shares of the axes


class Label(NamedTuple):
    """A way's name and where it belongs, as shares of the axes."""

    text: str
    colour: str
    x: float
    y: float


@style.drawn
def draw(table: pd.DataFrame, sources: Sequence[str], metric: str, note: str) -> Figure:
    """The ways of one task, or their mean.

    Args:
        table: kind, source, usd, value, low, high (per cent); `order` on the frontier, else
            missing, and whether its gain is `sure`.
        sources: all that may be drawn; their order decides on looks.
        metric: what the y axis shows.
        note: under the axes.
    """
    figure = style.figure(6.4, 4.1 + 0.14 * note.count("\n"))
    axes = figure.subplots()
    _panel(axes, table, style.shown(sources, table))
    axes.set_ylabel(f"{metric}, per cent")
    figure.supxlabel(f"US dollars, people's labels included (log scale)\n{note}", size=8)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, looks: Mapping[str, style.Look]) -> None:
    from matplotlib.patheffects import withStroke

    rows = rows.assign(usd=rows["usd"].clip(lower=LEAST))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda usd, _: f"{usd:,.0f}" if usd >= 1 else f"{usd:g}")
    axes.set_xlim(rows["usd"].min() / 1.5, rows["usd"].max() * 2)
    low, high = rows["value"].min(), rows["value"].max()
    room = 0.08 * max(high - low, 5)
    axes.set_ylim(low - room, high + 1.5 * room)
    ends = []
    for source, look in looks.items():
        own = rows[rows["source"] == source]
        if len(own):
            _way(axes, own, look)
            ends.append(_label(axes, own, source, look))
    _frontier(axes, rows.dropna(subset=["order"]).sort_values("order"), looks)
    outline = [withStroke(linewidth=2, foreground="white")]  # readable across lines
    for label, y in placed(ends):
        place = axes.text(label.x, y, label.text, color=label.colour, transform=axes.transAxes)
        place.set(size=8, path_effects=outline)


def _way(axes: Axes, rows: pd.DataFrame, look: style.Look) -> None:
    """A source's line; dashed from where real texts are added to all of it."""
    alone, added = (rows[rows["kind"] == kind] for kind in (costs.ALONE, costs.WITH_REAL))
    joined = pd.concat([alone[-1:], added])
    for part, line in ((alone, "-"), (joined, "--")):
        axes.fill_between(
            part["usd"], part["low"], part["high"], color=look.colour, alpha=0.07, linewidth=0
        )
        axes.plot(part["usd"], part["value"], line, color=look.colour, linewidth=1.2)
    asked = rows[rows["kind"] == costs.RUN_TIME]
    axes.vlines(asked["usd"], asked["low"], asked["high"], look.colour, linewidth=1.2)
    axes.plot(asked["usd"], asked["value"], look.marker, color=look.colour)


def _frontier(axes: Axes, rows: pd.DataFrame, looks: Mapping[str, style.Look]) -> None:
    """Its points, joined by steps; hollow where the gain is within noise."""
    axes.step(rows["usd"], rows["value"], where="post", color=style.GREY, linewidth=0.8, zorder=1)
    for row in rows.to_dict("records"):
        look = looks[row["source"]]
        fill = look.colour if row["sure"] else "white"
        axes.plot(row["usd"], row["value"], look.marker, color=look.colour, markerfacecolor=fill)


def _label(axes: Axes, rows: pd.DataFrame, source: str, look: style.Look) -> Label:
    """The name at the end of a way's own line."""
    last = rows[rows["kind"] != costs.WITH_REAL].iloc[-1]
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    x = np.log(last["usd"] / left) / np.log(right / left)
    text = costs.name(last["kind"], source)
    before = last["kind"] == costs.RUN_TIME  # where its marker ends the frontier, or nearly so
    x = x - 0.03 - _LETTER * len(text) if before else min(x + 0.02, 1 - _LETTER * len(text))
    return Label(text, look.colour, float(x), float((last["value"] - bottom) / (top - bottom)))


def placed(labels: Sequence[Label]) -> list[tuple[Label, float]]:
    """Where labels stand so that none covers another: from the highest down, lower if need be."""
    found: list[tuple[Label, float]] = []
    for label in sorted(labels, key=lambda one: -one.y):
        y = min(label.y, 1 - _HEIGHT)
        for other, above in sorted(found, key=lambda one: -one[1]):
            reach = _LETTER * max(len(label.text), len(other.text))
            if abs(label.x - other.x) < reach and abs(above - y) < _HEIGHT:
                y = above - _HEIGHT
        found.append((label, y))
    return found


def series(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn, with the way's name."""
    way = [costs.name(*row) for row in zip(table["kind"], table["source"], strict=True)]
    columns = ["way", "usd", "value", "low", "high"]
    on = table["order"].notna().map({True: "yes", False: "no"})
    return table.assign(way=way)[columns].assign(frontier=on)
