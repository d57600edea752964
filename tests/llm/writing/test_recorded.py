"""The recorded provider."""

from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.writing.recorded import replay


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


def test_line_without_a_field_is_named() -> None:
    """The message says file, line, field and what was found."""
    lines: list[dict[str, Any]] = [
        {"label": "a", "round": 0, "reply": "x"},
        {"label": "a", "round": "0", "reply": "x"},
    ]
    with pytest.raises(UserError, match=r"file\.jsonl, line 2: expected 'round' as int, found '0'"):
        replay(lines, "task", "zero_shot", "model", "file.jsonl")
