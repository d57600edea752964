"""Scores narrowed by an LLM's labels of spare texts, beside those by people's labels alone."""

from stages.rendering.content.facts import PoweredFact, SharperFact
from stages.rendering.content.page import plain
from stages.rendering.pages import results, sharper
from tests.rendering.pages import toy
from tests.rendering.pages.test_results import PAPER

SCORE = SharperFact(value=0.88, low=0.85, high=0.91, weight=0.75, n_eff=210.4)
GAP = SharperFact(value=-0.09, low=-0.12, high=-0.06, weight=0.5, n_eff=150)
ON = PoweredFact(
    n=100,
    spare=500,
    copied=2,
    without={"macro_f1": "no test text is labelled good"},
    scores={"probe": {"real": {"accuracy": SCORE}}},
    gaps={"probe": {"zero_shot": {"accuracy": GAP}}},
)
OFF = PoweredFact(n=20, spare=500, off="20 test texts labelled by people, at least 30 needed")


def test_both_intervals_stand_side_by_side() -> None:
    """Of a score and of a gap, with what made the difference; what is missing is said."""
    table = sharper.table(toy.run(powered={"topics": ON}), "probe")
    score, gap = toy.words(table)
    assert score == [
        *("topics", "real", "accuracy", "90.0 [85.0, 95.0]", "88.0 [85.0, 91.0]"),
        *("100", "500", "0.75", "210"),
    ]
    assert gap[1:5] == [
        *("zero-shot − real", "accuracy", "−10.0 [−14.0, −6.0]", "−9.0 [−12.0, −6.0]")
    ]
    said = " ".join(map(plain, table.notes))
    assert "topics: 2 spare texts left out, being training texts." in said
    assert "topics: no macro-F1: no test text is labelled good." in said


def test_a_task_that_is_not_narrowed_says_why() -> None:
    """In its row."""
    ((task, reason, *rest),) = toy.words(sharper.table(toy.run(powered={"moods": OFF}), "probe"))
    assert (task, reason) == (
        "moods",
        "not narrowed: 20 test texts labelled by people, at least 30 needed",
    )
    assert rest[3:5] == ["20", "500"]


def test_without_unlabelled_texts_the_page_is_as_it_was() -> None:
    """The table is on the page only where it has rows."""
    without = results.page(toy.run(), PAPER)
    found = results.page(toy.run(powered={"topics": ON, "moods": OFF}), PAPER)
    titles = [table.title for table in found.tables]
    more = "probe: narrowed by an LLM's labels"
    assert more in titles
    assert [t.title for t in without.tables] == [title for title in titles if title != more]
