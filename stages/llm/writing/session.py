"""A run of the provider `openai`: cache, lock, endpoint and meter put together and taken down."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from stages.core.errors import UserError
from stages.llm.messages.completion import Asker
from stages.llm.messages.replies import Spool
from stages.llm.sending import progress
from stages.llm.sending.open import asker
from stages.llm.sending.progress import Progress
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache, folder
from stages.llm.spending.meter import Estimate, Meter
from stages.llm.writing.estimate import (
    CacheOnly,
    MissingError,
    planned,
    planned_proposals,
)
from stages.llm.writing.generation import Generation, InLanguage
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import Attributes

SHOWN_FAILURES = 10


@contextmanager
def replies(
    writer: Writer,
    strategy: str,
    access: Access,
    exchange: Path,
    in_language: InLanguage = bool,
) -> Iterator[tuple[Spool, str]]:
    """All replies of a strategy, sorted by key, and what they took, in words.

    `exchange` is the folder of the exchange mode's files; texts for which `in_language` is false
    are replaced by further requests. Raises `UserError` when the budget, the key, the quota or the
    endpoint ends the run, or requests failed for a label that has too few texts; whatever was paid
    for is in the cache then, and the next run goes on from there.
    """
    with _opened(writer, strategy, access, exchange) as run:
        with _rare_collections():
            generation = asyncio.run(run.generate(in_language))
        failures = generation.failures
        if failures and len(failures) == len(generation.spool):
            raise UserError(
                f"{writer.task.name}, {strategy}: none of {len(failures)} requests was answered, "
                f"the last: {failures[-1][1]}; fix that and run again"
            )
        lost = _lost(generation)
        if lost:
            raise UserError(
                f"{writer.task.name}, {strategy}: texts are missing, {generation.shortfall()}, and "
                f"{sum(lost.values())} requests for them failed, the last: {failures[-1][1]}; "
                "run again, what was answered is kept"
            )
        yield generation.spool, _summary(generation, run.meter, run.cache)


def proposals(
    writer: Writer, strategy: str, access: Access, exchange: Path
) -> dict[str, Attributes]:
    """Attributes of every label: the card's, else the LLM's, requested where not cached.

    Raises `UserError` as `replies` does, and when no proposal for a label can be read.
    """
    if not writer.without_attributes():
        return writer.attributes
    with _opened(writer, strategy, access, exchange) as run:
        return asyncio.run(run.propose())


def estimate(writer: Writer, strategy: str, access: Access, exchange: Path) -> str:
    """Requests of a run that are not in the cache, their tokens and cost; sends nothing."""
    meter = access.model_copy(update={"budget_usd": None}).meter(writer.model)
    with closing(Cache(folder())) as cache, Spool.file() as file:
        run = _Run(writer, strategy, access, meter, cache, exchange, Spool(file))
        plan = planned(writer, meter)
        missing = plan.of(max(0, plan.requests - asyncio.run(run.found())))
        return access.described(missing, f"{plan.requests} requests", cache.ledger.account())


@contextmanager
def _opened(writer: Writer, strategy: str, access: Access, exchange: Path) -> Iterator["_Run"]:
    with closing(Cache(folder())) as cache:
        meter = access.meter(writer.model, cache.ledger)
        with cache.lock(f"{writer.task.name}, {strategy}"), Spool.file() as file:
            yield _Run(writer, strategy, access, meter, cache, exchange, Spool(file))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Run the garbage collector rarely: the loop's timers and tasks are many, and no garbage.

    With Python's own thresholds it took up to a third of the time per request (bench_generate).
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass
class _Run:
    writer: Writer
    strategy: str
    access: Access
    meter: Meter
    cache: Cache
    exchange: Path
    spool: Spool

    @property
    def _title(self) -> str:
        return f"{self.writer.task.name}, {self.strategy}"

    async def generate(self, in_language: InLanguage) -> Generation:
        found = await self.found(in_language)
        self._admit(planned(self.writer, self.meter), found, sys.stdout)
        async with self._asking() as asking:
            generation = self._generation(asking, self.spool, in_language)
            shown = Progress(self._title, self.meter, generation.wanted, lambda: generation.texts)
            async with progress.shown(shown):
                # Twice as many as may be on their way: the others wait for a retry or a turn.
                await generation.run(2 * self.access.limits.concurrency)
        return generation

    async def propose(self) -> dict[str, Attributes]:
        asked = [self.writer.proposal(label) for label in self.writer.without_attributes()]
        found = sum(self.cache.get(request.key) is not None for request in asked)
        # Standard output is for the attributes alone.
        self._admit(planned_proposals(self.writer, self.meter), found, sys.stderr)
        async with self._asking() as asking:
            await self._generation(asking, self.spool).propose()
        print(f"{self._title}: {progress.line(self.meter)}", file=sys.stderr)
        return {label: self.writer.attributes[label] for label in self.writer.task.labels}

    def _generation(
        self, asking: Asker, spool: Spool, in_language: InLanguage = bool
    ) -> Generation:
        return Generation(self.writer, asking, spool, self.strategy, in_language)

    def _asking(self) -> AbstractAsyncContextManager[Asker]:
        task = self.writer.task.name
        return asker(self.access, self.cache, self.meter, task, self.strategy, self.exchange)

    def _admit(self, planned: Estimate, found: int, out: TextIO) -> None:
        """Say what is missing; stop when there is no key for it or it is above the budget."""
        missing = planned.of(max(0, planned.requests - found))
        total = f"about {planned.requests} requests"
        account = self.cache.ledger.account(self.cache.batches(self._title))
        self.access.admit(self._title, missing, total, account, out)

    async def found(self, in_language: InLanguage = bool) -> int:
        """How many of the requests are in the cache."""
        if not self.cache.has_task(self.writer.task.name):
            return 0
        attributes = dict(self.writer.attributes)
        looker = CacheOnly(self.cache)
        with Spool.file() as file, suppress(MissingError):
            generation = self._generation(looker, Spool(file), in_language)
            with suppress(UserError):  # such as unreadable attributes: the run itself will say so
                await generation.run(1, waves=1)
        self.writer.attributes = attributes
        return looker.found


def _lost(generation: Generation) -> dict[str, int]:
    """Labels with too few texts, and how many requests for each were not answered.

    One that a content filter stopped was answered: asking again gives nothing else.
    """
    short = generation.shortfall()
    if not short or not generation.failures:
        return {}
    found = Counter(
        reply["label"]
        for reply in generation.spool
        if (reply["finish_reason"] or "").startswith("error: ")
    )
    return {label: number for label, number in found.items() if label in short}


def _summary(generation: Generation, meter: Meter, cache: Cache) -> str:
    counts = f"{len(generation.spool)} replies with {generation.texts} texts"
    parts = [counts, progress.line(meter)]
    problems = ", ".join(f"{name} {n}" for name, n in generation.problems.items() if n)
    parts += [f"problems: {problems}"] if problems else []
    short = generation.shortfall()
    if short:
        parts.append(f"texts missing after most_requests: {short}")
    if cache.damaged:
        parts.append(f"{cache.damaged} damaged cache entries fetched again")
    failures = generation.failures
    lines = ["; ".join(parts)]
    lines += [f"  failed {name}: {reason}" for name, reason in failures[:SHOWN_FAILURES]]
    if len(failures) > SHOWN_FAILURES:
        lines.append(f"  and {len(failures) - SHOWN_FAILURES} more, named in the replies")
    return "\n".join(lines)
