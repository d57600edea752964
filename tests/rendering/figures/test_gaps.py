"""The figure of gaps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.rendering import style
from stages.rendering.figures import gaps

Build = Callable[..., pd.DataFrame]
SOURCES = ["real", "zero_shot", "few_shot"]


def test_a_panel_a_model_and_metric_with_tasks_in_order(score_rows: Build, averages: Build) -> None:
    """Tasks stand from the top in the grid's order, their mean below; dots lie at the gaps."""
    table = score_rows(["b_task", "a_task"], ["probe", "bert"], SOURCES)
    with style.apply():
        figure = gaps.draw(table, averages(table), 0.95, "a note")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        *("probe: accuracy", "probe: macro-F1", "bert: accuracy", "bert: macro-F1")
    ]
    assert figure.get_supxlabel().endswith("a note")
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["b_task", "a_task", gaps.MEAN]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    dots = [line for line in axes.lines if line.get_marker() in style.MARKERS.values()]
    places = np.unique(np.concatenate([np.asarray(dot.get_xdata()) for dot in dots]))
    assert places == pytest.approx([-20, -10])


@pytest.mark.parametrize(("p_holm", "colour"), [(0.01, style.VERMILLION), (0.2, "white")])
def test_sure_gaps_are_filled(
    score_rows: Build, averages: Build, p_holm: float, colour: str
) -> None:
    """A filled marker tells a corrected p below one less the level."""
    table = score_rows(["topics"], ["probe"], SOURCES[:2], p_holm=p_holm)
    with style.apply():
        figure = gaps.draw(table, averages(table), 0.95, "a note")
    (dot,) = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert dot.get_markerfacecolor() == colour


def test_without_gaps_a_sentence_says_so(
    score_rows: Build, averages: Build, tmp_path: Path
) -> None:
    """The figure exists, as DVC expects its file, and says why it is empty."""
    table = score_rows(["topics"], ["probe"], ["real"])
    with style.apply():
        figure = gaps.draw(table, averages(table), 0.95, "a note")
    style.save(figure, tmp_path / "gaps.svg")
    assert figure.texts[0].get_text().startswith("No gaps: `real` is the only source")
    assert (tmp_path / "gaps.svg").exists()
