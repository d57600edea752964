"""How long a request is tried, on an endpoint without a network and a clock of its own."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from stages.llm.messages.completion import Completion, Outcome, TransientError
from stages.llm.messages.config import Limits, Price
from stages.llm.sending.client import Client
from stages.llm.sending.openai_sdk import RateHeaders, Response
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from tests import small_task
from tests.llm import clock
from tests.llm.conftest import request


class Scripted:
    """Answers after a second; the prompts in `failing` get so many failures before."""

    def __init__(self, failing: dict[str, list[TransientError]]) -> None:
        self.tries: Counter[str] = Counter()
        self._failing = failing

    async def send(self, body: dict[str, Any]) -> Response:
        """The prompt's next failure, else a completion."""
        await asyncio.sleep(1.0)
        prompt = body["messages"][0]["content"]
        self.tries[prompt] += 1
        if self._failing.get(prompt):
            raise self._failing[prompt].pop(0)
        return Response(Completion("text", "stop", "m", 1, 1), RateHeaders())

    async def aclose(self) -> None:
        """Nothing."""


def ask(cache: Cache, transport: Scripted, prompts: list[str], **limits: Any) -> list[Outcome]:
    """The outcomes of the prompts, all asked at once."""

    async def run() -> list[Outcome]:
        meter = Meter(Price(prompt=0, completion=0), None)
        client = Client(transport, cache, Limits(**small_task.LIMITS | limits), meter, "sms")
        return await asyncio.gather(*(client.complete(request(prompt)) for prompt in prompts))

    return clock.run(run())


def test_waiting_in_the_queue_costs_no_patience(cache: Cache) -> None:
    """At 3 per minute the last of 100 is sent after half an hour, and may still fail twice.

    Nor does the wait of a retry behind the others count.
    """
    oops = [TransientError("500 oops", reached=True) for _ in range(3)]
    prompts = [f"Write 1 text {number}" for number in range(100)]
    transport = Scripted({prompts[50]: [oops[0]], prompts[-1]: oops[1:]})
    outcomes = ask(cache, transport, prompts, requests_per_minute=3, patience=60.0, attempts=4)
    assert all(outcome.completion for outcome in outcomes)
    assert (transport.tries[prompts[50]], transport.tries[prompts[-1]]) == (2, 3)


@pytest.mark.parametrize(("patience", "tries"), [(5.5, 1), (20.0, 3), (100.0, 10)])
def test_patience_is_what_failures_and_their_waits_take(
    patience: float, tries: int, cache: Cache
) -> None:
    """Every 429 takes a second and asks for six more: less patience allows fewer tries."""
    limited = [TransientError("429", limited=True, retry_after=6.0) for _ in range(100)]
    transport = Scripted({"Write 1": limited})
    (outcome,) = ask(cache, transport, ["Write 1"], patience=patience)
    assert outcome.error == "429" and abs(transport.tries["Write 1"] - tries) <= tries // 2
