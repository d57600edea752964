"""The figure of training curves."""

import pandas as pd

from stages.core.records import CURVE
from stages.rendering.figures import curves, style


def test_a_line_per_source_and_seed() -> None:
    """Panels by task and by model and value; every seed is a line that ends in its marker."""
    rows = [
        ("topics", source, "bert", seed, step, 1 / step, 1.1 / step, 1 - 1 / step)
        for source in ("real", "few_shot")
        for seed in (0, 1, 2)
        for step in (5, 10, 15)
    ]
    table = pd.DataFrame(rows, columns=["task", "source", "model", *CURVE])
    figure = curves.draw(table, ("real", "zero_shot", "few_shot"), "a note")
    assert len(figure.axes) == len(curves.VALUES)
    axes = figure.axes[2]
    assert axes.get_title(loc="left") == "bert: validation macro-F1"
    assert figure.get_supxlabel().endswith("a note")
    lines = [line for line in axes.lines if len(line.get_path()) == 3]
    ends = [line for line in axes.lines if len(line.get_path()) == 1]
    assert len(lines) == len(ends) == 6
    assert {end.get_marker() for end in ends} == {style.MARKERS["real"], style.MARKERS["few_shot"]}
