"""One small request to the endpoint, to see whether it answers at all."""

import asyncio
import time
from contextlib import closing
from pathlib import Path

from stages.core.errors import UserError
from stages.llm.messages.completion import Outcome
from stages.llm.messages.request import Request
from stages.llm.sending.open import asker
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache, folder

NAME = "check"  # what it is filed under in the request cache
PATIENCE = 10.0  # seconds


def hello(access: Access) -> str:
    """The model that answered; `UserError` where none did, or there is no key or money for it."""
    # Directly, whatever the api: a batch may take a day, and carried files have no endpoint.
    endpoint = access.endpoint.model_copy(update={"api": "direct"})
    limits = access.limits.model_copy(update={"attempts": 1, "patience": PATIENCE})
    quick = access.model_copy(update={"endpoint": endpoint, "limits": limits})
    message = {"role": "user", "content": "Answer with the word yes."}
    body = {"model": endpoint.model, "messages": [message], **endpoint.extra}
    # Never from the cache: the clock names the draw.
    request = Request(NAME, 0, time.time_ns(), body, tokens=(8, 2), base_url=endpoint.base_url)
    outcome = asyncio.run(_sent(quick, request))
    if outcome.completion is None:
        raise UserError(f"no answer: {outcome.error}; fix the address, the model or the key")
    return outcome.completion.model


async def _sent(access: Access, request: Request) -> Outcome:
    with closing(Cache(folder())) as cache:
        meter = access.meter(access.endpoint.model, cache.ledger)
        async with asker(access, cache, meter, NAME, NAME, Path()) as client:
            return await client.complete(request)
