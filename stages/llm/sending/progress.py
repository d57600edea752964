"""Texts, tokens, money and time left: a bar on a terminal, a line every half minute elsewhere."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from stages.llm.spending.meter import Meter

PLAIN_EVERY = 30.0  # seconds
BAR_EVERY = 0.25


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

    def left(self, elapsed: float) -> str:
        """The time that the rest will take, after `elapsed` seconds, in words."""
        done = self.done()
        if not done:
            return "unknown time"
        seconds = elapsed * (self.wanted - done) / done
        return f"about {seconds / 60:.0f} min" if seconds > 90 else f"about {max(0, seconds):.0f} s"


@asynccontextmanager
async def shown(progress: Progress) -> AsyncIterator[None]:
    """Show progress on standard error while the block runs."""
    show = _bar if sys.stderr.isatty() else _lines
    task = asyncio.create_task(show(progress))
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
        f"{meter.spent:.4f} USD",
        f"{meter.paid} paid",
        f"{meter.cached} from cache",
    ]
    parts += [f"{meter.retried} retried"] if meter.retried else []
    parts += [f"{meter.failed} failed"] if meter.failed else []
    return ", ".join(parts)


async def _lines(progress: Progress) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PLAIN_EVERY)
        left = progress.left(time.monotonic() - started)
        print(f"{progress.title}: {progress}, {left} left", file=sys.stderr, flush=True)


async def _bar(progress: Progress) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(progress.title, total=progress.wanted, numbers="")
        try:
            while True:
                bar.update(task, completed=progress.done(), numbers=str(progress))
                await asyncio.sleep(BAR_EVERY)
        finally:
            bar.update(task, completed=progress.done(), numbers=str(progress))
