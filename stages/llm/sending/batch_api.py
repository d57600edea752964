"""Requests answered by the Batch API, at half the price and within a day."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar
from uuid import uuid4

from stages.core.errors import UserError
from stages.core.text import one_line
from stages.llm.messages.completion import PermanentError, TransientError
from stages.llm.messages.config import Endpoint, Limits
from stages.llm.messages.request import Request
from stages.llm.sending.bulk import URL, Bulk, request_line
from stages.llm.sending.openai_sdk import OpenAITransport
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter

MOST_REQUESTS = 50_000  # of one batch (OpenAI's limit)
MOST_BYTES = 150_000_000
MOST_LISTED = 1000  # batches of the account, newest first, among which a lost one is looked for
RETRIES = 3  # of what costs nothing
TAG = "sending "  # begins our name for a batch whose id is not known yet
TAGGED = "synthworth"  # the key of the tag in the batch's metadata
ROUNDS = 3  # batches for the same requests before those that expired again are given up
ENDED = {"completed", "expired", "cancelled", "failed"}
T = TypeVar("T")


class Batches(Bulk):
    """The Batch API. A batch is known before it is sent, so a restart finds it and goes on."""

    def __init__(
        self, batcher: "Batcher", cache: Cache, limits: Limits, meter: Meter, task: str, name: str
    ) -> None:
        super().__init__(batcher.endpoint, cache, meter, task)
        self._name, self._batcher, self._limits = f"{task}, {name}", batcher, limits

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Send what is missing, wait for it, and again for what expired."""
        missing = self.missing(requests)
        for identity in self.cache.batches(self._name):  # of a run before this one
            await self._resume(identity)
        for _ in range(ROUNDS):
            missing = self.missing(missing)
            if not missing:
                return
            for lines, cost in self._chunks(missing):
                await self._send(lines, cost)
            for identity in self.cache.batches(self._name):
                await self._fetch(identity)

    async def _send(self, lines: list[str], cost: float) -> None:
        """Send one batch, known by a tag of ours until the endpoint has given it an id."""
        held = self.meter.reserve(cost, f"{self._name}: a batch of {len(lines)} requests", ahead=0)
        tag = f"{TAG}{uuid4().hex}"
        self.cache.add_batch(tag, self._name, cost)
        self.meter.reserved -= held
        try:
            identity = await self._batcher.create(lines, tag)
        except TransientError as error:  # perhaps it was made nevertheless: the next run will look
            raise UserError(f"{self._name}: no batch was sent ({error}); run again") from error
        except (PermanentError, UserError) as error:
            self.cache.remove_batch(tag)
            raise UserError(f"{self._name}: the endpoint takes no such batch ({error})") from error
        self.cache.rename_batch(tag, identity)
        print(f"{self._name}: batch {identity}, {len(lines)} requests", flush=True)

    async def _resume(self, identity: str) -> None:
        """Fetch a batch of an earlier run; one that was being sent may not have been made."""
        if identity.startswith(TAG):
            tag = identity
            try:
                found = await self._look(self._batcher.find(tag), tag)
            except TransientError as error:
                raise UserError(
                    f"{self._name}: whether a batch was sent cannot be seen ({error}); run again"
                ) from error
            if found is None:
                self.cache.remove_batch(tag)
                return
            self.cache.rename_batch(tag, found)
            identity = found
        await self._fetch(identity)

    async def _fetch(self, identity: str) -> None:
        failing_since = None
        while True:
            try:
                state = await self._look(self._batcher.look(identity), identity)
            except TransientError as error:
                now = time.monotonic()
                failing_since = failing_since or now
                if now - failing_since > self._limits.patience:
                    raise UserError(
                        f"batch {identity} cannot be looked at ({error}); it goes on at the "
                        "endpoint: run again to fetch it"
                    ) from error
            else:
                failing_since = None
                if state.status in ENDED:
                    break
            await asyncio.sleep(self._limits.poll)
        # Not splitlines, for which U+2028 and its like end a line too.
        counts = [self.take(text.split("\n"), f"batch {identity}") for text in state.contents]
        taken = sum(count["accepted"] for count in counts)
        self.cache.remove_batch(identity)
        name = f"{self._name}: batch {identity}"
        if state.status == "failed":  # nor would its requests be answered in another batch
            raise UserError(f"{name} failed ({state.why}); fix that, run again")
        if state.status == "cancelled":  # whoever did that does not want to pay for another one
            raise UserError(
                f"{name} was cancelled; its {taken} replies are kept, and nothing is sent in its "
                "place; run again to send what it lacks in a new batch"
            )
        print(f"{name} {state.status}, {taken} replies", flush=True)

    async def _look(self, answer: Awaitable[T], identity: str) -> T:
        """The awaited answer; `UserError` where the endpoint does not know the batch."""
        try:
            return await answer
        except (PermanentError, UserError) as error:
            raise UserError(
                f"{self._name}: batch {identity}, which was sent before, cannot be fetched "
                f"({error}); set generate.endpoint as it was then, or give the batch up with "
                "`synthworth requests --forget-batches`"
            ) from error

    def _chunks(self, requests: Iterable[Request]) -> Iterator[tuple[list[str], float]]:
        """Request lines in groups that one batch may have, each with its estimated cost."""
        chunk: list[str] = []
        size, cost = 0, 0.0
        for request in requests:
            line = request_line(request)
            if chunk and (len(chunk) >= MOST_REQUESTS or size + len(line) > MOST_BYTES):
                yield chunk, cost
                chunk, size, cost = [], 0, 0.0
            chunk.append(line)
            size += len(line) + 1
            cost += self.meter.cost(*request.tokens)
        if chunk:
            yield chunk, cost


