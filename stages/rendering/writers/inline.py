"""A picture as SVG inside a page: small, in the page's own fonts and colours.

Text stays text. Identifiers that nothing refers to are left out, the others get the page's prefix,
so that no two figures of a page share one. Black and white become the page's ink and paper, which
a dark theme exchanges, and the palette's three dark colours are lighter there.
"""

import io
import re
from collections import Counter
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from stages.rendering.content.page import Picture
from stages.rendering.figures import style

# What the page's style sheet says instead.
_DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>"
    r"|<style type=\"text/css\">.*?</style>",
    re.DOTALL,
)
_COLOURS = {
    "#000000": "var(--ink)",
    "#ffffff": "var(--paper)",
    "#e3e3e3": "var(--rule)",
    "#6e6e6e": "var(--dim)",
    "#0072b2": "var(--blue)",
    "#d55e00": "var(--vermillion)",
    "#009e73": "var(--green)",
}
_SHAPES = re.compile(r' (d|x|y|transform|width|height|points)="([^"]*)"')
PIXELS = 4 / 3  # of a point
SHARED = 8  # uses from which a style gets a class
_STYLE = re.compile(r' style="([^"]*)"(?=[ />])')
_FONT = re.compile(r"font: ?([\d.]+)px [^;\"]*|font-family:[^;\"]*;?")


def render(picture: Picture, prefix: str) -> str:
    """The drawing as an `<svg>` element that tells its message to those who cannot see it.

    A figure that was drawn before keeps its layout, which takes most of the time.
    """
    drawn = io.StringIO()
    picture.figure.set_layout_engine("none")
    with style.apply(), style.as_text():
        picture.figure.savefig(drawn, format="svg", metadata={"Date": None})
    return small(drawn.getvalue(), picture.alternative, prefix)


def small(svg: str, alternative: str, prefix: str) -> str:
    """An SVG file of matplotlib as an element of a page."""
    svg = _DROPPED.sub("", svg).replace("xlink:href", "href")
    used = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda m: m[0] if m[1] in used else "", svg)
    for place, name in enumerate(sorted(used)):
        svg = re.sub(rf'(\bid="|url\(#|href="#){name}(?=["\)])', rf"\g<1>{prefix}-{place}", svg)
    svg = _SHAPES.sub(lambda m: f' {m[1]}="{_rounded(m[2])}"', svg)
    svg = re.sub(r' transform="rotate\(-?0 [^"]*"', "", svg)
    svg = re.sub(r' style="([^"]*)"', lambda m: f' style="{_styled(m[1])}"', svg)
    box = re.search(r'viewBox="[\d. ]+ ([\d.]+) ([\d.]+)"', svg)
    if not box:
        raise ValueError("expected a viewBox, found none")
    head = (
        f'<svg class="plot" role="img" aria-label={quoteattr(alternative)} '
        f'width="{PIXELS * float(box[1]):.0f}" height="{PIXELS * float(box[2]):.0f}" {box[0]}>'
    )
    svg = re.sub(r"<svg\b[^>]*>", lambda _: head, svg, count=1)
    svg = re.sub(r">\s+<", "><", svg.strip())
    return re.sub(r"<(g|defs)></\1>|<path[^>]*style=\"fill:none\"/>", "", svg)


def _rounded(shape: str) -> str:
    """Coordinates to a tenth of a point, without the blanks that no reader needs."""
    shape = re.sub(r"-?\d+\.\d+", lambda m: f"{round(float(m[0]), 1) + 0.0:g}", shape)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", shape.strip()) if shape[:1] == "M" else shape


def _styled(style_: str) -> str:
    for colour, name in _COLOURS.items():
        style_ = style_.replace(colour, name)
    style_ = _FONT.sub(lambda m: f"font-size:{float(m[1]):g}px" if m[1] else "", style_)
    return re.sub(r"\s*([:;])\s*", r"\1", style_).strip(";")


def shared(drawn: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The styles that a page's figures share as one style sheet, and the figures without them.

    >>> shared({"a": '<path style="fill:red"/>' * 9})[0]
    '.p0{fill:red}'
    """
    found = Counter(style for svg in drawn.values() for style in _STYLE.findall(svg))
    common = [style for style, count in found.items() if count > SHARED]
    classes = {style: f"p{place}" for place, style in enumerate(common)}

    def classed(match: re.Match[str]) -> str:
        return f' class="{classes[match[1]]}"' if match[1] in classes else match[0]

    sheet = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    return sheet, {name: _STYLE.sub(classed, svg) for name, svg in drawn.items()}
