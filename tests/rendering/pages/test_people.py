"""Tables of words and numbers, and the frames that figures read."""

from typing import Any

import numpy as np
import pandas as pd

from stages.rendering.pages import people as pages
from stages.rendering.pages import reading
from stages.rendering.table import Table, markdown


def words(found: Table) -> list[list[str]]:
    """The table's rows as text."""
    return [[cell.text for cell in row.cells] for row in found.rows]


def test_number_with_and_without_interval() -> None:
    """Value, bounds alone, both, or a dash."""
    assert pages.number({"value": 0.5}) == "0.50"
    assert pages.number({"low": 0.1, "high": 0.2}) == "[0.10, 0.20]"
    assert pages.number({"value": 0.5, "low": 0.1, "high": 0.9}, 1, 100) == "50.0 [10.0, 90.0]"
    assert pages.number(None) == pages.number({}) == "-"


def test_withheld_correlation_keeps_its_row() -> None:
    """The reason stands in the first column of numbers."""
    block = {"tasks": 3, "withheld": "3 tasks; a correlation needs at least 4"}
    row = {"model": "m", "source": "zero_shot", "metric": "accuracy", "scale": "absolute"}
    found = pages.correlations(pd.DataFrame([row | {"block": block}]))
    said = f"withheld: {block['withheld']}"
    assert words(found)[0][:5] == ["m", "zero-shot", "accuracy", "absolute", said]
    assert len(found.rows[0].cells) == len(found.columns)
    assert reading.correlation(block) == f"no correlation: {block['withheld']}"


def test_tasks_with_one_reason_share_a_note() -> None:
    """One note for each reason, naming its tasks."""
    facts: dict[str, dict[str, Any]] = {
        "a_task": {"withheld": "few"},
        "b": {"withheld": "few"},
        "c": {"items": 3},
    }
    assert pages.withheld(facts, "line") == ["No line (few): a_task, b."]
    uneven = {"d": {"withheld": "even", "items": 9, "unanimous_items": 8, "thresholds": 1}}
    assert pages.withheld(uneven, "line") == ["No line (even): d (8 of 9 texts unanimous)."]


def test_a_figure_names_few_tasks_and_counts_many() -> None:
    """Up to four tasks without a line are named; of more, their number and where to look."""
    facts: dict[str, dict[str, Any]] = {name: {"withheld": name} for name in "abcd"} | {"z": {}}
    notes = pages.withheld(facts, "line")
    assert pages.shortened(facts, notes) == notes
    facts["e"] = {"withheld": "even"}
    said = "No line for 5 of 6 tasks: see agreement.md for the reasons."
    assert pages.shortened(facts, pages.withheld(facts, "line")) == [said]


def test_tasks_that_won_or_lost_all_votes_are_named() -> None:
    """Their distance rests on the prior."""
    rows = pd.DataFrame({"task": ["a", "b", "c"], "wins": [4, 1, 0], "comparisons": 4})
    assert pages.unbeaten(rows)[0].startswith("All votes on a, c went one way")
    assert pages.unbeaten(rows[1:2]) == []


def test_agreement_of_every_kind_has_a_row() -> None:
    """Annotations, brackets and none at all."""
    facts: dict[str, dict[str, Any]] = {
        "x": {"kind": "annotations", "items": 9, "mean_a": {"value": 0.9}, "alpha": {"value": 0.5}},
        "y": {"kind": "brackets", "items": 4, "mean_a": {"low": 0.7, "high": 0.8}},
        "z": {"kind": "none", "withheld": "no annotations"},
    }
    rows = words(pages.agreement(facts))
    assert [row[1] for row in rows] == ["named annotators", "brackets only", "none"]
    assert [row[4] for row in rows] == ["0.90", "[0.70, 0.80]", "-"]


def test_agreement_notes_name_uncertain_labels() -> None:
    """A slope is no proof that agreed texts are easier, within labels neither; the page says so."""
    assert "Within labels" in pages.AGREEMENT_NOTES[-1]
    assert "Neither tells hard texts from uncertain labels" in pages.AGREEMENT_NOTES[-1]