class BatchState(NamedTuple):
    """A batch's status and, once it has ended, its output and error files and why it failed."""

    status: str
    contents: Sequence[str] = ()
    why: str = ""


class Batcher:
    """The SDK's Batch API; `key` is called at the first call: what is cached needs none."""

    def __init__(self, endpoint: Endpoint, key: Callable[[], str], timeout: float) -> None:
        self.endpoint = endpoint
        self._transport = OpenAITransport(endpoint, key, timeout)

    async def create(self, lines: list[str], tag: str) -> str:
        """Send request lines as a batch with a tag; its id."""
        content = ("\n".join(lines) + "\n").encode()
        return await self._answered(self._create(content, tag))

    async def find(self, tag: str) -> str | None:
        """The id of the batch with this tag among the newest; None where there is none."""
        return await self._answered(self._find(tag))

    async def look(self, identity: str) -> BatchState:
        """A batch's state."""
        return await self._answered(self._look(identity))

    async def _answered(self, answer: Awaitable[T]) -> T:
        try:
            return await self._transport.guarded(answer)
        except (AttributeError, TypeError) as error:  # the SDK takes answers of any shape
            raise PermanentError(f"the answer is no Batch API's: {error}") from None

    async def _create(self, content: bytes, tag: str) -> str:
        client = self._transport.client
        file = await client.with_options(max_retries=RETRIES).files.create(
            file=("requests.jsonl", content), purpose="batch"
        )
        # Not tried again: a batch whose answer was lost is there, and would be paid for twice.
        batch = await client.batches.create(
            input_file_id=file.id,
            endpoint=URL,
            completion_window="24h",
            metadata={TAGGED: tag},
        )
        return batch.id

    async def _find(self, tag: str) -> str | None:
        client = self._transport.client.with_options(max_retries=RETRIES)
        seen = 0
        async for batch in client.batches.list(limit=100):
            if (batch.metadata or {}).get(TAGGED) == tag:
                return batch.id
            seen += 1
            if seen == MOST_LISTED:
                break
        return None

    async def _look(self, identity: str) -> BatchState:
        client = self._transport.client.with_options(max_retries=RETRIES)
        batch = await client.batches.retrieve(identity)
        if batch.status not in ENDED:
            return BatchState(batch.status)
        names = [name for name in (batch.output_file_id, batch.error_file_id) if name]
        errors = batch.errors.data if batch.errors else None
        reasons = dict.fromkeys(f"{error.code}: {error.message}" for error in errors or ())
        contents = [(await client.files.content(name)).content for name in names]
        return BatchState(
            batch.status,
            [content.decode("utf-8", "replace") for content in contents],
            one_line(self.endpoint.masked("; ".join(reasons))) or "the endpoint gives no reason",
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._transport.aclose()
