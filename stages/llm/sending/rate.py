"""Who may send now: one door for concurrency, declared limits, and a rate learned from 429s.

Endpoints limit requests by token buckets whose size and refill are rarely documented. While a
bucket has tokens nothing can be learned, so the rate ramps up from `START`. Between two moments at
which the bucket was empty, requests are admitted exactly at its refill rate: the admissions counted
between two 429s of a cluster *are* that rate. A single 429 means nothing: some endpoints shed load
at random. Everything is counted in the order of sending, so that it does not matter whether an
endpoint rejects at once or as late as it answers.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil, exp, inf

from stages.llm.messages.config import Limits
from stages.llm.sending.openai_sdk import RateHeaders

# The door
BEAT = 0.005  # seconds between looks at how late this process's own event loop is
BEHIND = 0.005  # seconds of lateness above which nothing is sent: answers wait to be read first
LONGEST_WAIT = 0.05  # seconds; others may keep the processor busy for longer
EVEN = 1.6  # times the rate at which answers free slots: sends are no more bunched than that
AVERAGED = 0.05  # weight of the newest answer in the mean latency
LOW = 0.2  # of a limit left: from here on requests are sent no faster than it is refilled
SLOWEST = 1 / 60  # requests per second by headers: limits per minute are refilled by then
BURST = 0.25  # seconds' worth of a declared limit that may go at once, after a pause
NOTHING = 1e-9  # of a request: so little is missing by rounding
# The learned rate
START = 100.0  # requests per second at first
RAMP = 5.0  # growth until the first cluster, in e-foldings per second: 1,000/s after 0.5 s
FASTEST = 1e5  # requests per second; beyond it nothing is held back
FLOOR = 2.0  # requests per second that are always allowed
FIRST = (8, 5)  # so many rejected of so many sent: by chance once in 60,000 if 5 % are
CLUSTER = (20, 3)  # the same while paced, above the background share
HOLD = (5.0, 15.0)  # a measured rate is kept for so many times its measurement; at most seconds
GROWTH = (0.02, 0.5)  # then it grows: e-foldings per second, after a long and a short measurement
SURE = 0.5  # seconds; a rate measured for longer can be relied on
OVERFLOW = 1.3  # a bucket below this excess over the measured rate may have been full meanwhile
MOST_BACKGROUND = 0.3
MARGIN = 0.995  # of a measured rate is used
SLACK = 0.002  # seconds of unused time that are made up for: timers are late


@dataclass(frozen=True)
class Ticket:
    """A request on its way: its number in the order of sending, and when it was sent."""

    number: int
    time: float


class Rate:
    """Lets requests out in the order in which they came, within all limits that are known."""

    def __init__(self, limits: Limits) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self.learned = Learned(now)
        self._requests = Bucket(limits.requests_per_minute, now)
        self._tokens = Bucket(limits.tokens_per_minute, now)
        self._concurrency = self._free = limits.concurrency
        self._closed = 0  # slots that are kept closed
        self._latency = 0.0  # seconds, mean; 0 before the first answer
        self._opened = False
        self._waiting: deque[tuple[asyncio.Future[Ticket], int]] = deque()  # with their tokens
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._behind_since: float | None = None

    @asynccontextmanager
    async def slot(self, tokens: int) -> AsyncIterator[Ticket]:
        """A turn to send a request of so many tokens; hold it only while it is on its way."""
        waiter: asyncio.Future[Ticket] = self._loop.create_future()
        self._waiting.append((waiter, tokens))
        if self._beat is None and self.learned.rate < FASTEST:
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
        self._opened = True
        self._let_out()

    def rejected(self, ticket: Ticket) -> None:
        """The request came back with a 429."""
        self.learned.reject(self._loop.time(), ticket)

    def answered(self, ticket: Ticket, headers: RateHeaders, tokens: int) -> None:
        """Learn from an answer's latency, and from limits in its headers that are nearly met."""
        self._smooth(self._loop.time() - ticket.time)
        requests = _ceiling(headers.requests_left, headers.requests_per_minute)
        by_tokens = _ceiling(headers.tokens_left, headers.tokens_per_minute) / max(1, tokens)
        self.learned.ceiling = max(SLOWEST, min(requests, by_tokens))

    def _smooth(self, latency: float) -> None:
        """Space out sends: answers that come in a bunch would otherwise go on as one forever.

        A bunch waits for itself, here and at the endpoint: with 64 on their way, each answered
        after 200 ms, it cost 4 % of the requests per second (bench_generate, c64).
        """
        weight = AVERAGED if self._latency else 1.0
        self._latency += weight * (latency - self._latency)
        self.learned.smooth = EVEN * self._concurrency / max(self._latency, 1e-6)

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
        if self.learned.rate == FASTEST:  # the endpoint has had its time to object
            self._behind_since = None
        elif self._waiting:
            self._start_beat()
        self._let_out()

    def _let_out(self) -> None:
        while self._waiting and (self._opened or (self._free and self._behind_since is None)):
            waiter, tokens = self._waiting[0]
            if waiter.done():  # cancelled
                self._waiting.popleft()
                continue
            now = self._loop.time()
            delay = max(
                self.learned.delay(now),
                self._requests.delay(now, 1),
                self._tokens.delay(now, tokens),
            )
            if delay > 0 and not self._opened:
                if self._timer is None:
                    self._timer = self._loop.call_later(delay, self._on_time)
                return
            self._free -= 1
            self._waiting.popleft()
            self._requests.take(now, 1)
            self._tokens.take(now, tokens)
            waiter.set_result(self.learned.send(now))

    def _on_time(self) -> None:
        self._timer = None
        self._let_out()


