"""The page of costs, from ways whose costs can be computed by hand."""

from typing import Any

from stages.rendering.content.costs import Costs, MeanCosts
from stages.rendering.content.page import Page, Table, plain
from stages.rendering.pages import costs
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words
from tests.stats.money import toy as money

TASKS = ("topics", "moods")


def page(**changes: Any) -> Page:
    """The page of two tasks; `changes` replace parts of the file of the first."""
    found = {task: money.content() for task in TASKS}
    found["topics"] |= changes
    tasks = {task: Costs.model_validate(content) for task, content in found.items()}
    return costs.page(toy.run(), tasks, MeanCosts.model_validate(money.mean(2)))


def table(found: Page, title: str) -> Table:
    """The table of this title."""
    return next(table for table in found.tables if table.title == title)


def test_the_cheapest_way_to_each_score() -> None:
    """The score, the way, its money, and how sure that is; no way where none gets there."""
    found = table(page(), "The cheapest way to a score")
    assert [column.name for column in found.columns[1:]] == [
        "65 % of real's accuracy",
        "95 % of real's accuracy",
        "120 % of real's accuracy",
    ]
    assert words(found)[0] == [
        "topics",
        "58.5: zero-shot, 0.1 [0.1, 0.2], the cheapest in 100 %",
        "85.5: the LLM at run time, 2.00 the cheapest in 100 %",
        "108.0: no way",
    ]


def test_from_how_many_texts_on_a_classifier_is_cheaper() -> None:
    """The cheapest classifier beside the LLM at run time, which costs 2 dollars per 1,000 texts."""
    found = words(table(page(), "The LLM at run time, or a classifier"))
    assert found[0][:5] == ["topics", "40", "88.0", "2.00", "2.00"]
    assert found[0][5] == "50: zero-shot [50, 100]"
    assert found[0][6].endswith(": real [29,783, 29,783]") and found[0][7] == "no classifier"


def test_the_frontier_says_what_is_noise() -> None:
    """By rising cost; the first point has nothing to gain over."""
    rows = words(table(page(), "The frontier in the mean over tasks"))
    assert rows[0][1:] == ["zero-shot", "60.0 [60.0, 60.0]", "–", ""]
    assert [float(row[0]) for row in rows] == sorted(float(row[0]) for row in rows)


def test_every_way_with_all_its_texts() -> None:
    """Labels, hours, money; of the LLM at run time its price per 1,000 texts."""
    rows = {row[1]: row[2:] for row in words(table(page(), "Every way with all its texts"))[:4]}
    assert rows["real"] == ["1,000", "1,000", "10.0", "100", "0", "100", "90.0"]
    assert rows["zero-shot with real"][:4] == ["100", "100", "1.0", "11.00 [11.00, 12.00]"]
    assert rows["the LLM at run time"][0] == "–"
    assert rows["the LLM at run time"][4:] == ["2.00", "2.00", "88.0"]


def test_what_is_assumed_is_said() -> None:
    """Prices of people and tokens, estimated tokens, and what is not counted."""
    lead = " ".join(map(plain, page().lead))
    assert "0.1 US dollars and takes 36 seconds; 1,000 texts" in lead
    assert "3 US dollars per million prompt tokens" in lead and "they are estimated" in lead
    assert "the labels of the test texts, which every way needs" in lead
    known = {"prices": {}, "basis": money.BASIS | {"read": 0.1}}
    content = Costs.model_validate(money.content() | known)
    text = " ".join(map(plain, costs.assumed({"topics": content})))
    assert "estimated" not in text and "10 % of the LLM's texts are read" in text


def test_ways_that_are_left_out_are_named() -> None:
    """With the reason and the tasks."""
    notes = list(map(plain, page(left_out={"few_shot": "no price", "prompted": "too few"}).notes))
    assert "Left out: few-shot (no price): topics." in notes
    assert "Left out: the LLM at run time (too few): topics." in notes


def test_a_task_without_costs_is_named() -> None:
    """The others are there; without any the page says why it is empty."""
    basis = money.BASIS | {"withheld": "expected at least 30 test texts, found 9"}
    empty = Costs.model_validate({"basis": basis})
    full = Costs.model_validate(money.content())
    mean = MeanCosts.model_validate(money.mean(1))
    found = costs.page(toy.run(), {"topics": empty, "moods": full}, mean)
    reason = "No costs (expected at least 30 test texts, found 9): topics."
    assert found.notes[-1] == reason and [p.name for p in found.pictures] == ["cost_moods"]
    none = MeanCosts.model_validate({"basis": {"metric": "accuracy", "tasks": 0, "level": 0.9}})
    nothing = costs.page(toy.run(), {"topics": empty}, none)
    assert nothing.notes == (reason,) and not nothing.tables and not nothing.pictures
