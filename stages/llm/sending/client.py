"""A request answered: from the cache, or by the endpoint in as many attempts as are sensible."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion, Outcome, PermanentError, TransientError
from stages.llm.messages.config import Limits
from stages.llm.messages.request import Request
from stages.llm.sending.openai_sdk import Transport
from stages.llm.sending.rate import Rate, Ticket
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter

KNOWN = 8  # answers after which the most expensive of them says what one may cost
HOPELESS = 20  # rows in a row that fail, none answered: then nothing will be
FAILING = 5  # requests that fail at the same time, none answered: then the endpoint is out
STARTING = 60.0  # seconds to wait for an endpoint that has answered nothing but 5xx in this run
BACKOFF = (0.25, 30.0)  # seconds at most after the first failure, doubled after each, up to


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
        self._transport, self._cache, self._limits = transport, cache, limits
        self._meter, self._task = meter, task
        self._rate = Rate(limits)
        self._stop: UserError | None = None
        self._stopped = asyncio.Event()
        self._failed_in_a_row = 0
        self._outage = Outage(limits.concurrency)
        self._started = self._careful = False
        self._asked: dict[str, asyncio.Event] = {}  # keys of requests, set when they have ended
        self.on_way = 0  # requests with money set aside
        self._returned = asyncio.Event()  # set when a request has ended

    def stop(self, reason: UserError) -> None:
        """Send nothing more; every request that is not on its way ends with `reason`."""
        self._stop = self._stop or reason
        self._stopped.set()
        self._returned.set()
        self._rate.open()

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Nothing: every request is sent by itself."""

    async def complete(self, request: Request) -> Outcome:
        """The outcome; raises `UserError` for an end of the run: budget, key, quota, model, cache.

        A request that is not in the cache is sent, and again after transient failures.
        """
        async with self._alone(request.key):
            known = self._cache.get(request.key)
            if known is not None:
                self._meter.cached += 1
                return Outcome(known)
            return await self._outcome(request)

    @asynccontextmanager
    async def _alone(self, key: str) -> AsyncIterator[None]:
        """One of equal requests at a time: the others find its reply in the cache."""
        while key in self._asked:
            await self._asked[key].wait()
        done = self._asked[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._asked[key]
            done.set()

    async def _outcome(self, request: Request) -> Outcome:
        try:
            completion = await self._ask(request)
        except PermanentError as error:
            self._outage.over()
            return self._fail(request, error)
        except TransientError as error:
            self._outage.give_up(request.key)
            return self._fail(request, error)
        except UserError as error:
            self.stop(error)
            raise
        self._failed_in_a_row = 0
        self._outage.over()
        return Outcome(completion)

    async def _ask(self, request: Request) -> Completion:
        self._start(request)
        retries = Retries(request.key, self._limits, self._outage)
        loop = asyncio.get_running_loop()
        while True:
            async with self._rate.slot(sum(request.tokens)) as ticket:
                try:
                    return await self._attempt(request, ticket)
                except TransientError as error:
                    wait = retries.wait(error, loop.time() - ticket.time)
                    if wait is None:
                        raise
            with suppress(TimeoutError):  # the usual end, unless the run has to stop
                await asyncio.wait_for(self._stopped.wait(), wait)
            self._meter.retried += 1

    async def _attempt(self, request: Request, ticket: Ticket) -> Completion:
        reserved = await self._reserve(request)
        self.on_way += 1
        try:
            answer = await self._transport.send(request.body)
        except TransientError as error:
            if error.limited:
                self._rate.rejected(ticket)
            if error.billed:
                self._meter.lose(request.tokens)
            raise
        finally:
            self.on_way -= 1
            # Sums of floats seldom come back to zero by themselves.
            self._meter.reserved = self._meter.reserved - reserved if self.on_way else 0.0
            self._returned.set()
        self._rate.answered(ticket, answer.headers, sum(request.tokens))
        self._meter.add(answer.completion, request.tokens)
        self._cache.put(request.key, self._task, answer.completion)
        if self._careful and self._meter.paid >= KNOWN:
            self._careful = False
            self._rate.widen()
        return answer.completion

    def _start(self, request: Request) -> None:
        """Before the first request: few at once, if their real cost could pass the budget."""
        if self._started:
            return
        self._started = True
        width = self._meter.width(self._meter.cost(*request.tokens))
        if width is not None:
            self._careful = True
            self._rate.narrow(width)

    async def _reserve(self, request: Request) -> float:
        """Set money aside; where it is not there, wait for what others on their way leave of it."""
        prompt, completion = request.tokens
        most = request.body.get("max_tokens") or request.body.get("max_completion_tokens") or 0
        cost = self._meter.cost(prompt, max(completion, most))
        while True:
            if self._stop:
                raise self._stop
            try:
                return self._meter.reserve(cost)
            except UserError:
                if not self.on_way:
                    raise
            self._returned.clear()
            await self._returned.wait()

    def _fail(self, request: Request, error: Exception) -> Outcome:
        self._meter.failed += 1
        again = isinstance(error, TransientError)
        if isinstance(error, PermanentError) and error.filtered:
            self._failed_in_a_row = 0
            return Outcome.filtered(request, str(error))
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= HOPELESS:
            error = StoppedError(
                f"{HOPELESS} requests in a row failed, the last with: {error}; fix that and run "
                "again, what was answered is kept"
            )
            self.stop(error)
            raise error
        return Outcome(None, str(error), again)


class Outage:
    """Whether it is the endpoint that fails, rather than single requests.

    It is, once several requests fail side by side and none was answered in between. An endpoint
    that was never reached is not out but not there.
    """

    def __init__(self, concurrency: int) -> None:
        self._least = min(FAILING, 2 * concurrency)  # as many as may wait at once
        self._failing: set[str] = set()
        self._answered = False

    def includes(self, key: str, error: TransientError) -> bool:
        """Whether this failure of the request `key` is one of an outage."""
        self._failing.add(key)
        return len(self._failing) >= self._least and (self._answered or error.reached)

    def patience(self, patience: float) -> float:
        """Seconds that a request may be put off: fewer where nothing was ever answered."""
        return patience if self._answered else min(patience, STARTING)

    def give_up(self, key: str) -> None:
        """The request is not asked again."""
        self._failing.discard(key)

    def over(self) -> None:
        """A request was answered."""
        self._answered = True
        self._failing.clear()


class Retries:
    """The further tries of one request: as many as `Limits` and the state of the endpoint allow.

    429s count towards the patience alone, and so do failures in an outage; all others are attempts.
    Patience is the time in failed tries and in the waits after them, not in the queue.
    """

    def __init__(self, key: str, limits: Limits, outage: Outage) -> None:
        self._key, self._limits, self._outage = key, limits, outage
        self._put_off = 0.0  # seconds
        self._limited = self._failed = self._counted = 0

    def wait(self, error: TransientError, took: float) -> float | None:
        """Seconds until the next try, after one that `took` so many; None for no further try."""
        self._put_off += took
        put_off = self._put_off + (error.retry_after or 0.0)
        if put_off > self._limits.patience:
            return None
        if not error.limited:
            if self._outage.includes(self._key, error):
                if put_off > self._outage.patience(self._limits.patience):
                    return None
            else:
                self._counted += 1
                if self._counted >= self._limits.attempts:
                    return None
        wait = self._back_off(error)
        self._put_off += wait
        return wait

    def _back_off(self, error: TransientError) -> float:
        """What the endpoint asks for, else a random time that doubles with each failure."""
        self._limited += error.limited
        self._failed += not error.limited
        before = (self._limited if error.limited else self._failed) - 1
        random_wait = random.uniform(0, min(BACKOFF[1], BACKOFF[0] * 2.0 ** min(before, 30)))  # noqa: S311
        if error.retry_after is None:
            return random_wait
        return error.retry_after + 0.1 * random_wait  # not all at the same moment
