"""The one look of all figures: fonts, and a colour and a marker per source.

Colours are Okabe and Ito's palette, which people with any colour vision can distinguish ("Color
Universal Design", 2008); every source also has a marker of its own, so that no figure rests on
colour alone. Glyphs are drawn as paths and identifiers are hashed with a fixed salt: the same
figure is the same bytes, and looks the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec

from stages.rendering.content import words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

P = ParamSpec("P")

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
MARKER = 5.5  # points
GREY = "#6E6E6E"  # zero lines, notes
PALETTE = {
    "real": BLUE,
    "zero_shot": VERMILLION,
    "few_shot": GREEN,
    "real_pool": SKY,
    "augmented": PURPLE,
    "attributed": ORANGE,
    "labelled": BLACK,
    "prompted": GREY,
}
MARKERS = {
    "real": "o",
    "zero_shot": "s",
    "few_shot": "^",
    "real_pool": "D",
    "augmented": "P",
    "attributed": "v",
    "labelled": "X",
    "prompted": "*",
}
_SPARE_COLOURS = ("#332288", "#882255", "#999933")  # of Paul Tol's muted colours
_SPARE_MARKERS = ("<", ">", "p", "h", "d")

_RC: dict[RcKeyType, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.titlesize": 11,
    "font.family": ["DejaVu Sans"],  # matplotlib brings it along
    "font.size": 9,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.markersize": MARKER,
    "savefig.facecolor": "white",  # readable on a dark page, too
    "svg.fonttype": "path",
    "svg.hashsalt": "synthworth",
    "xtick.color": GREY,
    "xtick.labelcolor": BLACK,
    "xtick.labelsize": 8,
    "ytick.color": GREY,
    "ytick.labelcolor": BLACK,
    "ytick.labelsize": 8,
}


class Look(NamedTuple):
    """How a source is drawn."""

    colour: str
    marker: str


def looks(sources: Iterable[str]) -> dict[str, Look]:
    """A look for each source: its own where the palette names it, else a spare one in turn."""
    found: dict[str, Look] = {}
    spare = 0
    for source in sources:
        if source in PALETTE:
            found[source] = Look(PALETTE[source], MARKERS[source])
            continue
        colour = _SPARE_COLOURS[spare % len(_SPARE_COLOURS)]
        found[source] = Look(colour, _SPARE_MARKERS[spare % len(_SPARE_MARKERS)])
        spare += 1
    return found


def shown(sources: Iterable[str], table: pd.DataFrame) -> dict[str, Look]:
    """The looks of those sources that the table's `source` names, the same in any table."""
    present = set(table["source"])
    return {source: look for source, look in looks(sources).items() if source in present}


@contextmanager
def apply() -> Iterator[None]:
    """The look, whatever the user's own settings are, inside this block."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


@contextmanager
def as_text() -> Iterator[None]:
    """Letters stay letters, in the fonts of the page that the drawing is part of."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none", "savefig.transparent": True}):
        yield


def drawn(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """`function`, which draws a figure, in this look."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with apply():
            return function(*args, **kwargs)

    return styled


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that fits its parts together by constrained layout.

    It belongs to no backend and no global list, so nothing has to be closed.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def few_ticks(axes: Axes) -> None:
    """So few numbers on the x axis that they do not touch, however many digits they have."""
    axes.locator_params(axis="x", nbins=6)


def legend(figure: Figure, chosen: Mapping[str, Look]) -> None:
    """Name the sources' colours and markers above the figure's panels."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, label=words.name(source))
        for source, look in chosen.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=min(6, len(handles)))
