"""Who may send now: bounded concurrency, the learned pace, and declared limits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf

from aiolimiter import AsyncLimiter

from stages.llm.sending.headers import Told
from stages.llm.sending.pace import FASTEST, Pace, Ticket

BEAT = 0.005  # seconds between looks at how late this process's own event loop is
BEHIND = 0.005  # seconds of lateness above which nothing is sent: answers wait to be read first
LONGEST_WAIT = 0.05  # seconds; others may keep the processor busy for longer
EVEN = 1.25  # times the rate at which answers free slots: sends are no more bunched than that
AVERAGED = 0.05  # weight of the newest answer in the mean latency
LOW = 0.2  # of a limit left: from here on requests are sent no faster than it is refilled


@dataclass
class Declared:
    """Limits that the user knows; None for those he does not."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


class Gate:
    """Lets requests out in the order in which they came, never more than `concurrency` at once."""

    def __init__(self, concurrency: int, declared: Declared) -> None:
        self._loop = asyncio.get_running_loop()
        self.pace = Pace(self._loop.time())
        self._concurrency = self._free = concurrency
        self._closed = 0  # slots that are kept closed
        self._latency = 0.0  # seconds, mean; 0 before the first answer
        self._opened = asyncio.Event()
        self._waiting: deque[asyncio.Future[Ticket]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._behind_since: float | None = None
        self._requests = _limiter(declared.requests_per_minute, 1)
        self._tokens = _limiter(declared.tokens_per_minute, 10)

    @asynccontextmanager
    async def slot(self, tokens: int) -> AsyncIterator[Ticket]:
        """A turn to send a request of so many tokens; hold it only while it is on its way."""
        if self._requests:
            await self._declared(self._requests, 1)
        if self._tokens:
            await self._declared(self._tokens, min(tokens, self._tokens.max_rate))
        waiter: asyncio.Future[Ticket] = self._loop.create_future()
        self._waiting.append(waiter)
        if self._beat is None and self.pace.rate < FASTEST:
            self._start_beat()
        self._let_out()
        try:
            ticket = await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._release()
            raise
        try:
            yield ticket
        finally:
            self._release()

    def narrow(self, width: int) -> None:
        """Let no more than `width` out at once until `widen`; before the first one only."""
        self._closed = max(0, self._concurrency - width)
        self._free -= self._closed

    def widen(self) -> None:
        """Let as many out as at first."""
        self._free += self._closed
        self._closed = 0
        self._let_out()

    def open(self) -> None:
        """Let everybody through at once: the run ends, and nobody in here will send."""
        self._opened.set()
        self._let_out()

    async def _declared(self, limiter: AsyncLimiter, amount: float) -> None:
        """Wait for a declared limit, or until the gate is opened."""
        if limiter.has_capacity(amount):  # the usual case, without two tasks
            await limiter.acquire(amount)
            return
        waits = [asyncio.ensure_future(limiter.acquire(amount))]
        waits.append(asyncio.ensure_future(self._opened.wait()))  # type: ignore[arg-type]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def rejected(self, ticket: Ticket) -> None:
        """The request came back with a 429."""
        self.pace.reject(self._loop.time(), ticket)

    def answered(self, ticket: Ticket, told: Told, tokens: int) -> None:
        """Heed the latency, and the limits in an answer's headers once they are nearly reached."""
        self._smooth(self._loop.time() - ticket.time)
        ceiling = inf
        if _is_low(told.requests_left, told.requests_per_minute):
            ceiling = (told.requests_per_minute or inf) / 60
        if _is_low(told.tokens_left, told.tokens_per_minute):
            ceiling = min(ceiling, (told.tokens_per_minute or inf) / 60 / max(1, tokens))
        self.pace.ceiling = ceiling

    def _smooth(self, latency: float) -> None:
        """Keep sends apart: answers that come in a bunch would else go on as one for ever.

        A bunch waits for itself, here and at the endpoint: with 64 on their way, each answered
        after 200 ms, it cost 4 % of the requests a second (bench_generate, c64).
        """
        weight = AVERAGED if self._latency else 1.0
        self._latency += weight * (latency - self._latency)
        self.pace.smooth = EVEN * self._concurrency / max(self._latency, 1e-6)

    def _release(self) -> None:
        self._free += 1
        self._let_out()

    def _start_beat(self) -> None:
        due = self._loop.time() + BEAT
        self._beat = self._loop.call_at(due, self._on_beat, due)

    def _on_beat(self, due: float) -> None:
        """Send nothing while answers queue up here: a limit would be noticed too late."""
        self._beat = None
        now = self._loop.time()
        if now - due <= BEHIND:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        elif now - self._behind_since > LONGEST_WAIT:
            self._behind_since = None
        if self.pace.rate == FASTEST:  # the endpoint has had its time to object
            self._behind_since = None
        elif self._waiting:
            self._start_beat()
        self._let_out()

    def _let_out(self) -> None:
        opened = self._opened.is_set()
        while self._waiting and (opened or (self._free and self._behind_since is None)):
            if self._waiting[0].done():  # cancelled
                self._waiting.popleft()
                continue
            now = self._loop.time()
            delay = self.pace.delay(now)
            if delay > 0 and not opened:
                if self._timer is None:
                    self._timer = self._loop.call_later(delay, self._on_time)
                return
            self._free -= 1
            self._waiting.popleft().set_result(self.pace.send(now))

    def _on_time(self) -> None:
        self._timer = None
        self._let_out()


def _is_low(left: float | None, limit: float | None) -> bool:
    return left is not None and limit is not None and left < LOW * limit


def _limiter(per_minute: float | None, seconds: float) -> AsyncLimiter | None:
    """The limit in short windows: a full minute's worth at once would meet a 429."""
    if per_minute is None:
        return None
    seconds = max(seconds, 60 / per_minute)
    return AsyncLimiter(per_minute * seconds / 60, seconds)
