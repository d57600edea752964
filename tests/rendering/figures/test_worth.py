"""Learning curves, and worth in real labels."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from stages.rendering.figures import style, worth

SOURCES = ("real", "zero_shot", "few_shot")
PANELS = ("accuracy", "macro-F1")


def row(task: str, source: str, labels: float, beyond: str = "") -> dict[str, object]:
    """Worth with an interval from half to twice as much; `beyond` the curve's end."""
    ends = {"low": labels / 2, "high": labels * 2, "smallest": 10, "largest": 900}
    opened = {"open": beyond, "open_low": "", "open_high": beyond}
    return {"task": task, "source": source, "labels": labels, **ends, **opened}


def markers(axes: Axes, shape: str) -> list[float]:
    """Where markers of this shape are."""
    lines = [line for line in axes.lines if line.get_marker() == shape]
    return [float(x) for line in lines for x in np.atleast_1d(np.asarray(line.get_xdata()))]


def test_a_panel_per_metric_on_a_log_scale() -> None:
    """Tasks from the top; markers at the worth, hollow and with an arrow where the curve ends."""
    rows = [row("b", "zero_shot", 40), row("b", "few_shot", 900, "above"), row("a", "few_shot", 90)]
    table = pd.concat([pd.DataFrame(rows).assign(panel=panel) for panel in PANELS])
    figure = worth.worth(table, SOURCES, "a note")
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(PANELS)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert markers(axes, "s") == [40] and markers(axes, "^") == [900, 90]
    assert markers(axes, ">") == [1800] and markers(axes, "<") == []
    fills = [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "^"]
    assert fills == ["white", style.GREEN]


def test_curves_have_their_names_and_the_worth() -> None:
    """A line per source with its name beside it; a mark where real texts are as good."""
    sizes = [10, 100, 1000]
    lines = pd.concat(
        pd.DataFrame(
            {"panel": "accuracy", "source": source, "size": sizes, "value": [50, 60, end]}
        ).assign(low=45, high=95)
        for source, end in (("real", 90), ("zero_shot", 70.0), ("few_shot", 70.1))
    )
    marks = [("zero_shot", 70.0, 400.0), ("few_shot", 70.1, np.nan)]
    table = pd.DataFrame(marks, columns=["source", "value", "labels"])
    table = table.assign(panel="accuracy", size=1000)
    (axes,) = worth.curves(lines, table, SOURCES, "a note").axes
    named = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert set(named) == {"real", "zero-shot", "few-shot"}
    assert named["few-shot"] - named["zero-shot"] > 1  # apart, though their ends are not
    assert markers(axes, "|") == [400]
