"""Tokens that nobody counted."""

from typing import Any, cast

from stages.llm.messages.replies import Reply, Usage
from stages.llm.writing import tokens
from stages.llm.writing.strategy import Strategy


def reply(turn: int, text: str, usage: Usage | None = None, index: int = 0) -> Reply:
    """A reply in a conversation."""
    fields: dict[str, Any] = dict.fromkeys(Reply.__annotations__, "")
    fields |= {"label": "a", "round": turn, "index": index, "reply": text, "usage": usage}
    return cast(Reply, fields)


def strategy(**fields: Any) -> Strategy:
    """A strategy with these settings."""
    base = {"texts_per_label": 1, "texts_per_request": 1, "mode": "independent"}
    return Strategy.model_validate(base | fields)


def test_a_request_shows_examples() -> None:
    """Four characters to a token; three examples of 20 tokens on top of the prompt."""
    (found,) = tokens.estimated([reply(0, "x" * 39)], strategy(examples=3), 100, 20)
    assert found == {"prompt_tokens": 160, "completion_tokens": 10}


def test_a_conversation_shows_its_last_replies_again() -> None:
    """As many as its history allows, each conversation its own."""
    replies = [reply(turn, "x" * 40) for turn in range(4)] + [reply(0, "", index=1)]
    found = tokens.estimated(replies, strategy(mode="conversation", history=2), 100, 0)
    assert [each["prompt_tokens"] for each in found] == [100, 111, 122, 122, 100]


def test_counted_tokens_are_told_apart() -> None:
    """One reply with tokens is enough: the others failed then."""
    none, some = (Usage(prompt_tokens=n, completion_tokens=0) for n in (0, 1))
    assert not tokens.counted([reply(0, ""), reply(1, "", none)])
    assert tokens.counted([reply(0, ""), reply(1, "", some)])
