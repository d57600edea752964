"""A picture as an SVG file, the same bytes for the same picture."""

from pathlib import Path

from stages.core import files
from stages.rendering.content.page import Picture
from stages.rendering.figures import style


def write(picture: Picture, path: Path) -> None:
    """Write the drawing with its title and its message, which browsers and screen readers tell."""
    stamp = {
        "Date": None,
        "Creator": None,
        "Title": picture.title,
        "Description": picture.alternative,
    }
    with style.apply(), files.replacing(path) as temporary:
        picture.figure.savefig(temporary, format="svg", metadata=stamp, bbox_inches="tight")
