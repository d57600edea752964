"""How fast to send: a rate learned from what the endpoint rejects.

Endpoints limit requests by token buckets whose size and refill are rarely told. While a bucket has
tokens nothing can be learned, so the rate ramps up from `START`. Between two moments at which the
bucket was empty, requests are admitted exactly at its refill rate: the admissions counted between
two 429s of a cluster *are* that rate. A single 429 means nothing: some endpoints shed load at
random. Everything is counted in the order of sending, so that it does not matter whether an
endpoint rejects at once or as late as it answers.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, exp, inf

START = 100.0  # requests a second at first
RAMP = 5.0  # growth until the first burst, in e-foldings a second: 1,000 requests/s after 0.5 s
FASTEST = 1e5  # requests a second; beyond it nothing is held back
FLOOR = 2.0  # requests a second that are always allowed
BURST = (8, 5)  # so many rejected of so many sent: by chance once in 60,000 if 5 % are
CLUSTER = (20, 3)  # the same while paced, above the background share
HOLD = (5.0, 15.0)  # a measured rate is kept for so many times its measurement; at most seconds
GROWTH = (0.02, 0.5)  # then it grows: e-foldings a second, after a long and a short measurement
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


class Pace:
    """Requests a second, learned from the requests sent and the answers to them.

    Times are in seconds and must not go back.
    """

    def __init__(self, now: float) -> None:
        self.rate = START
        self.ceiling = inf  # requests a second that the endpoint says it allows
        self.smooth = inf  # requests a second, a little more than can be on their way
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
        if self._near(ticket, BURST[0]) >= min(BURST[0], BURST[1] + ceil(10 * self.background)):
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
        """Admissions a second between two moments at which the bucket was empty; the seconds.

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
