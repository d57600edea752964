"""A request answered: from the cache, or by the endpoint in as many attempts as are sensible."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception_type

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.sending.gate import Declared, Gate
from stages.llm.sending.openai_sdk import (
    FatalError,
    Limits,
    PermanentError,
    TransientError,
    Transport,
)
from stages.llm.sending.tries import Outage, Tries
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from stages.llm.writing.prompts import Request

KNOWN = 8  # answers after which the dearest of them says what one may cost
HOPELESS = 20  # rows in a row that fail, none answered: then nothing will be


@dataclass(frozen=True)
class Outcome:
    """What became of a request: a completion, or the reason why there is none."""

    completion: Completion | None
    error: str = ""


class StoppedError(UserError):
    """The run ends early; what was paid for is in the cache."""


class Client:
    """Sends requests once, keeps every answer, and stops cleanly.

    After a `StoppedError` or `FatalError` no new request goes out; those on their way are awaited
    and kept.
    """

    def __init__(
        self, transport: Transport, cache: Cache, limits: Limits, meter: Meter, task: str
    ) -> None:
        self.meter = meter
        self._transport, self._cache, self._limits, self._task = transport, cache, limits, task
        self._gate = Gate(
            limits.concurrency, Declared(limits.requests_per_minute, limits.tokens_per_minute)
        )
        self._stop: UserError | None = None
        self._stopped = asyncio.Event()
        self._failed_in_a_row = 0
        self._outage = Outage(limits.concurrency)
        self._begun = self._wary = False
        self.on_way = 0  # requests with money set aside
        self._returned = asyncio.Event()  # set when a request has ended

    def stop(self, reason: UserError) -> None:
        """Send nothing more; every request that is not on its way ends with `reason`."""
        self._stop = self._stop or reason
        self._stopped.set()
        self._returned.set()
        self._gate.open()

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Nothing: every request is sent by itself."""

    async def complete(self, request: Request, tokens: tuple[int, int]) -> Outcome:
        """The outcome of a request of so many (estimated) prompt and completion tokens.

        Raises `UserError` when the run has to end: budget, key, quota, model, cache.
        """
        known = self._cache.get(request.key)
        if known is not None:
            self.meter.cached += 1
            return Outcome(known)
        try:
            completion = await self._ask(request, tokens)
        except PermanentError as error:
            self._outage.over()
            return self._fail(request, error)
        except TransientError as error:
            self._outage.given_up(request.key)
            return self._fail(request, error)
        except UserError as error:
            self.stop(error)
            raise
        self._failed_in_a_row = 0
        self._outage.over()
        return Outcome(completion)

    async def _ask(self, request: Request, tokens: tuple[int, int]) -> Completion:
        tries = Tries(request.key, self._limits, self._outage)
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=tries.enough,
            wait=tries.wait,
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                self.meter.retried += attempt.retry_state.attempt_number > 1
                return await self._attempt(request, tokens)
        raise AssertionError("unreachable")

    async def _attempt(self, request: Request, tokens: tuple[int, int]) -> Completion:
        self._beware(tokens)
        async with self._gate.slot(sum(tokens)) as ticket:
            reserved = await self._reserve(request, tokens)
            self.on_way += 1
            try:
                answer = await self._transport.send(request.body)
            except TransientError as error:
                if error.limited:
                    self._gate.rejected(ticket)
                if error.billed:
                    self.meter.lose(tokens)
                raise
            finally:
                self.on_way -= 1
                # Sums of floats seldom come back to zero by themselves.
                self.meter.reserved = self.meter.reserved - reserved if self.on_way else 0.0
                self._returned.set()
            self._gate.answered(ticket, answer.told, sum(tokens))
        self.meter.add(answer.completion, tokens)
        self._cache.put(request.key, self._task, answer.completion)
        if self._wary and self.meter.sent >= KNOWN:
            self._wary = False
            self._gate.widen()
        return answer.completion

    def _beware(self, tokens: tuple[int, int]) -> None:
        """Before the first request: few at once, if their real cost could pass the budget."""
        if self._begun:
            return
        self._begun = True
        width = self.meter.width(self.meter.cost(*tokens))
        if width is not None:
            self._wary = True
            self._gate.narrow(width)

    async def _reserve(self, request: Request, tokens: tuple[int, int]) -> float:
        """Set money aside; where it is not there, wait for what others on their way leave of it."""
        most = request.body.get("max_tokens") or request.body.get("max_completion_tokens") or 0
        cost = self.meter.cost(tokens[0], max(tokens[1], most))
        while True:
            if self._stop:
                raise self._stop
            try:
                return self.meter.reserve(cost)
            except UserError:
                if not self.on_way:
                    raise
            self._returned.clear()
            await self._returned.wait()

    async def _sleep(self, seconds: float) -> None:
        """Back off, unless the run has to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    def _fail(self, request: Request, error: Exception) -> Outcome:
        filtered = isinstance(error, PermanentError) and error.filtered
        self.meter.failed += 1
        if filtered:
            self._failed_in_a_row = 0
            return Outcome(
                Completion("", "content_filter", request.body["model"], 0, 0), str(error)
            )
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= HOPELESS:
            error = StoppedError(
                f"{HOPELESS} requests in a row failed, the last with: {error}; mend that and run "
                "again, what was answered is kept"
            )
            self.stop(error)
            raise error
        return Outcome(None, str(error))


class MissingError(Exception):
    """Requests that depend on this one cannot be known."""


class CacheOnly:
    """Counts what a run would find in the cache; asks nobody."""

    def __init__(self, cache: Cache, meter: Meter) -> None:
        self.meter = meter
        self.found = 0
        self._cache = cache

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Nothing."""

    async def complete(self, request: Request, tokens: tuple[int, int]) -> Outcome:
        """The stored outcome, or one without a completion."""
        known = self._cache.get(request.key)
        if known is None and request.round < 0:
            raise MissingError
        self.found += known is not None
        return Outcome(known, "" if known else "not in the cache")


async def run_bounded(jobs: Iterable[Callable[[], Awaitable[Any]]], width: int) -> None:
    """Run jobs, `width` at a time, drawing the next one only when there is room for it.

    After the first error no new job starts; those under way end by themselves, then it is raised.
    """
    source = iter(jobs)
    errors: list[BaseException] = []

    async def worker() -> None:
        for job in source:
            if errors:
                return
            try:
                await job()
            except Exception as error:
                errors.append(error)
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(worker())
    if errors:
        raise next((error for error in errors if isinstance(error, FatalError)), errors[0])
