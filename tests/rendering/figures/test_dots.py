"""Dots with whiskers, task by task."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from stages.rendering.figures import dots, style

SOURCES = ("real", "zero_shot", "few_shot")


def table(*names: str, panels: tuple[str, ...] = ("accuracy", "macro-F1")) -> pd.DataFrame:
    """A number of every panel, task and source but real: -10 and -20."""
    rows = [
        (panel, task, source, -10.0 * (place + 1), -10.0 * (place + 1) - 4, 0.0)
        for panel in panels
        for task in names
        for place, source in enumerate(SOURCES[1:])
    ]
    return pd.DataFrame(rows, columns=["panel", "task", "source", "value", "low", "high"])


def marks(axes: Axes) -> list[tuple[float, str]]:
    """Where the markers are, and their shapes."""
    return [
        (float(x), str(line.get_marker()))
        for line in axes.lines
        if line.get_marker() in style.MARKERS.values()
        for x in np.asarray(line.get_xdata())
    ]


def test_a_panel_per_kind_with_tasks_in_order() -> None:
    """Tasks from the top in the table's order, their mean below; dots are at the values."""
    figure = dots.draw(table("b_task", "a_task", dots.MEAN), SOURCES, "a note", zero=True)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["accuracy", "macro-F1"]
    assert figure.get_supxlabel() == "a note"
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b_task", "a_task", dots.MEAN]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert set(marks(axes)) == {(-10.0, "s"), (-20.0, "^")}


def test_panels_fill_rows_of_two() -> None:
    """Of three panels the fourth place stays empty."""
    figure = dots.draw(table("news", panels=("a", "b", "c")), SOURCES, "a note")
    assert [axes.axison for axes in figure.axes] == [True, True, True, False]


@pytest.mark.parametrize(("sure", "colour"), [(True, style.VERMILLION), (False, "white")])
def test_sure_values_are_filled(sure: bool, colour: str) -> None:
    """A hollow marker shows what may be chance."""
    rows = table("topics", panels=("accuracy",))[:1].assign(sure=sure)
    (axes,) = dots.draw(rows, SOURCES, "a note").axes
    (dot,) = [line for line in axes.lines if len(np.asarray(line.get_xdata()))]
    assert (dot.get_marker(), dot.get_markerfacecolor()) == ("s", colour)


def test_an_inner_range_is_a_bar() -> None:
    """A thin line, a thick bar and a hollow marker for each task and source."""
    rows = table("news", panels=("a",)).assign(inner_low=-12.0, inner_high=-8.0)
    (axes,) = dots.draw(rows, SOURCES, "a note").axes
    widths = sorted(float(lines.get_linewidths()[0]) for lines in axes.collections)  # type: ignore[attr-defined]
    assert widths == [1.2, 1.2, 3.5, 3.5]
    shown = [line for line in axes.lines if len(np.asarray(line.get_xdata()))]
    assert {line.get_markerfacecolor() for line in shown} == {"white"}


def test_series_name_their_rows() -> None:
    """One row of the figure is one name; columns without numbers are left out."""
    found = dots.series(table("news").assign(sure=np.nan))
    assert found["row"][0] == "news, zero-shot" and "sure" not in found
