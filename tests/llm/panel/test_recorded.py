"""Recorded labels, found again by the hash of the text."""

from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.panel.recorded import replay, sha256

LABELS = ("ham", "spam")


def line(text: str, label: str = "ham", **more: Any) -> dict[str, Any]:
    """A recorded answer about a text."""
    reply = f'{{"label": "{label}", "confidence": 2}}'
    return {"text_sha256": sha256(text), "reply": reply, **more}


def test_texts_are_found_whatever_their_ids_and_blanks() -> None:
    """Those that are not there are counted."""
    found = replay([line("hi"), line("away")], [("7", " hi\n")], LABELS, "here")
    (answer,) = found.answers
    assert (answer.item, answer.choice, answer.confidence) == ("7", "ham", 2)
    assert found.of_other_texts == 1


def test_each_answer_is_about_one_text() -> None:
    """Of equal texts the one with the recorded id, else the first that is free."""
    texts = [("a", "hi"), ("b", "hi"), ("c", "hi")]
    lines = [line("hi", "spam", item="b"), line("hi"), line("hi"), line("hi")]
    found = replay(lines, texts, LABELS, "here")
    assert [(a.item, a.choice) for a in found.answers] == [
        ("b", "spam"),
        ("a", "ham"),
        ("c", "ham"),
    ]
    assert found.of_other_texts == 1


def test_a_panel_answers_several_times() -> None:
    """Annotators are kept apart."""
    lines = [line("hi", annotator="x"), line("hi", "spam", annotator="y")]
    found = replay(lines, [("a", "hi")], LABELS, "here")
    assert [(a.annotator, a.choice) for a in found.answers] == [("x", "ham"), ("y", "spam")]


def test_an_unreadable_reply_is_kept_with_its_problem() -> None:
    """It is counted later, as one of an endpoint would be."""
    found = replay([{**line("hi"), "reply": "well"}], [("a", "hi")], LABELS, "here")
    assert (found.answers[0].choice, found.answers[0].problem) == (None, "unparsed")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (line("hi", "eggs"), r"here, line 1: expected one of the card's labels \['ham', 'spam'\]"),
        ({"reply": "{}"}, "here, line 1: expected 'text_sha256' as text, found None"),
    ],
)
def test_a_wrong_line_is_named(wrong: dict[str, Any], message: str) -> None:
    """A label outside the card, a missing field."""
    with pytest.raises(UserError, match=message):
        replay([wrong], [("a", "hi")], LABELS, "here")
