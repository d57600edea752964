"""A run of the provider `openai`: cache, lock, transport and meter put together and taken down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stages.core.errors import UserError
from stages.llm import progress
from stages.llm.bulk import Batches, Exchange, OpenAIBatcher
from stages.llm.cache import Cache, folder
from stages.llm.client import CacheOnly, Client, MissingError
from stages.llm.endpoint import Answer, Endpoint, Limits, OpenAITransport, key_of
from stages.llm.generation import Asker, Generation, Spool, planned
from stages.llm.meter import Meter, Price
from stages.llm.prompts import Writer

SHOWN_FAILURES = 10
BATCH_DISCOUNT = 0.5  # of the price, at OpenAI and most that have a Batch API


@dataclass(frozen=True)
class Place:
    """The two files of the exchange mode."""

    requests: Path
    replies: Path


@contextmanager
def replies(
    writer: Writer,
    strategy: str,
    endpoint: Endpoint,
    limits: Limits,
    budget: float | None,
    place: Place,
) -> Iterator[tuple[Spool, str]]:
    """All replies of a strategy, sorted by key, and a sentence on what they took.

    Raises `UserError` when the budget, the key, the quota or the endpoint ends the run; whatever
    was paid for is in the cache then, and the next run goes on from there.
    """
    meter = _meter(writer, endpoint, budget)
    cache = Cache(folder())
    name = f"{writer.task.name}, {strategy}"
    try:
        with cache.lock(name), Spool.file() as file:
            run = _Run(writer, strategy, endpoint, limits, meter, cache, place, Spool(file))
            generation = asyncio.run(run.generate(name))
            yield generation.spool, _summary(generation, meter, cache)
    finally:
        cache.close()


@dataclass
class _Run:
    writer: Writer
    strategy: str
    endpoint: Endpoint
    limits: Limits
    meter: Meter
    cache: Cache
    place: Place
    spool: Spool

    async def generate(self, name: str) -> Generation:
        await self._announce(name)
        async with self._asker(name) as asker:
            generation = Generation(self.writer, asker, self.spool, self.strategy, "openai")
            async with progress.shown(name, self.meter, generation.wanted):
                # Twice as many as may be on their way: the others wait for a retry or a turn.
                await generation.run(2 * self.limits.concurrency)
        return generation

    @asynccontextmanager
    async def _asker(self, name: str) -> AsyncIterator[Asker]:
        task, api = self.writer.task.name, self.endpoint.api
        if api == "exchange":
            place = self.place
            yield Exchange(self.cache, self.meter, task, place.requests, place.replies)
            return
        if api == "batch":
            batcher = OpenAIBatcher(self.endpoint, self._key(), self.limits.timeout)
            try:
                yield Batches(self.cache, self.meter, task, name, batcher, self.limits.poll)
            finally:
                await batcher.close()
            return
        transport = _Lazy(lambda: OpenAITransport(self.endpoint, self._key(), self.limits.timeout))
        try:
            yield Client(transport, self.cache, self.limits, self.meter, task)
        finally:
            await transport.close()

    async def _announce(self, name: str) -> None:
        """Say what is missing; stop when there is no key for it or it is above the budget."""
        plan = planned(self.writer, self.meter)
        missing = plan["requests"]
        if self.cache.has_task(self.writer.task.name):
            missing = max(0, missing - await self._count_found())
        share = missing / plan["requests"]
        usd = plan["usd"] * share
        print(
            f"{name}: {missing} of about {plan['requests']} requests are not in the cache, "
            f"about {share * (plan['prompt_tokens'] + plan['completion_tokens']):.0f} tokens, "
            f"{usd:.2f} USD",
            flush=True,
        )
        if missing and self.endpoint.api != "exchange":
            self._key(missing)
        if self.meter.budget is not None and usd > self.meter.budget:
            raise UserError(
                f"{name}: {missing} requests would cost about {usd:.2f} USD, above "
                f"generate.budget_usd = {self.meter.budget}; raise it or ask for fewer texts"
            )

    async def _count_found(self) -> int:
        attributes = dict(self.writer.attributes)
        looker = CacheOnly(self.cache, replace(self.meter))
        with Spool.file() as file, suppress(MissingError):
            generation = Generation(self.writer, looker, Spool(file), self.strategy, "openai")
            with suppress(UserError):  # such as unreadable attributes: the run itself will say so
                await generation.run(1, waves=1)
        self.writer.attributes = attributes
        return looker.found

    def _key(self, missing: int = 1) -> str:
        key = key_of(self.endpoint)
        if key is None:
            raise UserError(
                f"{missing} requests are missing and {self.endpoint.key_env} is not set; set it, "
                "get the replies by `dvc pull`, or set generate.provider to recorded"
            )
        return key


class _Lazy:
    """The transport, made when the first request is sent: what is cached needs no import."""

    def __init__(self, make: Callable[[], OpenAITransport]) -> None:
        self._make = make
        self._made: OpenAITransport | None = None

    async def send(self, body: dict[str, Any]) -> Answer:
        if self._made is None:
            self._made = self._make()
        return await self._made.send(body)

    async def close(self) -> None:
        if self._made:
            await self._made.close()


def _meter(writer: Writer, endpoint: Endpoint, budget: float | None) -> Meter:
    price = endpoint.price.get(writer.model)
    if price is None and budget is not None:
        raise UserError(
            f"generate.budget_usd needs the price of {writer.model!r} in generate.endpoint.price, "
            f"found {sorted(endpoint.price)}; add it, or set the budget to null"
        )
    discount = BATCH_DISCOUNT if endpoint.api == "batch" else 1.0
    return Meter(price or Price(prompt=0, completion=0), budget, discount)


def _summary(generation: Generation, meter: Meter, cache: Cache) -> str:
    parts = [f"{len(generation.spool)} replies", progress.line(meter)]
    if generation.problems:
        parts.append("problems: " + ", ".join(f"{k} {n}" for k, n in generation.problems.items()))
    short = generation.short()
    if short:
        parts.append(f"texts lacking after most_requests: {short}")
    if cache.damaged:
        parts.append(f"{cache.damaged} damaged cache entries fetched anew")
    failures = generation.failures
    parts += [f"failed {name}: {reason}" for name, reason in failures[:SHOWN_FAILURES]]
    if len(failures) > SHOWN_FAILURES:
        parts.append(f"and {len(failures) - SHOWN_FAILURES} more failures, named in the replies")
    return "; ".join(parts)
