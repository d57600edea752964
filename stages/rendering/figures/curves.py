"""Training curves (the paper's Figure B.1): loss and macro-F1 by step, one thin line per seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from stages.rendering.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUES = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "validation_macro_f1": "validation macro-F1",
}


@style.drawn
def draw(curves: pd.DataFrame, sources: Sequence[str], note: str) -> Figure:
    """Panels by task (down), model and value (across); a line per source and seed.

    Args:
        curves: task, source, model, seed, step and the columns of `VALUES`, in the grid's order.
        sources: all that may be drawn; their order decides on looks.
        note: under the panels.
    """
    tasks, models = list(curves["task"].unique()), list(curves["model"].unique())
    looks = style.shown(sources, curves)
    across = [(model, value) for model in models for value in VALUES]
    figure = style.figure(2.3 * len(across) + 0.6, 1.5 * len(tasks) + 1)
    grid = figure.subplots(len(tasks), len(across), squeeze=False, sharex="col")
    for task, line in zip(tasks, grid, strict=True):
        for (model, value), axes in zip(across, line, strict=True):
            chosen = curves[(curves["task"] == task) & (curves["model"] == model)]
            _panel(axes, chosen, value, looks)
        line[0].set_ylabel(task)
    for (model, value), axes in zip(across, grid[0], strict=True):
        axes.set_title(f"{model}: {VALUES[value]}", size=9)
    for axes in grid[-1]:
        axes.set_xlabel("step")
    style.legend(figure, looks)
    figure.supxlabel(f"one line per seed, its marker at the last step\n{note}", size=8)
    return figure


def _panel(axes: Axes, curves: pd.DataFrame, value: str, looks: Mapping[str, style.Look]) -> None:
    for source, look in looks.items():
        for _, line in curves[curves["source"] == source].groupby("seed"):
            line = line.dropna(subset=[value])
            axes.plot(line["step"], line[value], color=look.colour, linewidth=0.9, alpha=0.8)
            axes.plot(line["step"][-1:], line[value][-1:], look.marker, color=look.colour)
    if value == "validation_macro_f1":
        axes.set_ylim(0, 1.06)
    else:
        axes.set_ylim(bottom=0)
