"""Texts out of replies of every shape."""

import time

import pytest

from stages.llm.reading.cleaning import clean, problem
from stages.llm.reading.parsing import parse

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
        '{"texts": ["1. free prize today", "2. call now to win"]}',
        '{"texts": {"1": "free prize today", "2": "call now to win"}}',
        '[{"message": "free prize today", "label": "spam"}, {"message": "call now to win"}]',
        '{"texts": ["free prize today", "call now to win"], "notes": [], "ids": [1, 2]}',
        '{"text": "free prize today"}\n{"text": "call now to win", "label": "spam"}',
        '```json\n["free prize today"]\n```\nand\n```json\n["call now to win"]\n```',
        "1. free prize today\n2. call now to win\n\nAll of them are made up.",
        "**1.** free prize today\n**2.** call now to win\nHope this helps!",
        "<think>\n1. be rude\n2. be short\n</think>\n1. free prize today\n2. call now to win",
        '<think>a<think>b</think>["free prize today",<think>c</think> "call now to win"]<think>["d',
        'be short: ["x"]</think>["free prize today", "call now to win"]',
        "<|channel|>analysis<|message|>- a\n- b<|end|><|start|>assistant<|channel|>final"
        '<|message|>["free prize today", "call now to win"]<|return|>',
        '["free\\u0000 prize\\u2028today\\u202e", "\\u001b[31mcall now to win<|im_end|>"]',
    ],
)
def test_every_shape_gives_the_same_texts(reply: str) -> None:
    """JSON, bare or fenced or in prose, and marked lists are read alike."""
    parsed = parse(reply, "spam")
    assert parsed.texts == TWO and parsed.problem is None


@pytest.mark.parametrize(
    "reply",
    [
        '{"texts": ["free prize today", "call \\"now\\"", "and th',
        '["free prize today", "call \\"now\\"", "and th',
        '[{"label": "spam", "text": "free prize today"}, {"text": "call \\"now\\""}, {"label": "sp',
        '1. free prize today\n2. call "now"\n3. and th',
    ],
)
def test_truncated_reply_keeps_what_was_finished(reply: str) -> None:
    """Of a reply that breaks off, the last, unfinished text is left out."""
    parsed = parse(reply, "spam", "length")
    assert parsed.texts == ["free prize today", 'call "now"'] and parsed.problem == "truncated"


@pytest.mark.parametrize(
    "reply",
    [
        "<think>" * 30_000,
        "x</think>" + "<think>" * 30_000,
        '{"texts": [' + "\n" * 200_000,
        '{"texts": ["free prize today"' + " \n\t" * 60_000,
        '{"texts": [' + ',"' * 100_000,
        "</s> " * 50_000,
        "```\n" * 50_000,
        "1. " * 60_000,
        "[" * 200_000,
        "[]" * 100_000,
        "(spam" * 40_000,
    ],
)
def test_endless_repetition_is_read_in_no_time(reply: str) -> None:
    """What a model writes that has lost its way, such as white space up to `max_tokens`."""
    started = time.perf_counter()
    parse(reply, "spam", "length")
    assert time.perf_counter() - started < 1.0


def test_what_makes_an_emoji_stays() -> None:
    """Joiners and variation selectors are text; half a character is not, and can be written."""
    parsed = parse('["\\ud83d\\udc69\u200d\\ud83d\\ude80 \u2764\ufe0f", "win \\ud83d now"]', "spam")
    assert parsed.texts == ["win \ufffd now"] and parsed.dropped == {"empty": 1}
    assert (
        clean("\U0001f469\u200d\U0001f680 \u2764\ufe0f")
        == "\U0001f469\u200d\U0001f680 \u2764\ufe0f"
    )


def test_paragraphs_are_one_text() -> None:
    """Where the other items have paragraphs too, what stands below the last item is its own."""
    assert parse("1. a\n\nb\n2. c\n\nd", "spam").texts == ["a b", "c d"]


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
        ('[{"label": "spam", "text": "free pri', "length", "truncated"),
        ("", "length", "truncated"),
        ("<think>\n1. be rude\n2. be short", "length", "truncated"),
        ("I apologize, but I cannot create spam.", "stop", "refusal"),
        ("Unfortunately, I can't assist with that.", "stop", "refusal"),
        ('{"answer": 3}', "stop", "unparsed"),
        ('{"texts": true}', "stop", "unparsed"),
        ('{"texts": [5, null, {}], "notes": []}', "stop", "unparsed"),
        ('{"text": 1e999}', "stop", "unparsed"),
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
        ("Spam message: win now", "label_leak"),
        ("**Spam:** win now", "label_leak"),
        ("Spam - win now", "label_leak"),
        ("win now (spam)", "label_leak"),
        ("This is a spam message: win now", "label_leak"),
        ("Below is a spam message: win now", "announcement"),
        ("Sure thing! Here are 2 spam messages", "announcement"),
        ("Here are two messages:", "announcement"),
        ("Label: ham", "label_leak"),
        ("I can't assist with this request", "refusal"),
    ],
)
def test_unusable_text_is_dropped_by_reason(text: str, reason: str) -> None:
    """A text that names its label or talks to the asker is counted, its neighbours stay."""
    parsed = parse(f'{{"texts": ["{text}", "call now to win"]}}', "spam")
    assert parsed.texts == ["call now to win"] and parsed.dropped == {reason: 1}


@pytest.mark.parametrize(
    "text",
    [
        "Okay! I'll be there",
        "this is what he said: no",
        "spam again",
        "my spam-filter is on",
        "I'm not sarcastic",
        "Unfortunately I can't come (sorry)",
        "-5 degrees, here it comes",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """What only resembles an announcement, a label or a refusal is a text."""
    assert parse(f'["{text}", "call now"]', "spam").texts == [text, "call now"]


def test_label_of_several_words_is_found_however_it_is_written() -> None:
    """An underscore may be a space or a hyphen."""
    leaks = ["Not sarcastic: a", "not_sarcastic - a", "NOT-SARCASTIC headline: a"]
    assert all(problem(text, "not_sarcastic") == "label_leak" for text in leaks)
    assert problem("Not sarcastic at all: a", "not_sarcastic") is None


def test_the_phrase_of_a_prompt_may_leak_too() -> None:
    """An LLM that was asked for "not ironic" texts may head them with these words."""
    for text in ("Not ironic: what a day", "what a day [not ironic]", "not-ironic tweet: what"):
        assert problem(text, "not_irony", "not ironic") == "label_leak"
    assert problem("Not ironic: what a day", "not_irony") is None
    assert problem("This is not ironic at all.", "not_irony", "not ironic") is None
    leaked = parse('{"texts": ["Not ironic: hi you", "hi"]}', "not_irony", phrase="not ironic")
    assert leaked.texts == ["hi"]
