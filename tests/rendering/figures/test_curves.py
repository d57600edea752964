"""The figure of training curves."""

from pathlib import Path

import pandas as pd

from stages.core.records import CURVE
from stages.rendering import style
from stages.rendering.figures import curves

COLUMNS = ["task", "source", "model", *CURVE]


def test_a_line_a_source_and_seed() -> None:
    """Panels by task and by model and value; every seed is a line that ends in its marker."""
    rows = [
        ("topics", source, "bert", seed, step, 1 / step, 1.1 / step, 1 - 1 / step)
        for source in ("real", "few_shot")
        for seed in (0, 1, 2)
        for step in (5, 10, 15)
    ]
    with style.apply():
        figure = curves.draw(pd.DataFrame(rows, columns=COLUMNS), "a note")
    assert len(figure.axes) == len(curves.VALUES)
    axes = figure.axes[2]
    assert axes.get_title(loc="left") == "bert: validation macro-F1"
    assert figure.get_supxlabel().endswith("a note")
    lines = [line for line in axes.lines if len(line.get_path()) == 3]
    ends = [line for line in axes.lines if len(line.get_path()) == 1]
    assert len(lines) == len(ends) == 6
    assert {end.get_marker() for end in ends} == {style.MARKERS["real"], style.MARKERS["few_shot"]}


def test_without_curves_a_sentence_says_so(tmp_path: Path) -> None:
    """The figure exists, as DVC expects its file, and says why it is empty."""
    with style.apply():
        figure = curves.draw(pd.DataFrame(columns=COLUMNS), "a note")
    style.save(figure, tmp_path / "curves.svg")
    assert figure.texts[0].get_text() == curves.NONE
    assert (tmp_path / "curves.svg").exists()
