"""The tables on annotators."""

from typing import Any

import pandas as pd

from stages.rendering.content.facts import Agreement, Analysis, Annotators, Gold, Slopes, Thresholds
from stages.rendering.content.page import plain
from stages.rendering.pages import agreement
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

ESTIMATE = {"value": 0.2, "low": 0.1, "high": 0.3}
PEOPLE = Annotators(annotators=1200, biased_annotators=3, greatest_bias=0.25)
HEAD = ["topics", "3 of 1,200", "0.25"]


def analysis(**changes: Any) -> Analysis:
    """The toy analysis with some parts replaced."""
    return toy.ANALYSIS.model_copy(update=changes)


def test_agreement_of_every_kind_has_a_row() -> None:
    """Annotations, brackets and none at all; who stood in for people."""
    kinds = {
        "x": Agreement(kind="annotations", items=9, mean_a={"value": 0.9}, alpha={"value": 0.5}),
        "y": Agreement(kind="brackets", items=4, mean_a={"low": 0.7, "high": 0.8}),
        "z": Agreement(kind="none", withheld="no annotations"),
        "p": Agreement(kind="annotations", by="LLM panel trio"),
    }
    found = {task: analysis(agreement=facts) for task, facts in kinds.items()}
    rows = words(agreement.agreement(found))
    assert [row[1] for row in rows] == [
        *("named annotators", "brackets only", "none"),
        agreement.PROXY,
    ]
    assert [row[4] for row in rows[:3]] == ["0.90", "[0.70, 0.80]", "–"]
    assert agreement.proxies(found) == ["Annotators of p: LLM panel trio."]


def test_tasks_with_one_reason_share_a_note() -> None:
    """One note for each reason, naming its tasks, and how unanimous these are."""
    few = analysis(thresholds=Thresholds(items=0, withheld="few"))
    even = Thresholds(items=9, unanimous_items=8, thresholds=1, withheld="even")
    found = {"a_task": few, "b": few, "c": analysis(thresholds=even)}
    assert agreement.no_lines(found) == [
        "No line of accuracy over agreement (few): a_task, b.",
        "No line of accuracy over agreement (even): c (8 of 9 texts unanimous).",
    ]
    facts = Agreement(kind="annotations", alpha_withheld="one label")
    assert agreement.withheld({"a": analysis(agreement=facts)}) == [
        "No interval or no alpha (one label): a."
    ]


def test_accuracy_of_each_source_against_both_truths() -> None:
    """Beside how many annotators are biased and how far aggregated labels are from the task's."""
    gold = Gold(
        method="dawid_skene",
        items=1000,
        differs_from_label=0.075,
        accuracy={"probe": {"real": 0.85}},
    )
    run = toy.run(analysed={"topics": analysis(annotators=PEOPLE, gold=gold)})
    table = agreement.annotators(run)
    said = ["dawid_skene", "7.5 % of 1,000", "probe", "real", "90.0", "85.0"]
    assert words(table) == [[*HEAD, *said]]
    assert len(table.columns) == len(table.rows[0])


def test_without_aggregated_labels_the_reason_stands_there() -> None:
    """The row stays complete; tasks without named annotators have none."""
    gold = Gold(withheld="1 disputed item: the same as the majority")
    people = analysis(annotators=PEOPLE, gold=gold)
    run = toy.run(analysed={"topics": people, "moods": toy.ANALYSIS})
    (row,) = words(agreement.annotators(run))
    assert row == [*HEAD, "none: 1 disputed item: the same as the majority", *[""] * 5]


def test_slopes_have_a_row_where_there_is_spread() -> None:
    """Those of each model and source, and the difference to real's."""
    slopes = Slopes(item_slope=ESTIMATE, difference={"item_slope": ESTIMATE | {"p": 0.04}})
    facts = Thresholds(
        items=90, thresholds=2, slopes={"probe": {"zero_shot": slopes, "real": Slopes()}}
    )
    found = {"topics": analysis(thresholds=facts)}
    (row,) = words(agreement.slopes(found, ["probe"], ["real", "zero_shot"]))
    own = "0.20 [0.10, 0.30]"
    assert row == [
        "topics",
        "probe",
        "zero-shot",
        "90 / 2",
        *["–"] * 3,
        own,
        f"{own}, p 0.040",
        "–",
        "–",
    ]
    notes = " ".join(map(plain, agreement.SLOPE_NOTES))
    assert "not that of training runs" in notes
    assert "Within labels" in notes and "No slope separates hard texts from uncertain" in notes


def test_slope_in_words() -> None:
    """The paper's slope where there is a line, else that over texts; nothing without spread."""
    whole = Slopes(slope=ESTIMATE, r2={"value": 0.9}, item_slope=ESTIMATE)
    assert agreement.slope(whole, "zero_shot") == "zero-shot: slope 0.20 [0.10, 0.30], R² 0.90"
    said = agreement.slope(Slopes(item_slope=ESTIMATE), "real")
    assert said == "real: slope over texts 0.20 [0.10, 0.30]"
    assert agreement.slope(Slopes(), "real") == ""


def test_annotations_set_aside_are_counted_by_task() -> None:
    """Those about unknown texts come from fetch and from analyze; tasks without any are silent."""
    facts = Agreement(kind="annotations", single_annotator_items=2, unknown_annotations=1)
    dropped = {"annotations_of_unknown_texts": 4, "other_labels": 7}
    run = toy.run(
        analysed={"topics": analysis(agreement=facts), "moods": toy.ANALYSIS},
        origins={"topics": toy.origin(dropped=dropped), "moods": toy.origin()},
    )
    (note,) = map(plain, agreement.set_aside(run))
    assert note.startswith("Set aside in topics: items with a single annotator (left out): 2; ")
    assert note.endswith("annotations of texts that the task does not have (left out): 5.")


def test_only_tasks_with_two_thresholds_are_drawn() -> None:
    """A single point of a unanimous task says nothing; without any other there is no picture."""
    columns = ["task", "model", "source", "gamma", "items", "accuracy", "low", "high", "fit"]
    rows = [(t, "probe", "real", g, 9, 0.8, 0.7, 0.9, 0.8) for t, g in (("a", 0.5), ("a", 1.0))]
    flat = [("b", "probe", "real", 1.0, 9, 0.8, 0.7, 0.9, None)]
    points = pd.DataFrame([*rows, *flat], columns=columns)
    (picture,) = agreement.pictures(toy.run(tables={"thresholds": points}))
    assert set(picture.series["panel"]) == {"a, probe, real"} and "of a." in picture.alternative
    assert agreement.pictures(toy.run(tables={"thresholds": points[2:]})) == []
