"""The look of the figures: stable files, a look for every source."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from stages.rendering.content.page import Picture
from stages.rendering.figures import style
from stages.rendering.writers import svg


@style.drawn
def _draw() -> Figure:
    figure = style.figure(3, 2)
    axes = figure.subplots()
    axes.plot([0, 1], [1, 0], marker="o", label="a line")
    axes.legend()
    return figure


def _write(path: Path) -> bytes:
    svg.write(Picture("line", "A line", "It falls.", _draw(), pd.DataFrame()), path)
    return path.read_bytes()


def test_an_svg_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Two drawings of the same data are the same file, and hold no date and no place."""
    text = _write(tmp_path / "one.svg").decode()
    assert text == _write(tmp_path / "two.svg").decode()
    assert "<title>A line</title>" in text and "It falls." in text
    assert "dc:date" not in text
    assert str(tmp_path) not in text


def test_letters_are_paths(tmp_path: Path) -> None:
    """No font of the reader's machine is asked for."""
    assert b"<text" not in _write(tmp_path / "figure.svg")


def test_the_callers_settings_do_not_leak_in(tmp_path: Path) -> None:
    """A user's own matplotlibrc changes nothing, and ours does not outlast the drawing."""
    import matplotlib as mpl

    first = _write(tmp_path / "one.svg")
    with mpl.rc_context({"font.size": 20, "axes.grid": False, "axes.facecolor": "red"}):
        assert _write(tmp_path / "two.svg") == first
        assert mpl.rcParams["font.size"] == 20


def test_each_source_has_a_look_of_its_own() -> None:
    """Known sources keep theirs in any company; others get one that none of these has."""
    sources = ["mine", *style.PALETTE, "yours"]
    found = style.looks(sources)
    assert list(found) == sources
    assert found["real"] == style.looks(["real"])["real"]
    assert len({look.colour for look in found.values()}) == len(sources)
    assert len({look.marker for look in found.values()}) == len(sources)


@pytest.mark.parametrize("present", [["yours"], ["mine", "yours", "real"]])
def test_a_source_looks_the_same_in_every_figure(present: list[str]) -> None:
    """Whichever of the grid's sources a figure shows."""
    sources = ["mine", "real", "yours"]
    found = style.shown(sources, pd.DataFrame({"source": present}))
    assert set(found) == set(present)
    assert found["yours"] == style.looks(sources)["yours"]
