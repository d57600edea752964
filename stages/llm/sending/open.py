"""What answers requests, by the endpoint's `api`: the client, batches, or files to carry."""

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from stages.llm.sending.batch_api import Batches, OpenAIBatcher
from stages.llm.sending.bulk import Exchange
from stages.llm.sending.client import Client, StoppedError
from stages.llm.sending.openai_sdk import Answer, OpenAITransport
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from stages.llm.writing.generation import Asker


@asynccontextmanager
async def asker(
    access: Access, cache: Cache, meter: Meter, task: str, name: str, folder: Path
) -> AsyncIterator[Asker]:
    """An asker under `name`, whose replies are cached under `task`; closed at the end.

    `folder` holds the two files of the exchange mode.
    """
    endpoint, limits = access.endpoint, access.limits
    if endpoint.api == "exchange":
        out, back = folder / f"{name}.requests.jsonl", folder / f"{name}.replies.jsonl"
        yield Exchange(cache, meter, task, out, back)
    elif endpoint.api == "batch":
        batcher = OpenAIBatcher(endpoint, partial(access.key, 1), limits.timeout)
        try:
            yield Batches(cache, meter, task, f"{task}, {name}", batcher, limits)
        finally:
            await batcher.close()
    else:
        transport = _Lazy(access)
        client = Client(transport, cache, limits, meter, task)
        try:
            with _stopping(client):
                yield client
        finally:
            await transport.close()


@contextmanager
def _stopping(client: Client) -> Iterator[None]:
    """The first interrupt ends the run cleanly, keeping the replies on their way; the second kills.

    Signals reach the main thread only; elsewhere an interrupt is not ours to handle.
    """
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        print(
            f"interrupted: awaiting {client.on_way} answers on their way, which are paid for; "
            "interrupt again to drop them",
            file=sys.stderr,
            flush=True,
        )
        client.stop(StoppedError("interrupted; what was paid for is kept, run again to go on"))

    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class _Lazy:
    """The transport, made when the first request is sent: what is cached needs no key."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._made: OpenAITransport | None = None

    async def send(self, body: dict[str, Any]) -> Answer:
        if self._made is None:
            access = self._access
            self._made = OpenAITransport(access.endpoint, access.key(1), access.limits.timeout)
        return await self._made.send(body)

    async def close(self) -> None:
        if self._made:
            await self._made.close()
