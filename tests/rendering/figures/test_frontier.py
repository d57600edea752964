"""Score against cost."""

import numpy as np
import pandas as pd

from stages.rendering.figures import frontier, style
from stages.rendering.figures.frontier import Label

SOURCES = ("real", "zero_shot", "prompted")
ROWS = [  # kind, source, usd, value, order, sure
    ("alone", "real", 1.0, 50.0, np.nan, False),
    ("alone", "real", 100.0, 90.0, 2, True),
    ("alone", "zero_shot", 0.0, 60.0, 0, True),
    ("alone", "zero_shot", 1.0, 70.0, 1, False),
    ("with_real", "zero_shot", 3.0, 70.0, np.nan, False),
    ("run_time", "prompted", 500.0, 88.0, np.nan, False),
]


def table() -> pd.DataFrame:
    """The points, four points wide to either side."""
    found = pd.DataFrame(ROWS, columns=["kind", "source", "usd", "value", "order", "sure"])
    return found.assign(low=found["value"] - 4, high=found["value"] + 4)


def test_a_name_per_way() -> None:
    """Log money; a way's name once, in its colour."""
    (axes,) = frontier.draw(table(), SOURCES, "accuracy", "a note").axes
    assert axes.get_xscale() == "log" and axes.get_ylabel() == "accuracy, per cent"
    names = {text.get_text(): text.get_color() for text in axes.texts}
    assert names == {
        "real": style.BLUE,
        "zero-shot": style.VERMILLION,
        "the LLM at run time": style.GREY,
    }


def test_the_frontier_is_marked() -> None:
    """Hollow where the gain is within noise; what is free stands at the least sum."""
    axes = frontier.draw(table(), SOURCES, "accuracy", "a note").axes[0]
    marks = {
        (float(np.asarray(line.get_xdata())[0]), str(line.get_markerfacecolor()))
        for line in axes.lines
        if line.get_marker() in ("o", "s") and len(np.asarray(line.get_xdata())) == 1
    }
    assert marks == {
        (frontier.LEAST, style.VERMILLION),
        (1.0, "white"),
        (100.0, style.BLUE),
    }
    lines = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert [1.0, 3.0] in [np.asarray(line.get_xdata()).tolist() for line in lines]


def test_no_name_covers_another() -> None:
    """Names at the same place stand below one another; distant ones stay where they are."""
    same = [Label(f"way {n}", "k", 0.5, 0.8) for n in range(4)]
    far = Label("other", "k", 0.0, 0.8)
    heights = [y for label, y in frontier.placed([*same, far]) if label != far]
    assert np.all(np.diff(sorted(heights)) > 0.04)
    assert dict(frontier.placed([*same, far]))[far] == 0.8


def test_the_series_names_ways() -> None:
    """What is on the frontier, and every point's way."""
    found = frontier.series(table())
    assert list(found["way"])[-2:] == ["zero-shot with real", "the LLM at run time"]
    assert list(found["frontier"]) == ["no", "yes", "yes", "yes", "no", "no"]
