"""Jobs run side by side, as many at a time as there is room for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from stages.llm.messages.completion import FatalError


async def run_bounded(jobs: Iterable[Callable[[], Awaitable[Any]]], width: int) -> None:
    """Run jobs, `width` at a time, drawing the next one only when there is room for it.

    After the first error no new job starts; those under way end by themselves, then it is raised.
    """
    source = iter(jobs)
    errors: list[BaseException] = []

    async def worker() -> None:
        for job in source:
            if errors:
                return
            try:
                await job()
            except Exception as error:
                errors.append(error)
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(worker())
    if errors:
        raise next((error for error in errors if isinstance(error, FatalError)), errors[0])
