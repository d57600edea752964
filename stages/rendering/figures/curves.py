"""Training curves (the paper's Figure B.1): loss and macro-F1 by step, one thin line a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from stages.rendering import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUES = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "validation_macro_f1": "validation macro-F1",
}
NONE = "No model of this run was trained in steps, so there are no training curves."


def draw(curves: pd.DataFrame, note: str) -> Figure:
    """Panels by task (down), model and value (across); a line a source and seed.

    Args:
        curves: task, source, model, seed, step and the columns of `VALUES`, in the grid's order.
        note: under the panels.
    """
    if curves.empty:
        return style.sentence(NONE)
    tasks, models = list(curves["task"].unique()), list(curves["model"].unique())
    sources = list(curves["source"].unique())
    across = [(model, value) for model in models for value in VALUES]
    figure = style.figure(2.3 * len(across) + 0.6, 1.5 * len(tasks) + 1)
    grid = figure.subplots(len(tasks), len(across), squeeze=False, sharex="col")
    for task, line in zip(tasks, grid, strict=True):
        for (model, value), axes in zip(across, line, strict=True):
            chosen = curves[(curves["task"] == task) & (curves["model"] == model)]
            _panel(axes, chosen, value, sources)
        line[0].set_ylabel(task)
    for (model, value), axes in zip(across, grid[0], strict=True):
        axes.set_title(f"{model}: {VALUES[value]}", size=9)
    for axes in grid[-1]:
        axes.set_xlabel("step")
    style.legend(figure, sources)
    figure.supxlabel(f"a line a seed, its marker at the last step; {note}", size=8)
    return figure


def _panel(axes: Axes, curves: pd.DataFrame, value: str, sources: Sequence[str]) -> None:
    looks = style.looks(sources)
    for source, color in ((source, looks[source].colour) for source in sources):
        for _, line in curves[curves["source"] == source].groupby("seed"):
            line = line.dropna(subset=[value])
            axes.plot(line["step"], line[value], color=color, linewidth=0.9, alpha=0.8)
            axes.plot(line["step"][-1:], line[value][-1:], looks[source].marker, color=color)
    if value == "validation_macro_f1":
        axes.set_ylim(0, 1.06)
    else:
        axes.set_ylim(bottom=0)
