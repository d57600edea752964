"""Accuracy against agreement: lines where there is spread, words where there is none."""

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from stages.rendering import style
from stages.rendering.figures import agreement


def points(tasks: tuple[str, ...], fit: float) -> pd.DataFrame:
    """Three thresholds of every task, for two sources."""
    rows = [
        (task, "probe", source, gamma, items, 0.8, 0.7, 0.9, fit)
        for task in tasks
        for source in ("real", "zero_shot")
        for gamma, items in ((0.5, 100), (0.75, 60), (1.0, 30))
    ]
    columns = ["task", "model", "source", "gamma", "items", "accuracy", "low", "high", "fit"]
    return pd.DataFrame(rows, columns=columns)


def test_a_panel_a_task_with_the_chosen_sources_only() -> None:
    """Five panels, three across, the spare place empty; a band, points and a line a source."""
    with style.apply():
        figure = agreement.draw(
            points(("a", "b", "c", "d", "e"), 0.8), {}, ["real"], ["No line: f."], "note"
        )
    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in shown] == [f"{t}, probe" for t in "abcde"]
    assert len(figure.axes) == 6
    assert len(shown[0].lines) == 2 and len(shown[0].collections) == 1
    assert "No line: f." in str(figure.get_supxlabel())


def test_no_line_is_drawn_without_a_fit() -> None:
    """Points stay, with whiskers; the line has nothing but NaN."""
    with style.apply():
        figure = agreement.draw(points(("a",), np.nan), {}, ["zero_shot"], [], "note")
    (axes,) = figure.axes
    assert np.isnan(np.asarray(axes.lines[1].get_ydata(), dtype=float)).all()
    assert [type(found) for found in axes.collections] == [LineCollection]


def test_counts_of_texts_left_stand_on_top() -> None:
    """The number of texts at each threshold is readable."""
    with style.apply():
        figure = agreement.draw(points(("a",), 0.8), {}, ["real"], [], "note")
        top = figure.axes[0].child_axes[0]
        labels = {label.get_text() for label in top.get_xticklabels()}
    assert labels == {"100", "60", "30"}


def test_no_spread_anywhere_is_said_in_words() -> None:
    """Each task's reason is named."""
    with style.apply():
        figure = agreement.draw(points(("a",), 0.8)[:0], {}, ["real"], ["a: too little."], "note")
    assert figure.texts[0].get_text().startswith("Nothing to draw")
    assert "a: too little." in figure.texts[0].get_text()
