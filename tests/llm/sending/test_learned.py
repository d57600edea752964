"""The learned rate, on a simulated endpoint with a clock of its own."""

import heapq
import random
from itertools import count
from typing import Any

import pytest

from stages.llm.sending.rate import FASTEST, FLOOR, START, Learned


def simulate(
    requests: int = 2000,
    refill: float = 0.0,
    capacity: float = 20.0,
    share_429: float = 0.0,
    latency: float = 0.05,
    retry: float = 0.2,
    slots: int = 128,
    seed: int = 0,
) -> tuple[float, int, Learned]:
    """Seconds, rejections and the final rate of so many requests to a token bucket.

    `refill` requests per second (0 = no limit); a share of the others is rejected at random.
    """
    draw, order = random.Random(seed), count()
    learned = Learned(0.0)
    events: list[tuple[float, int, str, Any]] = []
    now = filled = 0.0
    tokens, waiting, busy, done, rejected = capacity, requests, 0, 0, 0

    def later(delay: float, what: str, about: Any = None) -> None:
        heapq.heappush(events, (now + delay, next(order), what, about))

    later(0.0, "send")
    while done < requests:
        now, _, what, ticket = heapq.heappop(events)
        if what == "answer":
            busy, done = busy - 1, done + 1
        elif what == "429":
            busy, rejected = busy - 1, rejected + 1
            learned.reject(now, ticket)
            later(retry * (0.5 + draw.random()), "again")
        elif what == "again":
            waiting += 1
        while waiting and busy < slots:
            delay = learned.delay(now)
            if delay > 1e-9:
                if what == "send" or busy == 0 or not any(event[2] == "send" for event in events):
                    later(delay, "send")
                break
            waiting, busy = waiting - 1, busy + 1
            sent = learned.send(now)
            tokens, filled = min(capacity, tokens + (now - filled) * refill), now
            admitted = draw.random() >= share_429 and (not refill or tokens >= 1)
            tokens -= admitted
            later(latency if admitted else 0.002, "answer" if admitted else "429", sent)
    return now, rejected, learned


@pytest.mark.parametrize("capacity", [10, 20, 50, 200])
@pytest.mark.parametrize("latency", [0.01, 0.05, 0.2])
def test_undeclared_limit_is_found_fast(capacity: float, latency: float) -> None:
    """2,000 requests to 200 a second: within 5 % of the ideal 10 s, and at most 20 rejected."""
    seconds, rejected, learned = simulate(refill=200, capacity=capacity, latency=latency)
    assert seconds <= 10.5 and rejected <= 20
    assert learned.rate == pytest.approx(200, rel=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_random_429s_do_not_slow_it_down(seed: int) -> None:
    """5 % of 429s that have nothing to do with the load leave the rate alone."""
    seconds, rejected, learned = simulate(share_429=0.05, seed=seed)
    assert 60 < rejected < 160 and seconds < 4
    assert learned.rate > 1000


def test_many_random_429s_do_not_stop_it() -> None:
    """At 20 % the rate may fall for a time, but it comes back."""
    seconds, _, learned = simulate(share_429=0.2)
    assert seconds < 30 and learned.background > 0.1


def test_no_limit_no_brake() -> None:
    """Without 429s the rate grows until it holds nothing back."""
    seconds, _, learned = simulate(5000, slots=256)
    assert learned.rate == FASTEST and seconds < 2


def test_small_limit_is_respected() -> None:
    """Two requests per second: the rate comes down to it and not below the floor."""
    seconds, rejected, learned = simulate(60, refill=2, capacity=2, slots=16)
    assert learned.rate >= FLOOR and rejected < 60
    assert seconds < 40


def test_it_starts_gently_and_spaces_requests() -> None:
    """The first requests go out a hundredth of a second apart."""
    learned = Learned(0.0)
    assert learned.delay(0.0) == 0.0
    learned.send(0.0)
    assert learned.delay(0.0) == pytest.approx(1 / START)


def test_ceiling_of_the_headers_holds() -> None:
    """A ceiling from the endpoint's headers counts more than the learned rate."""
    learned = Learned(0.0)
    learned.ceiling = 10.0
    learned.send(0.0)
    assert learned.delay(0.0) == pytest.approx(0.1)
