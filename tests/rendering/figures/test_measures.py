"""Diversity and similarity, task by task."""

import numpy as np
import pandas as pd
import pytest

from stages.rendering import style
from stages.rendering.figures import measures

SOURCES = ("real", "zero_shot")


def test_a_panel_a_measure_and_a_dot_a_source() -> None:
    """Two measures of two tasks and two sources: four dots with whiskers in each panel."""
    rows = [
        (task, source, measure, 0.5, 0.4, 0.6)
        for task in ("news", "humor")
        for source in SOURCES
        for measure in ("chamfer", "remote_clique")
    ]
    columns = ["task", "source", "measure", "value", "low", "high"]
    with style.apply():
        figure = measures.draw(
            pd.DataFrame(rows, columns=columns),
            {"chamfer": "Chamfer", "remote_clique": "remote-clique"},
            "a note",
        )
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Chamfer", "remote-clique"]
    assert [len(axes.lines) for axes in figure.axes] == [8, 8]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["news", "humor"]


def test_boxes_show_quantiles() -> None:
    """A thin line, a bar and a marker for each task and source, at the quantiles."""
    rows = [("news", source, 0.1, 0.2, 0.3, 0.4, 0.5) for source in SOURCES]
    columns = ["task", "source", "p5", "p25", "p50", "p75", "p95"]
    with style.apply():
        figure = measures.boxes(pd.DataFrame(rows, columns=columns), "a note")
    (axes,) = figure.axes
    assert len(axes.lines) == 6
    assert np.asarray(axes.lines[0].get_xdata()).tolist() == [0.1, 0.5]
    assert np.asarray(axes.lines[2].get_xdata()).tolist() == [0.3]


@pytest.mark.parametrize("draw", ["draw", "boxes"])
def test_nothing_to_draw_is_said(draw: str) -> None:
    """A figure of words."""
    empty = pd.DataFrame(columns=["task", "source"])
    with style.apply():
        figure = measures.draw(empty, {}, "") if draw == "draw" else measures.boxes(empty, "")
    assert "too few texts" in figure.texts[0].get_text()
