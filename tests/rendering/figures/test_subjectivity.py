"""The ranking and the scatter: every task can be found in both."""

import numpy as np
import pandas as pd
import pytest

from stages.rendering.figures import subjectivity

SOURCES = ("real", "zero_shot", "few_shot")


def scattered() -> pd.DataFrame:
    """Ten tasks and two sources, the tasks not in the order of their ranks."""
    rank = np.array([10, *range(1, 10)])
    frame = pd.DataFrame({"task": [f"t{r}" for r in rank], "rank": rank, "subjectivity": rank / 2})
    frame = frame.assign(model="probe", gap=-0.01 * rank)
    frame = frame.assign(low=frame["gap"] - 0.05, high=frame["gap"] + 0.05)
    return pd.concat([frame.assign(source=source) for source in SOURCES[1:]])


def test_scatter_numbers_the_tasks_by_rank() -> None:
    """Each point has its task's number, and the key below names all numbers in order."""
    band = pd.DataFrame({"x": [0.5, 5.0], "fit": [0.0, -0.1], "low": -0.2, "high": 0.1})
    band = band.assign(model="probe", source="zero_shot")
    words = {("probe", source): f"rho of {source}" for source in SOURCES[1:]}
    figure = subjectivity.scatter(scattered(), band, words, SOURCES, "a note")
    first, second = figure.axes
    assert first.get_title(loc="left") == "zero-shot, probe\n"
    said = {text.get_text(): text for text in first.texts}
    assert said.pop("rho of zero_shot")
    places = {name: text.xy for name, text in said.items()}  # type: ignore[attr-defined]
    assert places["10"] == (5.0, pytest.approx(-10)) and set(places) == {
        str(n) for n in range(1, 11)
    }
    assert len(first.lines) == len(second.lines) + 1  # the regression line
    key = " ".join(figure.get_supxlabel().split())
    assert "1 t1 2 t2 3 t3" in key and "10 t10" in key and key.endswith("a note")


@pytest.mark.parametrize("interval", [True, False])
def test_ranking_has_a_row_and_stars_for_each_task(interval: bool) -> None:
    """Numbered names on the left, stars on the right; with one voter no interval."""
    table = pd.DataFrame(
        {"task": ["a", "b"], "rank": [1, 2], "stars": [1, 5], "subjectivity": [-1.0, 1.0]}
    )
    if interval:
        table = table.assign(low=[-1.5, 0.5], high=[-0.5, 1.5])
    (axes,) = subjectivity.rank(table, "who voted").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1  a", "2  b"]
    right = axes.child_axes[0]
    assert [label.get_text() for label in right.get_yticklabels()] == ["★", "★★★★★"]
    assert len(axes.lines) == (4 if interval else 2)
