"""The table on whether an LLM's label may replace a person's."""

from stages.rendering.content.facts import Replacement
from stages.rendering.pages.replacement import replacement
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

SHARE = {"value": 0.8, "low": 0.7, "high": 0.9}
FACTS = Replacement(
    items=150,
    annotators=6,
    margin=0.1,
    advantage=SHARE,
    unanimous={"items": 90} | SHARE,
    disputed={"items": 60} | SHARE,
    tested=6,
    winning_rate=4 / 6,
    passed=True,
)


def test_a_task_has_counts_shares_and_a_verdict() -> None:
    """Tasks without named annotators, or without LLM labels, have no row."""
    found = {
        "x": toy.ANALYSIS,
        "y": toy.ANALYSIS.model_copy(update={"replacement": FACTS}),
    }
    share = "80.0 [70.0, 90.0]"
    (row,) = words(replacement(found))
    assert row == ["y", "150", "6", "0.10", share, "90", share, "60", share, "4 of 6", "yes"]


def test_too_few_texts_per_annotator_are_said() -> None:
    """The reason stands in place of the verdict, and all texts disputed leave a dash."""
    few = FACTS.model_copy(
        update={"winning_rate": None, "withheld": "too few", "unanimous": {"items": 0}}
    )
    (row,) = words(replacement({"y": toy.ANALYSIS.model_copy(update={"replacement": few})}))
    assert row[5:7] == ["0", "–"] and row[-2:] == ["–", "not known: too few"]
