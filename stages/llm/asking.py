"""What answers requests, by the endpoint's `api`: the client, batches, or files to carry."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from stages.core.errors import UserError
from stages.core.params import Section
from stages.llm.bulk import Batches, Exchange, OpenAIBatcher
from stages.llm.cache import Cache
from stages.llm.client import Client, StoppedError
from stages.llm.endpoint import Answer, Endpoint, Limits, OpenAITransport, key_of
from stages.llm.generation import Asker
from stages.llm.meter import Meter, Price

BATCH_DISCOUNT = 0.5  # of the price, at OpenAI and most that have a Batch API


class Access(Section):
    """Where requests go, how fast, and for how much money at most: three keys of `generate`."""

    endpoint: Endpoint
    limits: Limits
    budget_usd: float | None = Field(ge=0)  # of one run

    def meter(self, model: str, spent: float) -> Meter:
        """A meter of a model's prices; `spent` US dollars of the budget went to other models."""
        price = self.endpoint.price.get(model)
        if price is None and self.budget_usd is not None:
            raise UserError(
                f"generate.budget_usd needs the price of {model!r} in generate.endpoint.price, "
                f"found {sorted(self.endpoint.price)}; add it, or set the budget to null"
            )
        discount = BATCH_DISCOUNT if self.endpoint.api == "batch" else 1.0
        rate = price or Price(prompt=0, completion=0)
        return Meter(rate, self.budget_usd, discount, reserved=spent)

    def key(self, missing: int) -> str:
        """The key; `UserError` when `missing` requests need one that is not set."""
        key = key_of(self.endpoint)
        if key is None:
            raise UserError(
                f"{missing} requests are missing and {self.endpoint.key_env} is not set; set it, "
                "get the replies by `dvc pull`, or have them answered elsewhere with "
                "generate.endpoint.api: exchange"
            )
        return key


@asynccontextmanager
async def asker(
    access: Access, cache: Cache, meter: Meter, task: str, name: str, folder: Path
) -> AsyncIterator[Asker]:
    """An asker under `name`, whose replies are cached under `task`; closed at the end.

    `folder` holds the two files of the exchange mode.
    """
    endpoint, limits = access.endpoint, access.limits
    if endpoint.api == "exchange":
        out, back = folder / f"{name}.requests.jsonl", folder / f"{name}.replies.jsonl"
        yield Exchange(cache, meter, task, out, back)
    elif endpoint.api == "batch":
        batcher = OpenAIBatcher(endpoint, access.key(1), limits.timeout)
        try:
            yield Batches(cache, meter, task, f"{task}, {name}", batcher, limits.poll)
        finally:
            await batcher.close()
    else:
        transport = _Lazy(access)
        client = Client(transport, cache, limits, meter, task)
        try:
            with _stopping(client):
                yield client
        finally:
            await transport.close()


@contextmanager
def _stopping(client: Client) -> Iterator[None]:
    """The first interrupt ends the run cleanly, keeping the replies on their way; the second kills.

    Signals reach the main thread only; elsewhere an interrupt is not ours to handle.
    """
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        client.stop(StoppedError("interrupted; what was paid for is kept, run again to go on"))

    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class _Lazy:
    """The transport, made when the first request is sent: what is cached needs no key."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._made: OpenAITransport | None = None

    async def send(self, body: dict[str, Any]) -> Answer:
        if self._made is None:
            access = self._access
            self._made = OpenAITransport(access.endpoint, access.key(1), access.limits.timeout)
        return await self._made.send(body)

    async def close(self) -> None:
        if self._made:
            await self._made.close()
