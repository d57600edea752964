"""Requests answered in bulk: what batches and files that a user carries have in common.

Both write requests as the Batch API's JSON lines, read its reply lines, and keep what they say in
the request cache; a request is known by its cache key, so nothing is asked twice.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stages.core import files
from stages.core.errors import UserError, WaitingError
from stages.core.text import one_line
from stages.llm.messages.completion import Outcome
from stages.llm.messages.config import Endpoint
from stages.llm.messages.request import Request
from stages.llm.sending.openai_sdk import completion_of, storable
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter, Tokens

URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
OK = 200


class Bulk:
    """Answers `complete` from the cache, and from the failures that reply lines brought."""

    def __init__(self, endpoint: Endpoint, cache: Cache, meter: Meter, task: str) -> None:
        self.meter, self.cache = meter, cache
        self._endpoint, self._task = endpoint, task
        self._asked: dict[str, tuple[str, Tokens]] = {}  # request key -> model, estimated tokens
        self._taken: set[str] = set()  # keys of the replies that this run accepted
        self.failures: dict[str, str] = {}  # request key -> why it will never be answered
        self.put_off: dict[str, str] = {}  # request key -> why it was not answered this time

    async def complete(self, request: Request) -> Outcome:
        """The outcome, which `prefetch` has brought."""
        known = self.cache.get(request.key)
        if known is not None:
            self.meter.cached += request.key not in self._taken
            return Outcome(known)
        self.meter.failed += 1
        later = self.put_off.get(request.key, "the endpoint gave no answer in its time")
        reason = self.failures.get(request.key, later)
        if "content_filter" in reason:
            return Outcome.filtered(request, reason)
        return Outcome(None, reason, again=request.key not in self.failures)

    def missing(self, requests: Iterable[Request]) -> list[Request]:
        """The requests without a reply or a final failure."""
        found = {}  # by key: equal texts may be asked about twice, and batches hold no id twice
        for request in requests:
            key = request.key
            if key not in self.failures and self.cache.get(key) is None:
                self._asked[key] = request.body["model"], request.tokens
                found[key] = request
        return list(found.values())

    def take(self, lines: Iterable[str], where: str) -> Counter[str]:
        """Keep the replies and failures of reply lines; how many were accepted, known or failed.

        A line that is no reply line goes to `refuse`, with its place.
        """
        counts: Counter[str] = Counter()
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                reply = _ReplyLine.of(self._endpoint.masked(line))
            except (ValueError, RecursionError) as error:
                self.refuse(f"{where}, line {number} is no batch reply ({error})")
                continue
            counts[self._take(reply)] += 1
        return counts

    def wanted(self, key: str) -> bool:
        """Whether a reply that is not in the cache is to be kept: by default all were paid for."""
        return True

    def refuse(self, what: str) -> None:
        """Say that a line cannot be read; its request counts as not answered."""
        print(what, file=sys.stderr, flush=True)

    def _take(self, reply: "_ReplyLine") -> str:
        key = reply.key
        if self.cache.get(key) is not None:
            return "known"  # paid for when it was first read
        if not self.wanted(key):
            return "unasked"
        if reply.status != OK:
            (self.put_off if reply.later else self.failures)[key] = reply.reason
            return "failed"
        model, tokens = self._asked.get(key, ("unknown", (0, 0)))
        try:
            completion = completion_of(reply.body, model)
        except (ValueError, RecursionError) as error:
            self.failures[key] = one_line(str(error))
            return "failed"
        # A batch of an earlier run may be of a model that was named then.
        self.meter.add(completion, tokens, None if key in self._asked else completion.model)
        self.cache.put(key, self._task, completion)
        self._taken.add(key)
        for reasons in (self.failures, self.put_off):
            reasons.pop(key, None)
        return "accepted"


class Exchange(Bulk):
    """Files for gateways and clusters: requests out, replies in, no network here."""

    def __init__(
        self, endpoint: Endpoint, cache: Cache, meter: Meter, task: str, name: str, folder: Path
    ) -> None:
        super().__init__(endpoint, cache, meter, task)
        self._title = f"{task}, {name}"
        self._requests = folder / f"{name}.requests.jsonl"
        self._replies = folder / f"{name}.replies.jsonl"

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Take the replies file; where requests are still open, write them and stop.

        Raises `WaitingError`, which says what to do next.
        """
        waiting = self.missing(requests)
        if waiting and self._replies.exists():
            self._read(waiting)
            waiting = self.missing(waiting)
        if not waiting:
            self._requests.unlink(missing_ok=True)  # else someone might have them answered again
            return
        cost = sum(self.meter.cost(*request.tokens) for request in waiting)
        self.meter.reserve(cost, f"{self._title}: {_plural(len(waiting), 'request')}", ahead=0)
        files.write_text(
            "".join(f"{request_line(request)}\n" for request in waiting), self._requests
        )
        raise WaitingError(
            f"{self._title}, {_round(waiting)}: {_plural(len(waiting), 'request')} written to "
            f"{self._requests}, about {self.meter.money(cost)}. Next: have them answered as a "
            f"batch (JSON lines with custom_id and response), put the answers into {self._replies} "
            "and run the same command again"
        )

    def wanted(self, key: str) -> bool:
        """What was not asked may be a line of another run, or of a later round."""
        return key in self._asked

    def refuse(self, what: str) -> None:
        """A file of the user's is the user's to fix."""
        raise UserError(
            f"{what}; expected JSON with custom_id and response or error; fix it and run again"
        )

    def _read(self, waiting: list[Request]) -> None:
        """Take the replies file, and say what became of its lines."""
        try:
            with self._replies.open(encoding="utf-8-sig") as file:
                counts = self.take(file, str(self._replies))
        except UnicodeDecodeError as error:
            raise UserError(f"{self._replies} is not UTF-8 ({error}); convert it") from error
        parts = [f"{counts['accepted']} accepted"]
        parts += [f"{counts['known']} known already"] if counts["known"] else []
        parts += [f"{counts['unasked']} of other requests skipped"] if counts["unasked"] else []
        keys = [request.key for request in waiting]
        lines = [f"{self._title}, {_round(waiting)}: lines of {self._replies}: {', '.join(parts)}"]
        lines += [f"  {n} to be answered again: {why}" for why, n in _counted(self.put_off, keys)]
        lines += [
            f"  {n} given up, unless you remove the line: {why}"
            for why, n in _counted(self.failures, keys)
        ]
        print("\n".join(lines), file=sys.stderr, flush=True)


