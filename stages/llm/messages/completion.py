"""What comes back for a request: a completion, or one of three named failures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from stages.core.errors import UserError
from stages.llm.messages.replies import Usage
from stages.llm.messages.request import Request


@dataclass(frozen=True)
class Completion:
    """What the endpoint answered to one request."""

    reply: str
    finish_reason: str | None
    model: str
    prompt_tokens: int
    completion_tokens: int

    @property
    def usage(self) -> Usage:
        """Its tokens, as a reply on disk has them."""
        return Usage(prompt_tokens=self.prompt_tokens, completion_tokens=self.completion_tokens)


@dataclass(frozen=True)
class Outcome:
    """What became of a request: a completion, or the reason why there is none."""

    completion: Completion | None
    error: str = ""
    again: bool = False  # whether another run may bring one

    @classmethod
    def filtered(cls, request: Request, reason: str) -> "Outcome":
        """A content filter stopped the request: asking again would bring the same."""
        return cls(Completion("", "content_filter", request.body["model"], 0, 0), reason)


class TransientError(Exception):
    """Worth another attempt.

    `limited`: a 429; `retry_after`: seconds that the endpoint asked for; `reached`: the endpoint,
    or what stands before it, has answered with a status; `billed`: probably paid for, as after a
    timeout.
    """

    def __init__(
        self,
        reason: str,
        limited: bool = False,
        retry_after: float | None = None,
        reached: bool = False,
        billed: bool = False,
    ):
        super().__init__(reason)
        self.limited, self.retry_after, self.reached = limited, retry_after, reached
        self.billed = billed


class PermanentError(Exception):
    """This request will never be answered; others may be. `filtered`: by a content filter."""

    def __init__(self, reason: str, filtered: bool = False):
        super().__init__(reason)
        self.filtered = filtered


class FatalError(UserError):
    """No request will be answered: a wrong key, no money left, an unknown model."""


class Asker(Protocol):
    """What answers requests: the client, a batch, carried files, or the cache alone."""

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Get the replies of these requests into the cache, where they are fetched in bulk."""

    async def complete(self, request: Request) -> Outcome:
        """The outcome of a request; raises `UserError` when the run has to end."""
