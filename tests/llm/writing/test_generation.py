"""Which requests a strategy makes, given the replies."""

import asyncio
import json
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion, Outcome
from stages.llm.messages.replies import Spool
from stages.llm.messages.request import Request
from stages.llm.writing.generation import Generation
from tests.llm.writing.test_prompts import writer

PROMPTS = {"request": "Write {k} {label}", "next": "{k} more"}
TALKS = {"mode": "conversation", "texts_per_label": 40, "conversations": 4}


class Scripted:
    """Answers every request by a function and keeps them all."""

    def __init__(self, answer: Callable[[Request], tuple[str, str]]) -> None:
        self.asked: list[Request] = []
        self._answer = answer

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Nothing."""

    async def complete(self, request: Request) -> Outcome:
        """A completion, without delay."""
        self.asked.append(request)
        reply, reason = self._answer(request)
        return Outcome(Completion(reply, reason, "m", *request.tokens))


def generate(
    strategy: dict[str, Any], answer: Callable[[Request], tuple[str, str]]
) -> tuple[Generation, list[Request]]:
    """A whole run and its requests."""
    client = Scripted(answer)
    with Spool.file() as file:
        generation = Generation(writer(strategy, PROMPTS), client, Spool(file), "mine")
        asyncio.run(generation.run(3))
    return generation, client.asked


def texts(words: Iterable[object]) -> tuple[str, str]:
    """A good reply."""
    return json.dumps({"texts": [f"text {word}" for word in words]}), "stop"


def test_conversations_with_the_same_texts_go_on_until_the_label_is_full() -> None:
    """Four conversations that say the same at first are taken up again, within the limit."""

    def answer(request: Request) -> tuple[str, str]:
        start = 5 * request.round + 1000 * request.index * (request.round > 1)
        return texts(range(start, start + request.texts))

    generation, asked = generate(TALKS, answer)
    assert generation.shortfall() == {}
    made = [(request.label, request.index, request.round) for request in asked]
    assert len(set(made)) == len(made)
    assert max(tally.requests for tally in generation.collected.values()) <= 16


def test_conversations_end_at_the_limit() -> None:
    """With the same five texts forever, each label gets its most requests and no more."""
    generation, asked = generate(TALKS, lambda _: texts(range(5)))
    assert len(asked) == 2 * 16 and generation.shortfall() == {"ham": 35, "spam": 35}


def test_refusal_is_not_shown_again() -> None:
    """Only replies with texts are part of the conversation."""
    numbers = count()

    def answer(request: Request) -> tuple[str, str]:
        if request.round % 2 == 0:
            return "I'm sorry, but I can't help with that.", "stop"
        return texts(next(numbers) for _ in range(request.texts))

    _, asked = generate({**TALKS, "conversations": 1, "texts_per_label": 10}, answer)
    assert {request.round for request in asked} == {0, 1, 2, 3}
    assert not any("sorry" in json.dumps(request.body) for request in asked)


SINGLE = {"mode": "independent", "texts_per_label": 200}


def test_labels_take_turns() -> None:
    """A run that ends early has about as many texts of each label."""
    _, asked = generate(SINGLE, lambda request: texts([request.label, request.index]))
    assert [request.label for request in asked[:6]] == ["ham", "spam"] * 3


@pytest.mark.parametrize("strategy", [SINGLE, {**TALKS, "texts_per_label": 200}])
def test_answers_without_a_text_end_the_run(strategy: dict[str, Any]) -> None:
    """Not all requests are paid for when none gives a text; a cut reply points to max_tokens."""
    with pytest.raises(UserError, match=r"2\d answers .* raise strategies.mine.max_tokens, now 8"):
        generate({**strategy, "max_tokens": 8}, lambda _: ('{"texts": ["wi', "length"))
    with pytest.raises(UserError, match=r"no text, the last .empty_reply.: ''; fix the prompt"):
        generate(strategy, lambda _: ("", "stop"))


def test_label_that_is_refused_leaves_the_others_their_texts() -> None:
    """A model that will not write spam still writes ham; the limit ends the asking."""

    def answer(request: Request) -> tuple[str, str]:
        if request.label == "spam":
            return "I'm sorry, but I can't help with that.", "stop"
        return texts(range(1000 * request.index, 1000 * request.index + 5))

    generation, _ = generate(SINGLE, answer)
    assert generation.shortfall() == {"spam": 200} and generation.problems["refusal"] == 80
