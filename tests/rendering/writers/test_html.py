"""A report's file: escaped, closed to the network, in order for a screen reader."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from stages.rendering.writers import html, inline
from tests.rendering import made


class Read(HTMLParser):
    """What a parser finds: elements with attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element."""
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """What follows is not the script's."""
        self.elements.append((f"/{tag}", {}))

    def handle_data(self, data: str) -> None:
        """Collect a script's text."""
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data

    def of(self, *tags: str) -> list[tuple[str, dict[str, str | None]]]:
        """The elements of these kinds, in order."""
        return [each for each in self.elements if each[0] in tags]


@pytest.fixture(scope="module")
def file() -> str:
    """The file of two tasks."""
    return made.file("moods", "topics")


def test_no_text_becomes_an_element(file: str) -> None:
    """Neither texts, labels, prompts nor names: only the file's own scripts, and no image."""
    found = Read(file)
    assert not found.of("img", "b", "u", "iframe", "link", "object")
    assert [attributes.get("type") for _, attributes in found.of("script")] == [
        *["application/json"] * 2,
        None,
    ]
    assert not any(name.startswith("on") for _, own in found.elements for name in own)
    links = [own[name] for _, own in found.elements for name in ("src", "href") if name in own]
    assert links and all(str(link).startswith("#") for link in links)


def test_the_policy_allows_the_one_script(file: str) -> None:
    """Its hash is the script's, and nothing else may be loaded or sent."""
    (policy,) = [
        str(own["content"])
        for _, own in Read(file).of("meta")
        if own.get("http-equiv") == "Content-Security-Policy"
    ]
    assert html.integrity(Read(file).scripts[-1]) in policy
    assert "default-src 'none'" in policy and "unsafe-inline' " not in policy.split("script-src")[1]


def test_data_of_the_script_is_what_it_was(file: str) -> None:
    """Every nasty text comes back from the block's JSON, once as real and once as written."""
    rows = json.loads(Read(file).scripts[0])["rows"]
    assert sorted(row[2] for row in rows) == sorted(made.NASTY * 2)
    assert "<" not in Read(file).scripts[0]


def test_identifiers_are_unique_and_links_lead_somewhere(file: str) -> None:
    """Those of figures too, which refer to their own."""
    found = Read(file)
    names = [own["id"] for _, own in found.elements if "id" in own]
    assert len(names) == len(set(names)) and "moods-worth" in names
    links = {str(own["href"])[1:] for _, own in found.of("a", "use") if own.get("href")}
    links |= set(re.findall(r"url\(#([\w-]+)\)", file))
    assert links <= set(names)


def test_headings_are_in_order(file: str) -> None:
    """One first heading; no level is left out."""
    levels = [int(tag[1]) for tag, _ in Read(file).of("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_figures_and_fields_have_names(file: str) -> None:
    """A figure tells its message, a table is in a named region, a field has a label."""
    found = Read(file)
    assert all(own.get("role") == "img" and own.get("aria-label") for _, own in found.of("svg"))
    assert all(own.get("aria-label") for _, own in found.elements if own.get("role") == "region")
    assert len(found.of("select", "input")) <= len(found.of("label"))


def test_the_same_bytes_again(file: str) -> None:
    """No clock, no random name."""
    assert made.file("moods", "topics") == file


def test_a_drawing_is_small_and_in_the_page_s_colours() -> None:
    """Text stays text; no number has more than a decimal; no style sheet of its own."""
    drawn = inline.render(made.figure("one"), "one")
    assert "a &lt; b &amp; c" in drawn and "var(--rule)" in drawn
    assert "<style" not in drawn and "<metadata" not in drawn and "#000000" not in drawn
    assert not re.search(r' d="[^"]*\.\d\d', drawn)
    assert len(drawn) < 12_000


def test_few_points_make_no_sparkline() -> None:
    """One point is no line; a level curve is drawn."""
    assert html.sparkline((0.5,), "a") == "" and "<path" in html.sparkline((0.5, 0.5), "a<")
