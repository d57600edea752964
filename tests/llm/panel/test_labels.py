"""One label per text from the answers of one LLM or of a panel."""

import pytest

from stages.llm.messages.replies import Usage
from stages.llm.panel.answers import Answer
from stages.llm.panel.labels import lines

LABELS = ("ham", "spam", "other")


def said(
    who: str,
    choice: str | None,
    confidence: int | None = 3,
    item: str = "t",
    attempt: int = 0,
    usage: Usage | None = None,
) -> Answer:
    """An answer of a member."""
    problem = "" if choice else "unparsed"
    return Answer(item, who, attempt, choice, problem, confidence, LABELS, "", "m", "stop", usage)


def test_one_llm_states_label_and_confidence() -> None:
    """No votes and no tokens where none are counted; a text without an answer has no line."""
    found = lines([said("a", "ham", 2), said("a", None, None, "u")], LABELS)
    assert found == {"t": {"label": "ham", "confidence": 2, "model": "m"}}


def test_tokens_are_of_all_attempts() -> None:
    """What could not be read was paid for, too; zeros are no count."""
    first, second = (
        Usage(prompt_tokens=10, completion_tokens=1),
        Usage(prompt_tokens=11, completion_tokens=2),
    )
    answers = [said("a", None, None, usage=first), said("a", "ham", attempt=1, usage=second)]
    line = lines(answers, LABELS)["t"]
    assert (line["prompt_tokens"], line["completion_tokens"]) == (21, 3)
    free = Usage(prompt_tokens=0, completion_tokens=0)
    assert "prompt_tokens" not in lines([said("a", "ham", usage=free)], LABELS)["t"]
    assert lines(answers[:1], LABELS)["t"] == {
        "label": None,
        "confidence": None,
        "model": "m",
        "prompt_tokens": 10,
        "completion_tokens": 1,
    }


@pytest.mark.parametrize(
    ("choices", "label", "confidence"),
    [
        (["spam", "spam", "spam"], "spam", 3),
        (["spam", "ham", "spam"], "spam", 2),
        (["spam", "ham"], "ham", 1),  # equally many, equally sure: first on the card
        (["spam", None, "spam"], "spam", 3),
    ],
)
def test_the_majority_of_a_panel_is_its_label(
    choices: list[str | None], label: str, confidence: int
) -> None:
    """Its confidence is how far the members that answered agree; votes are shares."""
    answers = [said(str(n), choice) for n, choice in enumerate(choices)]
    line = lines(answers, LABELS)["t"]
    assert (line["label"], line["confidence"]) == (label, confidence)
    assert sum(line["votes"].values()) == pytest.approx(1)
    assert max(line["votes"], key=line["votes"].__getitem__) == label


def test_the_surer_of_two_members_decides() -> None:
    """Of equally many votes those with more confidence win."""
    assert lines([said("a", "ham", 1), said("b", "spam", 2)], LABELS)["t"]["label"] == "spam"
