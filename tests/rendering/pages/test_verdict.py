"""The page of verdicts."""

from typing import Any

from stages.rendering.content.page import Page, plain
from stages.rendering.content.verdict import Verdict
from stages.rendering.pages import verdict
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

TASKS = ("topics", "moods")


def content(**changes: Any) -> dict[str, Any]:
    """The record of a task whose written texts will do."""
    return {
        "basis": {
            "metric": "accuracy",
            "tests": 400,
            "labels": 1000,
            "checked": 200,
            "texts": 100_000,
            "level": 0.95,
            "margin": 0.02,
            "confidence": 0.9,
        },
        "answer": "write",
        "plan": {"kind": "alone", "source": "zero_shot", "texts": 300, "labels": 0, "hours": 0},
        "score": {"value": 0.8, "low": 0.77, "high": 0.83},
        "floor": 0.5,
        "ceiling": {"value": 0.82, "low": 0.79, "high": 0.85, "what": "all real labels"},
        "run_time": {"value": 0.9, "low": 0.86, "high": 0.94, "n": 200},
        "worth": {"accuracy": {"value": 500, "low": 300}},
        "cost": {"usd": {"value": 0.2, "low": 0.19, "high": 0.21}, "hours": 0},
        "held": 0.97,
        "sentence": "Have the LLM write 300 texts.",
        "reasons": ["Nothing cheaper is as good."],
        "next": {"command": "dvc repro", "why": "trains it"},
        "alternatives": [
            {
                "way": "zero-shot",
                "kind": "alone",
                "source": "zero_shot",
                "texts": 300,
                "labels": 0,
                "score": {"value": 0.8, "low": 0.77, "high": 0.83},
                "cost": {"value": 0.2, "low": 0.19, "high": 0.21},
                "held": 0.97,
            },
            {
                "way": "the LLM at run time",
                "kind": "run_time",
                "source": "prompted",
                "texts": 0,
                "labels": 0,
                "score": {"value": 0.9, "low": 0.86, "high": 0.94},
                "held": 0.01,
                "why": "what it costs is not known",
            },
        ],
        "warnings": ["The LLM may know this public data set."],
        **changes,
    }


def page(**changes: Any) -> Page:
    """The page of two tasks; `changes` replace parts of the record of the first."""
    found = {task: Verdict.model_validate(content()) for task in TASKS}
    found["topics"] = Verdict.model_validate(content(**changes))
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