class Bucket:
    """A limit that the user declared: `per_minute` in any minute, None for no limit.

    Filled evenly; what takes more than it ever holds takes it when full, and leaves it in debt.
    """

    def __init__(self, per_minute: float | None, now: float) -> None:
        self._unlimited = per_minute is None
        limit = per_minute or 0.0
        self._capacity = max(1.0, BURST * limit / 60)
        # What a full bucket gives at once is not there for the rest of that minute.
        self._refill = (limit - (self._capacity - 1)) / 60
        self._level, self._now = self._capacity, now

    def delay(self, now: float, amount: float) -> float:
        """Seconds until so much may be taken; 0 when it may at once."""
        if self._unlimited:
            return 0.0
        missing = min(amount, self._capacity) - self._filled(now)
        return missing / self._refill if missing > NOTHING else 0.0

    def take(self, now: float, amount: float) -> None:
        """Take so much."""
        self._level, self._now = self._filled(now) - amount, now

    def _filled(self, now: float) -> float:
        return min(self._capacity, self._level + (now - self._now) * self._refill)


class Learned:
    """Requests per second, learned from the requests sent and the answers to them.

    Times are in seconds and must not go back.
    """

    def __init__(self, now: float) -> None:
        self.rate = START
        self.ceiling = inf  # requests per second that the endpoint says it allows
        self.smooth = inf  # requests per second, a little more than can be on their way
        self.limited = False  # whether a limit has been met
        self.background = 0.0  # share of 429s that has nothing to do with the rate
        self._now = self._next = now
        self._sent = 0
        self._rejected: deque[Ticket] = deque(maxlen=CLUSTER[0])  # since the last decrease
        self._anchor = Ticket(0, now)  # the bucket was empty when this one was sent
        self._rejections = 0  # of the requests after the anchor
        self._decreased = 0  # number of the last request that was sent at the former rate
        self._measurement = 0.0  # seconds that the present rate was measured for
        self._hold_until = now
        self._growth = RAMP

    def delay(self, now: float) -> float:
        """Seconds until the next request may go; 0 when it may go at once."""
        self._grow(now)
        return max(0.0, self._next - now)

    def send(self, now: float) -> Ticket:
        """A request goes out."""
        self._grow(now)
        self._sent += 1
        self._next = max(self._next, now - SLACK) + 1 / min(self.rate, self.ceiling, self.smooth)
        return Ticket(self._sent, now)

    def reject(self, now: float, ticket: Ticket) -> None:
        """The request got a 429."""
        self._grow(now)
        self._rejections += ticket.number > self._anchor.number
        if ticket.number <= self._decreased:
            return  # it says nothing about the present rate
        self._rejected.append(ticket)
        if self._near(ticket, FIRST[0]) >= min(FIRST[0], FIRST[1] + ceil(10 * self.background)):
            self._decrease(ticket)
        elif self.limited and self._is_cluster(ticket):
            if ticket.time < self._hold_until and self._measurement >= SURE:
                # At a rate measured so well the limit rejects nothing: this has other causes.
                share = self._rejections / (ticket.number - self._anchor.number)
                self.background = min(share, MOST_BACKGROUND)
            else:
                self._decrease(ticket)

    def _near(self, ticket: Ticket, window: int) -> int:
        """How many of the last requests up to this one were rejected."""
        return sum(0 <= ticket.number - other.number < window for other in self._rejected)

    def _is_cluster(self, ticket: Ticket) -> bool:
        excess = self._near(ticket, CLUSTER[0]) - self.background * CLUSTER[0]
        return excess >= CLUSTER[1] and ticket.number - self._anchor.number >= 10

    def _decrease(self, ticket: Ticket) -> None:
        rate, seconds = self._measure(ticket)
        if not self.limited:
            earlier = self._rejections - len(self._rejected)
            self.background = max(0, earlier) / ticket.number if ticket.number >= 50 else 0.0
        self.rate = max(FLOOR, min(self.rate, MARGIN * rate))
        if not self.limited or ticket.time > self._hold_until:
            self._anchor, self._rejections = Ticket(self._sent, self._now), 0
        self.limited = True
        self._decreased = self._sent
        self._rejected.clear()
        self._measurement = seconds
        self._hold_until = self._now + min(HOLD[0] * seconds, HOLD[1])
        self._growth = min(max(0.25 / seconds, GROWTH[0]), GROWTH[1])
        self._next = self._now

    def _measure(self, ticket: Ticket) -> tuple[float, float]:
        """Admissions per second between two moments at which the bucket was empty; the seconds.

        Long measurements are exact if the bucket was not full in between, short ones are up to one
        admission off.
        """
        long = ticket.time - self._anchor.time
        if self.limited and long > 0:
            admitted = ticket.number - self._anchor.number - self._rejections
            rate = max(1, admitted) / long / (1 - self.background)
            if self.rate < OVERFLOW * rate or ticket.time < self._hold_until:
                return rate, long
        near = [other for other in self._rejected if ticket.number - other.number < CLUSTER[0]]
        first = min(near, key=lambda other: other.number)
        short = max(ticket.time - first.time, 1 / self.rate)
        admitted = ticket.number - first.number + 1 - len(near)
        return max(1, admitted) / short / (1 - self.background), short

    def _grow(self, now: float) -> None:
        if now > self._hold_until:
            seconds = now - max(self._now, self._hold_until)
            self.rate = min(FASTEST, self.rate * exp(self._growth * seconds))
        self._now = now


def _ceiling(left: float | None, limit: float | None) -> float:
    """What of a limit per minute may be used per second: all while enough of it is left.

    Some endpoints write 0 or less where there is no limit.
    """
    if left is None or limit is None or limit <= 0 or left >= LOW * limit:
        return inf
    return limit / 60
