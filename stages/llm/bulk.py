"""Requests answered in bulk: by the Batch API at half the price, or by files that a user carries.

Both write requests as the Batch API's JSON lines, read its reply lines, and keep what they say in
the request cache; a request is known by its cache key, so nothing is asked twice.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

from stages.core import files
from stages.core.errors import UserError
from stages.llm.cache import Cache, Completion
from stages.llm.client import Outcome
from stages.llm.endpoint import Endpoint, OpenAITransport, completion_of
from stages.llm.meter import Meter
from stages.llm.prompts import Request

MOST_REQUESTS = 50_000  # of one batch (OpenAI's limit)
MOST_BYTES = 150_000_000
ROUNDS = 3  # batches for the same requests before those that expired again are given up
ENDED = {"completed", "expired", "cancelled", "failed"}
URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"


class Bulk:
    """Answers `complete` from the cache, and from the failures that the reply lines told of."""

    def __init__(self, cache: Cache, meter: Meter, task: str) -> None:
        self.meter = meter
        self.cache, self.task = cache, task
        self.failures: dict[str, str] = {}

    async def complete(self, request: Request, tokens: tuple[int, int]) -> Outcome:
        """The outcome, which `prefetch` has brought."""
        known = self.cache.get(request.key)
        if known is not None:
            return Outcome(known)
        self.meter.failed += 1
        reason = self.failures.get(request.key, "the endpoint gave no answer in its time")
        if "content_filter" in reason:
            return Outcome(Completion("", "content_filter", request.body["model"], 0, 0), reason)
        return Outcome(None, reason)

    def missing(self, requests: Iterable[Request]) -> Iterator[tuple[str, float]]:
        """Request line and estimated cost of every request without a reply or a failure."""
        for request in requests:
            key = request.key
            if key not in self.failures and self.cache.get(key) is None:
                line = {"custom_id": key, "method": "POST", "url": URL, "body": request.body}
                yield json.dumps(line, ensure_ascii=False), self.meter.cost(*request.tokens)

    def take(self, lines: Iterable[str], where: str) -> int:
        """Keep the replies and failures of reply lines; how many replies there were."""
        taken = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                content = json.loads(line)
                key, response = str(content["custom_id"]), content.get("response") or {}
                body = response.get("body") or {}
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise UserError(f"{where}, line {number} is no batch reply; mend it") from error
            if response.get("status_code") == 200:
                taken += self._take_reply(key, body)
            elif (content.get("error") or {}).get("code") != "batch_expired":
                told = body.get("error") or content.get("error") or {}
                self.failures[key] = f"{told.get('code')}: {told.get('message')}"[:300]
        return taken

    def _take_reply(self, key: str, body: dict[str, Any]) -> bool:
        try:
            completion = completion_of(body, {"model": "unknown"})
        except ValueError as error:
            self.failures[key] = str(error)
            return False
        if self.cache.get(key) is None:  # else it was paid for when it was first read
            self.meter.add(completion)
            self.cache.put(key, self.task, completion)
        return True


class Batches(Bulk):
    """The Batch API. Ids are stored as soon as a batch is sent, so a restart goes on polling."""

    def __init__(
        self, cache: Cache, meter: Meter, task: str, name: str, transport: "Batcher", poll: float
    ) -> None:
        super().__init__(cache, meter, task)
        self._name, self._transport, self._poll = name, transport, poll

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Send what is missing, wait for it, and again for what expired."""
        requests = list(requests)
        for identity in self.cache.batches(self._name):  # of a run before this one
            await self._fetch(identity)
        for _ in range(ROUNDS):
            chunks = list(_chunks(self.missing(requests)))
            if not chunks:
                return
            for lines, cost in chunks:
                what = f"{self._name}: a batch of {len(lines)} requests"
                held = self.meter.reserve(cost, what, ahead=0)
                identity = await self._transport.create(lines)
                self.cache.add_batch(identity, self._name, cost)
                self.meter.reserved -= held
                print(f"{self._name}: batch {identity}, {len(lines)} requests", flush=True)
            for identity in self.cache.batches(self._name):
                await self._fetch(identity)

    async def _fetch(self, identity: str) -> None:
        while True:
            status, contents = await self._transport.look(identity)
            if status in ENDED:
                break
            await asyncio.sleep(self._poll)
        taken = sum(self.take(content.splitlines(), f"batch {identity}") for content in contents)
        self.cache.remove_batch(identity)
        print(f"{self._name}: batch {identity} {status}, {taken} replies", flush=True)


class Batcher(Protocol):
    """Where batches are sent."""

    async def create(self, lines: list[str]) -> str:
        """Send request lines; the batch's id."""

    async def look(self, identity: str) -> tuple[str, list[str]]:
        """A batch's status and, once it has ended, its output and error files."""


class OpenAIBatcher:
    """The SDK's Batch API."""

    def __init__(self, endpoint: Endpoint, key: str, timeout: float) -> None:
        self._transport = OpenAITransport(endpoint, key, timeout)

    async def create(self, lines: list[str]) -> str:
        """Send request lines; the batch's id."""
        return await self._transport.guarded(self._create(("\n".join(lines) + "\n").encode()))

    async def look(self, identity: str) -> tuple[str, list[str]]:
        """A batch's status and, once it has ended, its output and error files."""
        return await self._transport.guarded(self._look(identity))

    async def _create(self, content: bytes) -> str:
        client = self._transport.client.with_options(max_retries=3)
        file = await client.files.create(file=("requests.jsonl", content), purpose="batch")
        batch = await client.batches.create(
            input_file_id=file.id, endpoint=URL, completion_window="24h"
        )
        return batch.id

    async def _look(self, identity: str) -> tuple[str, list[str]]:
        client = self._transport.client.with_options(max_retries=3)
        batch = await client.batches.retrieve(identity)
        if batch.status not in ENDED:
            return batch.status, []
        names = [name for name in (batch.output_file_id, batch.error_file_id) if name]
        return batch.status, [(await client.files.content(name)).text for name in names]

    async def close(self) -> None:
        """Let go of connections."""
        await self._transport.close()


class Exchange(Bulk):
    """Files for gateways and clusters: requests out, replies in, no network here."""

    def __init__(self, cache: Cache, meter: Meter, task: str, requests: Path, replies: Path):
        super().__init__(cache, meter, task)
        self._requests, self._replies = requests, replies

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Take the replies file, then write what is missing and stop, if anything is."""
        if self._replies.exists():
            with self._replies.open(encoding="utf-8") as file:
                self.take(file, str(self._replies))
        with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
            number = 0
            for line, _ in self.missing(requests):
                lines.write(line + "\n")
                number += 1
            if not number:
                return
            lines.seek(0)
            with files.replacing(self._requests) as temporary, temporary.open("w") as out:
                out.writelines(lines)
        raise UserError(
            f"{number} requests wait for their replies: have {self._requests} answered as a batch "
            f"(JSON lines with custom_id and response), put the result at {self._replies} and run "
            "again"
        )


def _chunks(lines: Iterable[tuple[str, float]]) -> Iterator[tuple[list[str], float]]:
    """Lines in groups that one batch may have, each with its cost."""
    chunk: list[str] = []
    size, cost = 0, 0.0
    for line, usd in lines:
        if chunk and (len(chunk) >= MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield chunk, cost
            chunk, size, cost = [], 0, 0.0
        chunk.append(line)
        size += len(line) + 1
        cost += usd
    if chunk:
        yield chunk, cost
