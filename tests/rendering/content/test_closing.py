"""What a run says when it ends."""

from stages.rendering.content import closing
from stages.rendering.content.verdict import Verdict

FOUND = {
    "basis": {
        **{"metric": "accuracy", "tests": 90, "labels": 100, "checked": 0, "texts": 1000},
        **{"level": 0.95, "margin": 0.01, "confidence": 0.9},
    },
    **{"answer": "people", "floor": 0.5, "held": 0.9, "sentence": "Label more."},
    **{"next": {"command": "synthworth draw sms", "why": "200 texts"}, "warnings": ["few tests"]},
}


def test_one_task_ends_with_its_verdict_and_next_step() -> None:
    """In five lines: the sentence, the command, the report, the warnings, what teams do next."""
    verdict = Verdict.model_validate(FOUND)
    told = closing.lines({"sms": verdict}, ["few tests", "a sample"], "plots/report.html")
    assert told[:3] == [
        "sms: Label more.",
        "next: synthworth draw sms (200 texts)",
        "read: plots/report.html (in a browser; it needs no network)",
    ]
    assert told[3].startswith("mind: 2 warnings") and len(told) == 5


def test_several_tasks_are_counted_by_verdict() -> None:
    """The most frequent one first; without warnings there is no line of them."""
    people = Verdict.model_validate(FOUND | {"warnings": []})
    unsure = people.model_copy(update={"answer": "undecided"})
    told = closing.lines({"a": people, "b": unsure, "c": unsure}, [], "r.html")
    assert told[0] == "verdicts of 3 tasks: too few labels to say: 2; labels by people: 1"
    assert len(told) == 3
