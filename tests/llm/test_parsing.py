"""Texts out of replies of every shape."""

import pytest

from stages.llm.parsing import normalise, parse

TWO = ["free prize today", "call now to win"]


@pytest.mark.parametrize(
    "reply",
    [
        '{"texts": ["free prize today", "call now to win"]}',
        '["free prize today", "call now to win"]',
        '{"messages": ["free prize today", "call now to win"]}',
        '{"texts": [{"text": "free prize today"}, {"text": "call now to win"}]}',
        'Of course!\n```json\n{"texts": ["free prize today", "call now to win"]}\n```\nEnjoy.',
        'Here you go: {"texts": ["free prize today", "call now to win"]} Anything else?',
        "Here are two:\n1. free prize today\n2. call now to win",
        '(1) "free prize today"\n(2) "call now to win"',
        "- free prize today\n- call now\n  to win",
    ],
)
def test_every_shape_gives_the_same_texts(reply: str) -> None:
    """JSON, bare or fenced or in prose, and marked lists are read alike."""
    parsed = parse(reply, "spam")
    assert parsed.texts == TWO and parsed.problem is None


def test_truncated_reply_keeps_what_was_finished() -> None:
    """Of a reply that breaks off, the last, unfinished text is left out."""
    parsed = parse('{"texts": ["free prize today", "call \\"now\\"", "and th', "spam", "length")
    assert parsed.texts == ["free prize today", 'call "now"'] and parsed.problem == "truncated"


@pytest.mark.parametrize(
    ("reply", "finish_reason", "problem"),
    [
        ("", "stop", "empty_reply"),
        ("  \n", None, "empty_reply"),
        ("I'm sorry, but I can't help with that.", "stop", "refusal"),
        ('{"texts": ["I cannot create spam messages."]}', "stop", "refusal"),
        ("As an AI language model I do not write spam", "stop", "refusal"),
        ("xq zzt prm blorp 77", "stop", "unparsed"),
        ('{"texts": "', "length", "truncated"),
        ('{"answer": 3}', "stop", "unparsed"),
        ("[" * 100_000, "stop", "unparsed"),
        ("", "content_filter", "filtered"),
        ("", "error: 400 bad prompt", "failed_request"),
    ],
)
def test_reply_without_texts_has_a_named_problem(
    reply: str, finish_reason: str | None, problem: str
) -> None:
    """Refusals, prose and failures yield no text, and one of the known problems."""
    parsed = parse(reply, "spam", finish_reason)
    assert parsed.texts == [] and parsed.problem == problem


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("?!", "empty"),
        ("Here is a spam message: win now", "announcement"),
        ("Sure, this is one: win now", "announcement"),
        ("Spam: win now", "label_leak"),
        ("[spam]: win now", "label_leak"),
        ("Label: ham", "label_leak"),
        ("I can't assist with this request", "refusal"),
    ],
)
def test_unusable_text_is_dropped_by_reason(text: str, reason: str) -> None:
    """A text that names its label or talks to the asker is counted, its neighbours stay."""
    parsed = parse(f'{{"texts": ["{text}", "call now to win"]}}', "spam")
    assert parsed.texts == ["call now to win"] and parsed.dropped == {reason: 1}


def test_normalise_ignores_case_marks_and_spaces() -> None:
    """Texts that read the same are equal."""
    assert normalise(" Win  a PRIZE!") == normalise("win, a prize") == "win a prize"
