"""Who may send now."""

import asyncio
from math import inf
from typing import Any

import pytest

from stages.llm.messages.config import Limits
from stages.llm.sending.openai_sdk import RateHeaders
from stages.llm.sending.rate import EVEN, FASTEST, Rate, Ticket
from tests import small_task
from tests.llm import clock

# 60 / n * n is a little less than 60 for some of these.
PER_MINUTE = [0.5, 1, 3, 11, 13, 22, 26, 44, 52, 54, 55, 60, 240, 999, 1200, 10_000]


def rate(concurrency: int, **limits: Any) -> Rate:
    """A door with these limits."""
    return Rate(Limits(**{**small_task.LIMITS, "concurrency": concurrency, **limits}))


def most_in(seconds: float, times: list[float]) -> int:
    """The largest number of the times in any window of so many seconds."""
    return max(
        sum(start <= time < start + seconds - 1e-6 for time in times[place:])
        for place, start in enumerate(times)
    )


@pytest.mark.parametrize("per_minute", PER_MINUTE)
def test_declared_requests_hold_in_any_minute(per_minute: float) -> None:
    """No minute has more than declared, and at least 95 % of the limit is used."""
    number = max(3, min(round(2.5 * per_minute), 2500))

    async def run() -> list[float]:
        door, times = rate(64, requests_per_minute=per_minute), list[float]()

        async def one() -> None:
            async with door.slot(1) as ticket:
                times.append(ticket.time)

        await asyncio.gather(*(one() for _ in range(number)))
        return times

    times = clock.run(run())
    assert most_in(60, times) <= max(1, per_minute)
    assert times[-1] <= 1.05 * (number - 1) * 60 / per_minute + 0.1


def test_declared_tokens_hold() -> None:
    """Requests of very different sizes, most larger than the bucket: 6,000 tokens per minute."""
    sizes = [100, 2000, 300, 50, 50, 500] * 10

    async def run() -> float:
        door = rate(64, tokens_per_minute=6000)

        async def one(tokens: int) -> float:
            async with door.slot(tokens) as ticket:
                return ticket.time

        return max(await asyncio.gather(*map(one, sizes)))

    assert clock.run(run()) == pytest.approx((sum(sizes) - sizes[-1]) / 100, rel=0.02)


def test_no_more_leave_after_a_stall_than_declared() -> None:
    """Both slots are held for a minute while forty wait: none of them has a permit already."""

    async def run() -> list[float]:
        door, times = rate(2, requests_per_minute=60), list[float]()

        async def one(seconds: float) -> None:
            async with door.slot(1) as ticket:
                times.append(ticket.time)
                await asyncio.sleep(seconds)

        await asyncio.gather(*(one(60.0 if number < 2 else 0.0) for number in range(42)))
        return times

    times = clock.run(run())
    assert times[2] >= 60 and most_in(10, times[2:]) <= 11


def test_concurrency_is_bounded_and_in_order() -> None:
    """Never more than three inside, and first come is first served."""

    async def run() -> tuple[int, list[int]]:
        door, inside, most, order = rate(3), 0, 0, list[int]()

        async def one(number: int) -> None:
            nonlocal inside, most
            async with door.slot(1):
                order.append(number)
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.05)
                inside -= 1

        await asyncio.gather(*(one(number) for number in range(12)))
        return most, order

    most, order = clock.run(run())
    assert most == 3 and order == list(range(12))


def test_narrow_door_is_widened() -> None:
    """Two at once at first, then all of the concurrency, those who waited before included."""

    async def run() -> list[int]:
        door, inside, end = rate(6), 0, asyncio.Event()
        door.narrow(2)

        async def one() -> None:
            nonlocal inside
            async with door.slot(1):
                inside += 1
                await end.wait()

        tasks = [asyncio.create_task(one()) for _ in range(9)]
        seen = []
        for _ in range(2):
            await asyncio.sleep(0.2)
            seen.append(inside)
            door.widen()
        end.set()
        await asyncio.gather(*tasks)
        return [*seen, inside]

    assert clock.run(run()) == [2, 6, 9]


def test_opened_door_lets_all_out_at_once() -> None:
    """When the run ends, nobody waits for a turn, a pace or a declared limit."""

    async def run() -> tuple[int, float]:
        door, through = rate(1, requests_per_minute=3), 0

        async def one() -> None:
            nonlocal through
            async with door.slot(1):
                through += 1

        tasks = [asyncio.create_task(one()) for _ in range(20)]
        await asyncio.sleep(0.01)
        assert through == 1
        door.open()
        await asyncio.gather(*tasks)
        return through, asyncio.get_running_loop().time()

    through, seconds = clock.run(run())
    assert through == 20 and seconds < 0.02


def test_request_that_is_given_up_takes_nothing() -> None:
    """One cancelled in the queue leaves its slot and its permit to the next."""

    async def run() -> float:
        door = rate(1, requests_per_minute=60)

        async def one() -> float:
            async with door.slot(1) as ticket:
                return ticket.time

        await one()
        cancelled, last = asyncio.create_task(one()), asyncio.create_task(one())
        await asyncio.sleep(0.5)
        cancelled.cancel()
        return await last

    assert clock.run(run()) == pytest.approx(1.0, abs=0.01)


def test_headers_count_when_little_is_left() -> None:
    """Below a fifth of the limit requests go out as fast as it is refilled, above it freely.

    -1 and 0 are no limits, and no header holds a request for longer than a minute.
    """

    async def run() -> list[float]:
        door = rate(1)
        ceilings = []
        ticket = Ticket(1, asyncio.get_running_loop().time())
        for headers in (
            RateHeaders(600, 500, 60_000, 50_000),
            RateHeaders(600, 60, 60_000, 50_000),
            RateHeaders(600, 500, 60_000, 600),
            RateHeaders(),
            RateHeaders(-1, -1, 0, -1),
            RateHeaders(1e-9, 0, 1, 0),
        ):
            door.answered(ticket, headers, 100)
            ceilings.append(door.learned.ceiling)
        return ceilings

    assert clock.run(run()) == [inf, 10.0, 10.0, inf, inf, 1 / 60]


def test_a_bunch_of_answers_is_not_sent_on_as_one() -> None:
    """Sixteen slots that come free at once are taken again over most of a latency."""
    slots, latency = 16, 0.1

    async def run() -> list[list[float]]:
        door, loop = rate(slots), asyncio.get_running_loop()
        door.learned.rate = FASTEST  # no limit has to be found here
        rounds: list[list[float]] = []

        async def one(number: int, bunch: asyncio.Event) -> None:
            async with door.slot(1) as ticket:
                rounds[number].append(ticket.time)
                await bunch.wait()
                sent = Ticket(ticket.number, loop.time() - latency)
                door.answered(sent, RateHeaders(), 1)

        for number in range(2):
            rounds.append([])
            bunch = asyncio.Event()
            tasks = [asyncio.create_task(one(number, bunch)) for _ in range(slots)]
            while len(rounds[number]) < slots:
                await asyncio.sleep(0.001)
            bunch.set()
            await asyncio.gather(*tasks)
        return rounds

    _, second = clock.run(run())
    assert max(second) - min(second) > (slots - 2) / slots / EVEN * latency
