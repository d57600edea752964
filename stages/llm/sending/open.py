"""What answers requests, by the endpoint's `api`: the client, batches, or files to carry."""

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from stages.core.errors import InterruptedRunError
from stages.llm.messages.completion import Asker
from stages.llm.sending.batch_api import Batcher, Batches
from stages.llm.sending.bulk import Exchange
from stages.llm.sending.client import Client
from stages.llm.sending.openai_sdk import OpenAITransport
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter


@asynccontextmanager
async def asker(
    access: Access, cache: Cache, meter: Meter, task: str, name: str, folder: Path
) -> AsyncIterator[Asker]:
    """An asker under `name`, whose replies are cached under `task`; closed at the end.

    `folder` holds the two files of the exchange mode.
    """
    endpoint, limits, key = access.endpoint, access.limits, partial(access.key, 1)
    if endpoint.api == "exchange":
        yield Exchange(endpoint, cache, meter, task, name, folder)
        return
    if endpoint.api == "batch":
        async with aclosing(Batcher(endpoint, key, limits.timeout)) as batcher:
            yield Batches(batcher, cache, limits, meter, task, name)
        return
    async with aclosing(OpenAITransport(endpoint, key, limits.timeout)) as transport:
        client = Client(transport, cache, limits, meter, task)
        with _stopping(client):
            yield client


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
        client.stop(
            InterruptedRunError("interrupted; what was paid for is kept, run again to go on")
        )

    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
