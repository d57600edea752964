"""The ranking and the scatter: names legible, nothing overlapping, the same bytes again."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.rendering import style
from stages.rendering.figures import subjectivity

pytest.importorskip("adjustText")


def crowded() -> pd.DataFrame:
    """Ten tasks, several of them at almost the same place."""
    x = np.array([0.0, 0.1, 0.2, 0.3, 1.0, 1.05, 2.0, 2.1, 3.0, 3.05])
    gap = np.array([0.0, 0.01, 0.0, -0.01, -0.05, -0.05, -0.1, -0.1, -0.2, -0.21])
    frame = pd.DataFrame({"task": [f"a_long_task_{i}" for i in range(10)], "subjectivity": x})
    frame = frame.assign(model="probe", source="zero_shot", gap=gap)
    return frame.assign(low=gap - 0.05, high=gap + 0.05)


def band() -> pd.DataFrame:
    """A line with its band."""
    frame = pd.DataFrame({"x": [0.0, 3.0], "fit": [0.0, -0.2], "low": -0.3, "high": 0.1})
    return frame.assign(model="probe", source="zero_shot")


def test_names_do_not_overlap() -> None:
    """No two names share a place, none lies on a marker, and all lie inside the figure."""
    words = {("probe", "zero_shot"): "rho"}
    with style.apply():
        figure = subjectivity.scatter(crowded(), band(), words, "a note")
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        names = [t for t in figure.axes[0].texts if t.get_text().startswith("a_long_task")]
        boxes = [name.get_window_extent(renderer) for name in names]
        points = list(zip(crowded()["subjectivity"], 100 * crowded()["gap"], strict=True))
        assert subjectivity.covered(figure.axes[0], names, points) == 0
        names[0].set_position(names[1].get_position())
        assert subjectivity.covered(figure.axes[0], names, points) > 0
    assert len(boxes) == 10
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= b.x0 and b.x1 <= figure.bbox.x1 for b in boxes)


def test_scatter_is_the_same_bytes_again(tmp_path: Path) -> None:
    """Moving the names apart goes by steps, not by time."""
    found = []
    for name in ("a", "b"):
        with style.apply():
            figure = subjectivity.scatter(
                crowded(), band(), {("probe", "zero_shot"): "rho"}, "note"
            )
        style.save(figure, tmp_path / f"{name}.svg", "caption")
        found.append((tmp_path / f"{name}.svg").read_bytes())
    assert found[0] == found[1]


def test_scatter_of_nothing_says_so() -> None:
    """The reason takes the figure's place."""
    with style.apply():
        figure = subjectivity.scatter(crowded()[:0], band()[:0], {}, "", "No votes on humor.")
    assert figure.texts[0].get_text() == "No votes on humor."


@pytest.mark.parametrize("interval", [True, False])
def test_ranking_has_a_row_and_stars_for_each_task(interval: bool) -> None:
    """Names on the left, stars on the right; with one voter no interval."""
    table = pd.DataFrame({"task": ["a", "b"], "stars": [1, 5], "subjectivity": [-1.0, 1.0]})
    if interval:
        table = table.assign(low=[-1.5, 0.5], high=[-0.5, 1.5])
    with style.apply():
        figure = subjectivity.rank(table, "who voted")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    right = axes.child_axes[0]
    assert [label.get_text() for label in right.get_yticklabels()] == ["★", "★★★★★"]
    assert len(axes.lines) == (4 if interval else 2)
