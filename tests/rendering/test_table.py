"""Tables as Markdown and as drawings."""

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from stages.rendering import style
from stages.rendering.table import Cell, Column, Row, Table, draw, markdown

COLUMNS = (Column("", "task"), Column("real", "accuracy"), Column("zero_shot", "accuracy"))
TABLE = Table(
    "probe",
    COLUMNS,
    (Row((Cell("topics"), Cell("90.0", "[85.0, 95.0]"), Cell("80.0", "[75.0, 85.0]†"))),),
    (Row((Cell("mean"), Cell("90.0"), Cell(""))),),
)


def test_markdown_by_hand() -> None:
    """Headings, one line a row, totals in bold, first note above, others below."""
    assert markdown("Heading", [TABLE], ["Above.", "Below."]) == (
        "# Heading\n\nAbove.\n\n## probe\n\n"
        "| task | real accuracy | zero-shot accuracy |\n"
        "| --- | ---: | ---: |\n"
        "| topics | 90.0 [85.0, 95.0] | 80.0 [75.0, 85.0]† |\n"
        "| **mean** | **90.0** |  |\n\nBelow.\n"
    )


def test_nothing_overlaps_in_the_drawing() -> None:
    """No two words of a large table cover each other, and all lie on the page."""
    sources = ("real", "zero_shot", "few_shot", "real_pool", "augmented")
    numbers = [Column(source, name) for source in sources for name in ("accuracy", "macro-F1")]
    cells = (Cell("financial_phrasebank"), *[Cell("−10.0", "[−10.0, −10.0]†")] * 10)
    table = Table("A title", (Column("", "task"), *numbers), (Row(cells),) * 15, (Row(cells),) * 2)
    note = "A note about what these numbers are and where they come from. " * 9
    with style.apply():
        figure = draw("A heading", [table, TABLE], [note, note])
        renderer = RendererAgg(*figure.bbox.size, figure.dpi)  # type: ignore[no-untyped-call]
        boxes = [
            text.get_window_extent(renderer)
            for text in figure.findobj(Text)
            if isinstance(text, Text) and text.get_text()
        ]
    page = figure.bbox
    assert len(boxes) > 15 * 20
    for box in boxes:
        assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1
        assert page.y0 <= box.y0 and box.y1 <= page.y1
    ends = np.array([box.extents for box in boxes])
    apart = (ends[:, None, 2:] <= ends[None, :, :2]).any(axis=2)
    assert (apart | apart.T | np.eye(len(ends), dtype=bool)).all()
