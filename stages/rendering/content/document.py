"""A report of several tasks: what it says, and nothing of how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stages.rendering.content.page import Cell, Note, Page, Picture, Table
from stages.rendering.content.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd


class Explained(NamedTuple):
    """A measure in a sentence that needs no knowledge of it; its definition is one click away."""

    sentence: str
    definition: Note = ""


class Part(NamedTuple):
    """A section about a task: a sentence that says what it shows, then what that rests on."""

    name: str
    heading: str
    lead: str
    measures: tuple[Explained, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Note, ...] = ()


class Card(NamedTuple):
    """A headline number: its interval and unit beside, below it what is attainable."""

    title: str
    number: Cell
    unit: str
    beside: tuple[str, ...]


class Looked(NamedTuple):
    """Texts to look at, as stage browse drew them."""

    labels: tuple[str, ...]
    sources: tuple[str, ...]  # whose classifiers were asked
    texts: pd.DataFrame
    pairs: pd.DataFrame
    said: tuple[str, ...]  # how they were drawn, and of how many
    classifier: str


class Prompt(NamedTuple):
    """Words as they were given to an LLM, or of what it was told."""

    title: str
    text: str


class Story(NamedTuple):
    """All about a task, the answer first."""

    task: str
    title: str
    question: str
    basis: str  # in a line: where its texts come from, and which revision of them
    verdict: Verdict | None
    cards: tuple[Card, ...]
    chart: Picture | None
    curve: tuple[float, ...]  # scores of real texts by size, for a sparkline
    worth: Part
    ways: Part
    why: Part
    looked: Looked | None
    trust: Part
    made: Part
    prompts: tuple[Prompt, ...]


class Document(NamedTuple):
    """The report."""

    warnings: tuple[Note, ...]
    stories: tuple[Story, ...]
    pages: tuple[Page, ...]  # over all tasks
    settings: str  # params.yaml
    versions: tuple[tuple[str, str], ...]  # package, version
    citation: str
