"""Texts, tokens, money and time left, shown while requests are answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from stages.core.progress import bar
from stages.llm.spending.meter import Meter

EVERY = 0.25  # seconds


@dataclass(frozen=True)
class Progress:
    """How far a run is: `done` counts what it has of the `wanted` texts or answers."""

    title: str
    meter: Meter
    wanted: int
    done: Callable[[], int]
    unit: str = "texts"

    def __str__(self) -> str:
        return f"{self.done()} {self.unit}, {line(self.meter)}"


@asynccontextmanager
async def shown(progress: Progress) -> AsyncIterator[None]:
    """Show progress on standard error while the block runs."""
    task = asyncio.create_task(_refreshed(progress))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def line(meter: Meter) -> str:
    """The meter in words."""
    parts = [
        f"{meter.prompt_tokens + meter.completion_tokens} tokens",
        meter.money(meter.spent),
        f"{meter.paid} paid",
        f"{meter.cached} from cache",
    ]
    parts += [f"{meter.retried} retried"] if meter.retried else []
    parts += [f"{meter.failed} failed"] if meter.failed else []
    return ", ".join(parts)


async def _refreshed(progress: Progress) -> None:
    with bar(progress.title, progress.wanted) as show:
        try:
            while True:
                show(progress.done(), str(progress))
                await asyncio.sleep(EVERY)
        finally:
            show(progress.done(), str(progress))
