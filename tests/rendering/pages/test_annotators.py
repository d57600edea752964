"""The table on single annotators and on the weighed gold."""

from typing import Any

from stages.rendering.pages.annotators import annotators
from tests.rendering.pages.test_people import words

PEOPLE = {"annotators": 1200, "biased_annotators": 3, "greatest_bias": 0.25, "mean_bias": 0.1}
GOLD = {"method": "dawid_skene", "items": 1000, "differs_from_label": 0.075}
SCORED: dict[str, Any] = {"x": {"m": {"real": {"accuracy": {"mean": 0.9}}}}}
HEAD = ["x", "3 of 1,200", "0.25"]


def test_accuracy_of_each_source_against_both_golds() -> None:
    """Beside how many annotators are biased and how far the gold is from the labels."""
    gold = GOLD | {"accuracy": {"m": {"real": 0.85}}}
    found = annotators({"x": {"annotators": PEOPLE, "gold": gold}}, SCORED, ["m"], ["real"])
    said = ["dawid_skene", "7.5 % of 1,000", "m", "real", "90.0", "85.0"]
    assert words(found) == [[*HEAD, *said]]
    assert len(found.columns) == len(found.rows[0].cells)


def test_without_a_weighed_gold_the_reason_stands_there() -> None:
    """Withheld, or switched off by `analyze.gold: null`; the row stays complete."""
    facts = {"x": {"annotators": PEOPLE, "gold": {"withheld": "no disputed items"}}}
    assert words(annotators(facts, {}, ["m"], ["real"])) == [
        [*HEAD, "none: no disputed items", "-", "-", "-", "-", "-"]
    ]
    (row,) = words(annotators({"x": {"annotators": PEOPLE}}, {}, ["m"], ["real"]))
    assert row[3] == "none: not asked for"


def test_tasks_without_named_annotators_have_no_row() -> None:
    """Neither where nobody is named, nor where nobody shares enough items with others."""
    facts: dict[str, dict[str, Any]] = {
        "a": {"annotators": {"withheld": "annotators are not named"}},
        "b": {"annotators": {"annotators": 0}},
    }
    assert words(annotators(facts, {}, ["m"], ["real"])) == []
