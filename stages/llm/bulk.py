"""Requests answered in bulk: what batches and files that a user carries have in common.

Both write requests as the Batch API's JSON lines, read its reply lines, and keep what they say in
the request cache; a request is known by its cache key, so nothing is asked twice.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from stages.core import files
from stages.core.errors import UserError
from stages.llm.cache import Cache, Completion
from stages.llm.client import Outcome
from stages.llm.endpoint import completion_of
from stages.llm.meter import Meter
from stages.llm.prompts import Request

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
