"""The page of verdicts."""

from typing import Any

from stages.rendering.content.page import Page, plain
from stages.rendering.content.verdict import Verdict
from stages.rendering.pages import verdict
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

TASKS = ("topics", "moods")


def page(**changes: Any) -> Page:
    """The page of two tasks; `changes` replace parts of the record of the first."""
    found = {task: Verdict.model_validate(toy.verdict()) for task in TASKS}
    found["topics"] = Verdict.model_validate(toy.verdict(**changes))
    return verdict.page(toy.run(), found)


def test_a_row_says_what_to_do_and_how_good_that_is() -> None:
    """The score stands beside the floor, the LLM at run time and what can be attained."""
    assert words(page().tables[0])[0] == [
        "topics",
        "Have the LLM write 300 texts.",
        "80.0 [77.0, 83.0]",
        "50.0",
        "90.0 [86.0, 94.0]",
        "82.0 [79.0, 85.0]",
        "97 %",
        "dvc repro",
    ]


def test_what_is_not_known_is_a_dash() -> None:
    """Undecided: no plan, no score; a way without a price has no cost."""
    unknown = dict.fromkeys(("plan", "score", "cost", "run_time", "ceiling"))
    found = page(answer="undecided", **unknown)
    assert words(found.tables[0])[0][2:6] == ["–", "50.0", "–", "–"]
    assert words(found.tables[1])[1][:5] == [
        "the LLM at run time",
        "–",
        "0",
        "90.0 [86.0, 94.0]",
        "–",
    ]


def test_a_warning_stands_once_with_its_tasks() -> None:
    """Two tasks with the same warning."""
    found = [plain(note) for note in page().warnings]
    assert "The LLM may know this public data set. (topics, moods)" in found
