"""Requests answered in bulk: what batches and files that a user carries have in common.

Both write requests as the Batch API's JSON lines, read its reply lines, and keep what they say in
the request cache; a request is known by its cache key, so nothing is asked twice.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stages.core import files
from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.sending.answers import completion_of
from stages.llm.sending.client import Outcome
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from stages.llm.writing.prompts import Request

URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
OK = 200


class Bulk:
    """Answers `complete` from the cache, and from the failures that the reply lines told of."""

    def __init__(self, cache: Cache, meter: Meter, task: str) -> None:
        self.meter = meter
        self.cache, self.task = cache, task
        self.failures: dict[str, str] = {}  # request key -> why it will never be answered
        self.put_off: dict[str, str] = {}  # request key -> why it was not answered this time

    async def complete(self, request: Request, tokens: tuple[int, int]) -> Outcome:
        """The outcome, which `prefetch` has brought."""
        known = self.cache.get(request.key)
        if known is not None:
            return Outcome(known)
        self.meter.failed += 1
        later = self.put_off.get(request.key, "the endpoint gave no answer in its time")
        reason = self.failures.get(request.key, later)
        if "content_filter" in reason:
            return Outcome(Completion("", "content_filter", request.body["model"], 0, 0), reason)
        return Outcome(None, reason)

    def missing(self, requests: Iterable[Request]) -> Iterator[tuple[str, float]]:
        """Request line and estimated cost of every request without a reply or a failure."""
        for request in requests:
            key = request.key
            if key not in self.failures and self.cache.get(key) is None:
                line = {"custom_id": key, "method": "POST", "url": URL, "body": request.body}
                # Escaped: some readers take U+2028 and its like for the end of a line.
                yield json.dumps(line), self.meter.cost(*request.tokens)

    def take(self, lines: Iterable[str], where: str) -> int:
        """Keep the replies and failures of reply lines; how many replies there were.

        A line that is no reply line goes to `refuse`, with its place.
        """
        taken = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                reply = _ReplyLine.of(line)
            except ValueError as error:
                self.refuse(f"{where}, line {number} is no batch reply ({error})")
                continue
            if reply.status == OK:
                taken += self._take_reply(reply.key, reply.body)
            elif reply.later:
                self.put_off[reply.key] = reply.reason
            else:
                self.failures[reply.key] = reply.reason
        return taken

    def refuse(self, what: str) -> None:
        """Say that a line cannot be read; its request counts as not answered."""
        print(what, file=sys.stderr, flush=True)

    def _take_reply(self, key: str, body: Any) -> bool:
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
            try:
                with self._replies.open(encoding="utf-8-sig") as file:
                    self.take(file, str(self._replies))
            except UnicodeDecodeError as error:
                raise UserError(f"{self._replies} is not UTF-8 ({error}); convert it") from error
        with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
            number = 0
            for line, _ in self.missing(requests):
                lines.write(line + "\n")
                number += 1
            if not number:
                return
            lines.seek(0)
            with (
                files.replacing(self._requests) as temporary,
                temporary.open("w", encoding="utf-8") as out,
            ):
                out.writelines(lines)
        for reason, times in Counter([*self.failures.values(), *self.put_off.values()]).items():
            print(f"{self._replies}: {times} failed: {reason}", file=sys.stderr, flush=True)
        raise UserError(
            f"{number} requests wait for their replies: have {self._requests} answered as a batch "
            f"(JSON lines with custom_id and response), put the result at {self._replies} and run "
            "again"
        )

    def refuse(self, what: str) -> None:
        """A file of the user's is the user's to mend."""
        raise UserError(
            f"{what}; expected JSON with custom_id and response or error; mend it and run again"
        )


@dataclass(frozen=True)
class _ReplyLine:
    """A line of a batch's output or error file."""

    key: str
    status: int | None
    body: Any
    error: Any

    @classmethod
    def of(cls, line: str) -> "_ReplyLine":
        """The parsed line; `ValueError` says why it is none."""
        content = json.loads(line, strict=False)
        if not isinstance(content, dict) or "custom_id" not in content:
            raise ValueError("no custom_id")
        response, error = content.get("response"), content.get("error")
        if not response and not error:
            raise ValueError("neither response nor error")
        if not isinstance(response or {}, dict):
            raise ValueError("response is no object")
        body = (response or {}).get("body")
        status = (response or {}).get("status_code")
        if status is None and isinstance(body, dict) and "choices" in body:
            status = OK  # some gateways leave it out
        if status is None and not error and not _error_of(body):
            raise ValueError("no status_code, and no choices in its body")
        try:
            code = None if status is None else int(status)
        except (TypeError, ValueError):
            raise ValueError(f"status_code {status!r}") from None
        return cls(str(content["custom_id"]), code, body, error)

    @property
    def later(self) -> bool:
        """Whether the request may well be answered when it is sent again."""
        busy = self.status is not None and (self.status in (408, 409, 429) or self.status >= 500)
        code = self.error.get("code") if isinstance(self.error, dict) else self.error
        return busy or code == "batch_expired"

    @property
    def reason(self) -> str:
        """Why there is no reply, in a line."""
        told = _error_of(self.body) or self.error or self.body
        if isinstance(told, dict):
            told = ": ".join(str(told[name]) for name in ("code", "message") if told.get(name))
        return " ".join(f"{self.status or ''} {told or 'no reason given'}".split())[:300]


def _error_of(body: Any) -> Any:
    return body.get("error") if isinstance(body, dict) else None
