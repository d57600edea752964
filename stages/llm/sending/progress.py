"""Texts, tokens, money and time left: a bar on a terminal, a line every half minute elsewhere."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from stages.llm.spending.meter import Meter

PLAIN_EVERY = 30.0  # seconds
BAR_EVERY = 0.25


@asynccontextmanager
async def shown(title: str, meter: Meter, wanted: int) -> AsyncIterator[None]:
    """Show `meter` on standard error while the block runs."""
    show = _bar if sys.stderr.isatty() else _lines
    task = asyncio.create_task(show(title, meter, wanted))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def line(meter: Meter) -> str:
    """The meter in words."""
    parts = [
        f"{meter.texts} texts",
        f"{meter.prompt_tokens + meter.completion_tokens} tokens",
        f"{meter.spent:.4f} USD",
        f"{meter.sent} paid",
        f"{meter.cached} from cache",
    ]
    parts += [f"{meter.retried} retried"] if meter.retried else []
    parts += [f"{meter.failed} failed"] if meter.failed else []
    return ", ".join(parts)


async def _lines(title: str, meter: Meter, wanted: int) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PLAIN_EVERY)
        left = _left(meter, wanted, time.monotonic() - started)
        print(f"{title}: {line(meter)}, {left} left", file=sys.stderr, flush=True)


def _left(meter: Meter, wanted: int, elapsed: float) -> str:
    if not meter.texts:
        return "unknown time"
    seconds = elapsed * (wanted - meter.texts) / meter.texts
    return f"about {seconds / 60:.0f} min" if seconds > 90 else f"about {max(0, seconds):.0f} s"


async def _bar(title: str, meter: Meter, wanted: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=wanted, numbers="")
        try:
            while True:
                bar.update(task, completed=meter.texts, numbers=line(meter))
                await asyncio.sleep(BAR_EVERY)
        finally:
            bar.update(task, completed=meter.texts, numbers=line(meter))
