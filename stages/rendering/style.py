"""The one look of all figures: colours and markers by source, fonts, and SVG files that never vary.

Colours are Okabe and Ito's palette, which people with any colour vision can tell apart ("Color
Universal Design", 2008); every source also has a marker of its own, so that no figure rests on
colour alone. Glyphs are drawn as paths and identifiers are hashed with a fixed salt: the same
figure is the same bytes, and looks the same everywhere.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stages.core import files

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

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
}
MARKERS = {"real": "o", "zero_shot": "s", "few_shot": "^", "real_pool": "D", "augmented": "P"}
_SPARE_COLOURS = (ORANGE, BLACK, GREY, YELLOW)
_SPARE_MARKERS = ("v", "X", "<", ">", "*", "p", "h")

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


def title(name: str) -> str:
    """A source's or strategy's name as shown to people: `zero_shot` is zero-shot.

    Tasks and models keep the names by which they are typed.
    """
    return name.replace("_shot", "-shot").replace("_", " ")


@contextmanager
def apply() -> Iterator[None]:
    """Draw inside this block: `with style.apply(): figure = style.figure(6, 4); ...`."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own matplotlibrc says
        mpl.rcParams.update(_RC)
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that fits its parts together by constrained layout.

    It belongs to no backend and no global list, so nothing has to be closed.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def sentence(text: str) -> Figure:
    """A figure that says in words why there is nothing to draw."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, 110)]
    empty = figure(6, 0.4 + 0.2 * len(lines))
    empty.set_layout_engine("none")
    empty.text(0, 0.5, "\n".join(lines), va="center")
    return empty


def few_ticks(axes: Axes) -> None:
    """So few numbers on the x axis that they do not touch, however many digits they have."""
    axes.locator_params(axis="x", nbins=6)


def legend(figure: Figure, sources: Sequence[str]) -> None:
    """Name the sources' colours and markers above the figure's panels."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, label=title(source))
        for source, look in looks(sources).items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=min(6, len(sources)))


def save(figure: Figure, path: Path, caption: str = "") -> None:
    """Write the figure as SVG, the same bytes for the same figure.

    `caption` is the title that a browser or a screen reader tells; by default the file's name.
    """
    stamp = {"Date": None, "Creator": None, "Title": caption or title(path.stem)}
    with apply(), files.replacing(path) as temporary:
        figure.savefig(temporary, format="svg", metadata=stamp, bbox_inches="tight")
