"""What answers requests, by the endpoint's `api`: the client, batches, or files to carry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from stages.core.errors import UserError
from stages.core.params import Section
from stages.llm.bulk import Batches, Exchange, OpenAIBatcher
from stages.llm.cache import Cache
from stages.llm.client import Client
from stages.llm.endpoint import Answer, Endpoint, Limits, OpenAITransport, key_of
from stages.llm.generation import Asker
from stages.llm.meter import Meter, Price
from stages.llm.session import BATCH_DISCOUNT, Place


class Access(Section):
    """Where requests go, how fast, and for how much money at most: three keys of `generate`."""

    endpoint: Endpoint
    limits: Limits
    budget_usd: float | None = Field(ge=0)  # of one run

    def meter(self, model: str, spent: float) -> Meter:
        """A meter of a model's prices with what is left of the budget after `spent`."""
        price = self.endpoint.price.get(model)
        if price is None and self.budget_usd is not None:
            raise UserError(
                f"generate.budget_usd needs the price of {model!r} in generate.endpoint.price, "
                f"found {sorted(self.endpoint.price)}; add it, or set the budget to null"
            )
        discount = BATCH_DISCOUNT if self.endpoint.api == "batch" else 1.0
        left = None if self.budget_usd is None else max(0.0, self.budget_usd - spent)
        return Meter(price or Price(prompt=0, completion=0), left, discount)

    def key(self, missing: int) -> str:
        """The key; `UserError` when `missing` requests need one that is not set."""
        key = key_of(self.endpoint)
        if key is None:
            raise UserError(
                f"{missing} requests are missing and {self.endpoint.key_env} is not set; set it, "
                "or have them answered elsewhere with generate.endpoint.api: exchange"
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
        place = Place(folder / f"{name}.requests.jsonl", folder / f"{name}.replies.jsonl")
        yield Exchange(cache, meter, task, place.requests, place.replies)
    elif endpoint.api == "batch":
        batcher = OpenAIBatcher(endpoint, access.key(1), limits.timeout)
        try:
            yield Batches(cache, meter, task, f"{task}, {name}", batcher, limits.poll)
        finally:
            await batcher.close()
    else:
        transport = _Lazy(access)
        try:
            yield Client(transport, cache, limits, meter, task)
        finally:
            await transport.close()


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