def request_line(request: Request) -> str:
    """A request as a line of a batch."""
    line = {"custom_id": request.key, "method": "POST", "url": URL, "body": request.body}
    return json.dumps(line)  # escaped: some readers take U+2028 and its like for the end of a line


def _round(requests: list[Request]) -> str:
    """The round of a run that requests belong to: what is missing after one is the next."""
    turn = requests[0].round
    return f"round {turn + 1}" if turn >= 0 else "attributes"


def _counted(reasons: dict[str, str], keys: Iterable[str]) -> list[tuple[str, int]]:
    return Counter(reasons[key] for key in keys if key in reasons).most_common()


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" + "s" * (number != 1)


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
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"status_code {status!r:.80}") from None
        return cls(storable(str(content["custom_id"])), code, body, error)

    @property
    def later(self) -> bool:
        """Whether the request may well be answered when it is sent again."""
        busy = self.status is not None and (self.status in (408, 409, 429) or self.status >= 500)
        code = self.error.get("code") if isinstance(self.error, dict) else self.error
        return busy or code == "batch_expired"

    @property
    def reason(self) -> str:
        """Why there is no reply, in a line."""
        detail = _error_of(self.body) or self.error or self.body
        if isinstance(detail, dict):
            detail = ": ".join(
                str(detail[name]) for name in ("code", "message") if detail.get(name)
            )
        return one_line(f"{self.status or ''} {detail or 'no reason given'}")


def _error_of(body: Any) -> Any:
    return body.get("error") if isinstance(body, dict) else None
