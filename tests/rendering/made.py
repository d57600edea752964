"""A report made by hand: two tasks, a figure, a table, and texts of every nasty kind."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.rendering.content.document import (
    Card,
    Document,
    Explained,
    Looked,
    Part,
    Prompt,
    Story,
)
from stages.rendering.content.page import Cell, Code, Column, Page, Picture, Table
from stages.rendering.content.verdict import Basis, Next, Verdict
from stages.rendering.figures import style
from stages.rendering.writers import html, inline

NASTY = (
    "</script><script>document.title = 'broken'</script>",
    "<img src=x onerror=\"document.title = 'broken'\">",
    "<!--<script>",
    "right-to-left \u202eoverride",
    "שלום مرحبا 你好 🙂👩‍👩‍👧",
    "z" + "\u0301" * 200,
    "x" * 2000,
    "line\nline\u2028line & &amp; \"quotes\" 'single' {{ braces }} \\u003c",
    "İstanbul ﬁ ẞ",  # lower case has another length
)
LABELS = ("bad", "<b>good</b>")


def figure(name: str) -> Picture:
    """A drawing with words that need escaping."""

    @style.drawn
    def draw() -> Figure:
        drawn = style.figure(4, 3)
        drawn.subplots().plot([1, 2], [3, 4], label="a < b & c")
        drawn.legend(loc="outside upper left")
        return drawn

    numbers = pd.DataFrame({"way": ["<i>real</i>"], "value": [0.5]})
    return Picture(name, "A figure", 'A line, "rising" & <steep>.', draw(), numbers)


def looked(texts: Sequence[str] = NASTY) -> Looked:
    """The texts as test texts and as written ones."""
    rows = []
    for place, text in enumerate(texts):
        label, other = LABELS[place % 2], LABELS[1 - place % 2]
        seen = {"label": label, "text": text, "text_cut": 9 * (place == 1), "llm": None}
        seen |= {"confidence": float("nan"), "doubted": place % 3 == 0, "instead": other}
        test = {"said_real": label, "right_real": 0.7, "sure": place / len(texts), "llm": other}
        rows += [{**seen, "part": "test", **test, "confidence": 2.0}, {**seen, "part": "zero_shot"}]
    frame = pd.DataFrame(rows).sort_values("part", kind="stable", ignore_index=True)
    pair = {"source": "zero_shot", "cosine": 0.9, "text": texts[0], "label": LABELS[0]}
    pair |= {"other": texts[-1], "other_label": LABELS[1], "text_cut": 0, "other_cut": 5}
    pairs = pd.DataFrame([{**pair, "end": end} for end in ("nearest", "farthest")])
    return Looked(LABELS, ("real",), frame, pairs, ("Drawn <at random>.",), "probe")


def story(task: str, texts: Sequence[str] = NASTY) -> Story:
    """A task."""
    table = Table(
        "Numbers & <more>",
        (Column("source"), *(Column(f"accuracy {n}", "real", True) for n in range(9))),
        ((Cell("<u>real</u>"), *[Cell("90.0", "[85.0, 95.0]")] * 9),),
        notes=(("See ", Code("a<b>")),),
    )
    measure = Explained("As varied as <others>.", ("Defined in ", Code("<x>"), "."))

    def part(name: str) -> Part:
        own = (figure(f"{name}_{task}"),) if name == "worth" else ()
        said = (name, f"Part {name}", "Says < this.")
        return Part(*said, (measure,), own, (table,) * 3, ("A note.",))

    basis = {"metric": "accuracy", "tests": 9, "labels": 9, "checked": 9, "texts": 9}
    verdict = Verdict(
        basis=Basis.model_validate({**basis, "level": 0.95, "margin": 0.02, "confidence": 0.9}),
        answer="label",
        floor=0.3,
        held=0.97,
        sentence="Not alone. <Label> 400 of your own texts.",
        reasons=("Because & so.",),
        next=Next(command=f"synthworth label {task} --texts 400", why="<to settle it>"),
    )
    card = Card("Score to expect", Cell("71.2", "[69.0, 73.3]"), "macro-F1", ("floor <33>",))
    return Story(
        *(task, f"Title of <{task}>", "How?", "sample · texts 1", verdict),
        *((card, card, card), figure(f"cost_{task}"), (0.5, 0.6, 0.65)),
        *(part("worth"), part("ways"), part("why")),
        looked=looked(texts),
        trust=part("trust"),
        made=part("made"),
        prompts=(Prompt("Prompt: <few>", "Write </pre><script>x</script>"),),
    )


def document(*tasks: str, texts: Sequence[str] = NASTY) -> Document:
    """A report of these tasks."""
    page = Page("table", "All <tasks>", ("A lead.",), ("Few & rough.",), (figure("scores"),))
    told = tuple(story(task, texts) for task in tasks)
    versions = (("synthworth", "1"), ("numpy", "2"))
    return Document(("<Warned>",), told, (page,), "a: <b>\n", versions, "Li & Zhu")


def file(*tasks: str, texts: Sequence[str] = NASTY) -> str:
    """The report's file."""
    made = document(*tasks, texts=texts)
    pictures = [p for page in made.pages for p in page.pictures]
    for told in made.stories:
        pictures += [*told.worth.pictures, *([told.chart] if told.chart else [])]
    return html.render(made, {p.name: inline.render(p, p.name) for p in pictures})
