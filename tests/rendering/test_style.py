"""The look of the figures: stable files, a look for every source."""

from pathlib import Path

from matplotlib.figure import Figure

from stages.rendering import style


def _draw() -> Figure:
    with style.apply():
        figure = style.figure(3, 2)
        axes = figure.subplots()
        axes.plot([0, 1], [1, 0], marker="o", label="a line")
        axes.legend()
    return figure


def test_an_svg_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Two drawings of the same data are the same file, and hold no date and no place."""
    for name in ("one.svg", "two.svg"):
        style.save(_draw(), tmp_path / name, "A line")
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
    assert "<title>A line</title>" in text
    assert "dc:date" not in text
    assert str(tmp_path) not in text


def test_letters_are_paths(tmp_path: Path) -> None:
    """No font of the reader's machine is asked for."""
    style.save(_draw(), tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert "<text" not in text
    assert "<title>figure</title>" in text


def test_the_callers_settings_do_not_leak_in(tmp_path: Path) -> None:
    """A user's own matplotlibrc changes nothing, and ours does not outlast the block."""
    import matplotlib as mpl

    style.save(_draw(), tmp_path / "one.svg", "Same")
    with mpl.rc_context({"font.size": 20, "axes.grid": False, "axes.facecolor": "red"}):
        style.save(_draw(), tmp_path / "two.svg", "Same")
        assert mpl.rcParams["font.size"] == 20
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_each_source_has_a_look_of_its_own() -> None:
    """Known sources keep theirs in any company; others get one that none of these has."""
    sources = ["mine", *style.PALETTE, "yours"]
    found = style.looks(sources)
    assert list(found) == sources
    assert found["real"] == style.looks(["real"])["real"]
    assert len({look.colour for look in found.values()}) == len(sources)
    assert len({look.marker for look in found.values()}) == len(sources)


def test_names_are_shown_without_underscores() -> None:
    """Names of params become words."""
    assert style.title("zero_shot") == "zero-shot"
    assert style.title("real_pool") == "real pool"
