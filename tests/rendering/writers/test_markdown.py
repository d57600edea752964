"""A page in Markdown says all that it holds, and shows every text as it is."""

from pathlib import PurePosixPath

import pandas as pd
from matplotlib.figure import Figure

from stages.rendering.content.page import Cell, Code, Column, Page, Picture, Table, plain
from stages.rendering.writers import markdown

TABLE = Table(
    "probe",
    (Column("task"), Column("accuracy", "real", True), Column("accuracy", "zero_shot", True)),
    ((Cell("topics"), Cell("90.0", "[85.0, 95.0]"), Cell("80.0", "[75.0, 85.0]†")),),
    ((Cell("mean"), Cell("90.0"), Cell()),),
    ("Per cent.",),
)
PICTURE = Picture("gaps", "Gaps", "Gap of -3 points.", Figure(), pd.DataFrame())
PAGE = Page(
    "table",
    "Heading",
    ("Above.",),
    ("Few texts.",),
    (PICTURE,),
    (TABLE,),
    (("See ", Code("a_b.md"), "."),),
)


def test_markdown_by_hand() -> None:
    """Heading, lead, warnings, figures, tables with their notes and totals in bold, notes."""
    assert markdown.render(PAGE, PurePosixPath("figures")) == (
        "# Heading\n\nAbove.\n\n> **Warning:** Few texts.\n\n"
        "![Gap of -3 points.](figures/gaps.svg)\n\n## probe\n\n"
        "| task | real accuracy | zero-shot accuracy |\n"
        "| --- | ---: | ---: |\n"
        "| topics | 90.0 [85.0, 95.0] | 80.0 [75.0, 85.0]† |\n"
        "| **mean** | **90.0** |  |\n\nPer cent.\n\nSee `a_b.md`.\n"
    )


def test_markup_in_a_text_shows_as_it_is() -> None:
    """A name from outside can neither end a cell, nor break a line, nor mark anything up."""
    nasty = "a|b *c* `d`\n<img> _e_ f_g ~~h~~"
    table = Table("t", (Column("name"),), ((Cell(nasty),),))
    page = Page("n", nasty, (nasty,), tables=(table,))
    shown = r"a\|b \*c\* \`d\` \<img> \_e\_ f_g \~\~h\~\~"
    lines = markdown.render(page, PurePosixPath()).splitlines()
    assert lines[0] == f"# {shown}" and lines[2] == shown and lines[-1] == f"| {shown} |"


def test_what_is_no_markup_stays_plain() -> None:
    """A comparison, and an underscore inside a word."""
    page = Page("n", "h", ("p < 0.05 of tweet_irony",))
    assert markdown.render(page, PurePosixPath()).splitlines()[2] == "p < 0.05 of tweet_irony"


def test_code_keeps_its_letters() -> None:
    """Nothing is escaped inside code, and a plain reader sees the words alone."""
    note = ("Run ", Code("dvc repro *_x"), ".")
    page = Page("n", "h", (note,))
    assert markdown.render(page, PurePosixPath()).splitlines()[2] == "Run `dvc repro *_x`."
    assert plain(note) == "Run dvc repro *_x." and plain("a") == "a"
