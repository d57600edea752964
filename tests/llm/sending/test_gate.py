"""Who may send now."""

import asyncio
import time

from stages.llm.sending.gate import EVEN, Declared, Gate
from stages.llm.sending.headers import Told
from stages.llm.sending.pace import FASTEST, Ticket


def test_declared_limit_is_kept() -> None:
    """Thirty requests at 1,200 a minute take a second for those beyond the first second's worth."""

    async def run() -> float:
        gate = Gate(64, Declared(requests_per_minute=1200))
        started = time.monotonic()

        async def one() -> None:
            async with gate.slot(1):
                pass

        await asyncio.gather(*(one() for _ in range(30)))
        return time.monotonic() - started

    assert asyncio.run(run()) > 0.4


def test_concurrency_is_bounded_and_in_order() -> None:
    """Never more than three inside, and first come is first served."""

    async def run() -> tuple[int, list[int]]:
        gate, inside, most, order = Gate(3, Declared()), 0, 0, list[int]()

        async def one(number: int) -> None:
            nonlocal inside, most
            async with gate.slot(1):
                order.append(number)
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.05)
                inside -= 1

        await asyncio.gather(*(one(number) for number in range(12)))
        return most, order

    most, order = asyncio.run(run())
    assert most == 3 and order == list(range(12))


def test_narrow_gate_is_widened() -> None:
    """Two at once at first, then all of the concurrency, those who waited before included."""

    async def run() -> list[int]:
        gate, inside, end = Gate(6, Declared()), 0, asyncio.Event()
        gate.narrow(2)

        async def one() -> None:
            nonlocal inside
            async with gate.slot(1):
                inside += 1
                await end.wait()

        tasks = [asyncio.create_task(one()) for _ in range(9)]
        seen = []
        for _ in range(2):
            await asyncio.sleep(0.2)
            seen.append(inside)
            gate.widen()
        end.set()
        await asyncio.gather(*tasks)
        return [*seen, inside]

    assert asyncio.run(run()) == [2, 6, 9]


def test_opened_gate_lets_all_out_at_once() -> None:
    """When the run ends, nobody waits for a turn, a pace or a declared limit."""

    async def run() -> int:
        gate = Gate(1, Declared(requests_per_minute=3))
        through = 0

        async def one() -> None:
            nonlocal through
            async with gate.slot(1):
                through += 1

        tasks = [asyncio.create_task(one()) for _ in range(20)]
        await asyncio.sleep(0.01)
        before = through
        gate.open()
        await asyncio.wait_for(asyncio.gather(*tasks), 2)
        assert before < 20
        return through

    assert asyncio.run(run()) == 20


def test_headers_are_heeded_when_little_is_left() -> None:
    """Below a fifth of the limit requests go out as fast as it is refilled, above it freely."""

    async def run() -> list[float]:
        gate = Gate(1, Declared())
        ceilings = []
        ticket = Ticket(1, asyncio.get_running_loop().time())
        for told in (
            Told(600, 500, 60_000, 50_000),
            Told(600, 60, 60_000, 50_000),
            Told(600, 500, 60_000, 600),
            Told(),
        ):
            gate.answered(ticket, told, 100)
            ceilings.append(gate.pace.ceiling)
        return ceilings

    assert asyncio.run(run()) == [float("inf"), 10.0, 10.0, float("inf")]


def test_a_bunch_of_answers_is_not_sent_on_as_one() -> None:
    """Sixteen slots that come free at once are taken again over most of a latency."""
    slots, latency = 16, 0.1

    async def run() -> list[list[float]]:
        gate, loop = Gate(slots, Declared()), asyncio.get_running_loop()
        gate.pace.rate = FASTEST  # no limit has to be found here
        rounds: list[list[float]] = []

        async def one(number: int, bunch: asyncio.Event) -> None:
            async with gate.slot(1) as ticket:
                rounds[number].append(ticket.time)
                await bunch.wait()
                sent = Ticket(ticket.number, loop.time() - latency)
                gate.answered(sent, Told(), 1)

        for number in range(2):
            rounds.append([])
            bunch = asyncio.Event()
            tasks = [asyncio.create_task(one(number, bunch)) for _ in range(slots)]
            while len(rounds[number]) < slots:
                await asyncio.sleep(0.001)
            bunch.set()
            await asyncio.gather(*tasks)
        return rounds

    _, second = asyncio.run(run())
    assert max(second) - min(second) > (slots - 2) / slots / EVEN * latency
