"""The recorded provider."""

from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.writing.recorded import doubts, replay


def test_replies_have_stable_sorted_keys() -> None:
    """Keys do not depend on the order of the lines' labels, and repeats get their own index."""
    lines = [
        {"label": "b", "round": 0, "reply": "one"},
        {"label": "a", "round": 1, "reply": "two"},
        {"label": "a", "round": 1, "reply": "three"},
    ]
    replies = replay(lines, "task", "zero_shot", "model", "file")
    assert [reply["key"] for reply in replies] == [
        "task/zero_shot/a/00001/000000",
        "task/zero_shot/a/00001/000001",
        "task/zero_shot/b/00000/000000",
    ]
    assert [reply["reply"] for reply in replies] == ["two", "three", "one"]


def test_attributes_of_a_recording_are_kept() -> None:
    """What was drawn for a request stays with its reply."""
    line = {"label": "a", "round": 0, "reply": "x", "attributes": {"tone": "dry"}}
    (reply,) = replay([line], "task", "attributed", "model", "file")
    assert reply["attributes"] == {"tone": "dry"}


def test_changed_prompts_are_named() -> None:
    """Replies to other prompts than the card's are said to be; and so is what cannot be known."""
    now = {"generate": "Write tweets.", "words": "5-9", "context": "You write."}
    assert doubts({**now, "zero_shot": {}}, now) == ""
    assert (
        doubts({"context": "You write.", "words": "1-2"}, now)
        == "another generation prompt, length"
    )
    asked = {"generate": "Write {label} tweets."}
    assert doubts(asked, {"generate": "Write {phrase} {a tweet|tweets}."}) == ""
    assert doubts(asked, {"generate": "Write {phrase} {a tweet|posts}."}) != ""
    assert doubts({"zero_shot": {}}, now) == "prompts that nobody wrote down"


def test_line_without_a_field_is_named() -> None:
    """The message says file, line, field and what was found."""
    lines: list[dict[str, Any]] = [
        {"label": "a", "round": 0, "reply": "x"},
        {"label": "a", "round": "0", "reply": "x"},
    ]
    with pytest.raises(UserError, match=r"file\.jsonl, line 2: expected 'round' as int, found '0'"):
        replay(lines, "task", "zero_shot", "model", "file.jsonl")
    for usage in ("many", {"prompt_tokens": 1}):
        with pytest.raises(UserError, match=r"line 1: expected '(usage|completion_tokens)' as "):
            replay([{**lines[0], "usage": usage}], "task", "zero_shot", "model", "file.jsonl")
    empty = {**lines[0], "usage": None, "examples": None, "finish_reason": None}
    assert replay([empty], "task", "zero_shot", "m", "f") == replay(
        lines[:1], "task", "zero_shot", "m", "f"
    )
    wrong = {**lines[0], "attributes": ["dry"]}
    with pytest.raises(UserError, match=r"line 1: expected 'attributes' as dict, found \['dry'\]"):
        replay([wrong], "task", "attributed", "model", "file.jsonl")
