"""Accuracy against agreement: a line where there are three thresholds, whiskers where not."""

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from stages.rendering.figures import agreement

SOURCES = ("real", "zero_shot")


def points(tasks: tuple[str, ...], fit: float) -> pd.DataFrame:
    """Three thresholds of every task, for two sources."""
    rows = [
        (task, "probe", source, gamma, items, 0.8, 0.7, 0.9, fit)
        for task in tasks
        for source in SOURCES
        for gamma, items in ((0.5, 100), (0.75, 60), (1.0, 30))
    ]
    columns = ["task", "model", "source", "gamma", "items", "accuracy", "low", "high", "fit"]
    return pd.DataFrame(rows, columns=columns)


def test_a_panel_per_task_with_all_sources() -> None:
    """Five panels, the spare place empty; a band, points and a line per source; its slope above."""
    slopes = {("a", "probe", "zero_shot"): "zero-shot: slope 0.1"}
    figure = agreement.draw(points(tuple("abcde"), 0.8), slopes, SOURCES, "a note")
    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in shown] == [f"{t}, probe" for t in "abcde"]
    assert len(figure.axes) == 6
    assert len(shown[0].lines) == 4 and len(shown[0].collections) == 2
    assert [text.get_text() for text in shown[0].texts] == ["zero-shot: slope 0.1"]
    assert figure.get_supxlabel().endswith("a note")


def test_no_line_is_drawn_without_a_fit() -> None:
    """Points stay, with whiskers; the line has nothing but NaN."""
    rows = points(("a",), np.nan).query("source == 'zero_shot'")
    (axes,) = agreement.draw(rows, {}, SOURCES, "note").axes
    assert np.isnan(np.asarray(axes.lines[1].get_ydata(), dtype=float)).all()
    assert [type(found) for found in axes.collections] == [LineCollection]


def test_counts_of_texts_left_stand_on_top() -> None:
    """The number of texts at each threshold is readable."""
    top = agreement.draw(points(("a",), 0.8), {}, SOURCES, "note").axes[0].child_axes[0]
    assert {label.get_text() for label in top.get_xticklabels()} == {"100", "60", "30"}