def test_pages_are_markdown() -> None:
    """A page has a heading, a note and a table."""
    text = markdown("Heading", [pages.table("Part", ("a", "b"), [("1", "2")])], ["a note"])
    assert text.startswith("# Heading\n\na note\n") and "| 1 | 2 |" in text


def test_line_runs_through_the_mean_of_the_points() -> None:
    """With a slope the fit is the least-squares line; without one there is none."""
    gamma, accuracy = np.array([0.5, 0.7, 1.0]), np.array([0.6, 0.7, 0.75])
    points = pd.DataFrame({"gamma": gamma, "accuracy": accuracy})
    points = points.assign(task="t", model="m", source="s")
    slope, intercept = np.polyfit(gamma, accuracy, 1)
    found = reading.lines(points, {("t", "m", "s"): float(slope)})
    np.testing.assert_allclose(found["fit"], intercept + slope * gamma)
    assert reading.lines(points, {})["fit"].isna().all()


def test_spread_is_quantiles_over_texts() -> None:
    """Of the numbers 0 to 100 the quantiles are the numbers themselves."""
    table = pd.DataFrame({"task": "t", "source": "s", "top5_cosine": np.arange(101.0)})
    found = reading.spread(table).iloc[0]
    assert [found[q] for q in ("p5", "p25", "p50", "p75", "p95")] == [5, 25, 50, 75, 95]


def test_difference_to_real_by_task() -> None:
    """Only of tasks in which both sides have the measure."""
    both = {"a": {"m": {"value": 0.5}}, "real": {"m": {"value": 0.75}}}
    facts: dict[str, dict[str, Any]] = {
        "x": {"part": both},
        "y": {"part": {"withheld": "few"}},
        "z": {"part": both | {"a": {}}},
    }
    assert reading.apart(facts, "part", "m", "a", "real").to_dict() == {"x": -0.25}


def test_slope_in_words() -> None:
    """The paper's slope where there is a line, else that over texts; nothing without spread."""
    estimate = {"value": 0.2, "low": 0.1, "high": 0.3}
    block = {"slope": estimate, "r2": {"value": 0.9}, "item_slope": estimate}
    said = reading.slope(block, "zero_shot").splitlines()
    assert said[0] == "zero-shot: slope 0.20 [0.10, 0.30], R² 0.90"
    block = {"item_slope": estimate, "label_slope": estimate}
    said = reading.slope(block, "real").splitlines()
    assert said[0] == "real: slope over texts 0.20 [0.10, 0.30]"
    assert said[1].strip() == "over texts within labels 0.20 [0.10, 0.30]"
    assert reading.slope({}, "real") == ""


def test_votes_in_words() -> None:
    """Who voted, how far they agree, and a voter who contradicts himself."""
    votes = {"votes": 270, "voters": 6, "from": "panel", "triples": 120, "circular_triples": 3}
    assert pages.cast(votes) == "270 votes by 6 voters: panel"
    votes |= {"agreement": 0.96, "kendall_u": 0.92, "ties": 0, "contradictions": 0}
    said = "Votes: 3 of 120 triples of tasks run in a circle; two voters agree on 96 % of the pairs"
    assert pages.voters(votes) == f"{said} (u = 0.92)."
    said = pages.voters(votes | {"ties": 2, "contradictions": 1})
    assert "each side: 2" in said and "in different ways (all his votes count): 1" in said
    assert "not the noise of the votes" in pages.correlation_note(8)


def test_annotations_set_aside_are_counted_by_task() -> None:
    """Those about unknown texts come from fetch and from analyze; tasks without any are silent."""
    facts = {"a": {"single_annotator_items": 2, "unknown_annotations": 1}, "b": {"items": 9}}
    (note,) = pages.set_aside(facts, {"a": {"annotations_of_unknown_texts": 4, "other_labels": 7}})
    assert note.startswith("Set aside in a: items with a single annotator (left out): 2; ")
    assert note.endswith("annotations of texts that the task does not have (left out): 5.")
