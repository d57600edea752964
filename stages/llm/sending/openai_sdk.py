"""The openai SDK as an endpoint: one request out, one answer or one named kind of failure back."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol, TypeVar

from pydantic import Field, field_validator

from stages.core.errors import UserError
from stages.core.params import Section
from stages.llm.messages.completion import Completion
from stages.llm.sending import headers
from stages.llm.sending.answers import completion_of, json_of
from stages.llm.sending.headers import Told
from stages.llm.spending.meter import Price

OURS = {"model", "messages", "seed", "response_format", "stream", "n"}  # not for `extra`
CHAT = "/chat/completions"
MOST_BYTES = 8_000_000  # of an answer; what a model can write at once is far below
T = TypeVar("T")


class Endpoint(Section):
    """Where requests go, `generate.endpoint` in params.yaml; any OpenAI-compatible server."""

    model: str
    base_url: str | None  # null = OpenAI; else such as http://localhost:8000/v1
    key_env: str | None  # environment variable that holds the key; null where none is needed
    structured: Literal["json_schema", "json_object", "none"]
    send_seed: bool  # the `seed` field: not every server has it
    api: Literal["direct", "batch", "exchange"]
    price: dict[str, Price] = Field({})  # model -> US dollars per million tokens
    extra: dict[str, Any] = Field(
        default={}
    )  # fields of each request that have no setting, such as
    # max_completion_tokens where a model refuses max_tokens; settings of a strategy come first

    @field_validator("extra")
    @classmethod
    def _check_extra(cls, extra: dict[str, Any]) -> dict[str, Any]:
        ours = sorted(OURS & extra.keys())
        if ours:
            raise ValueError(f"expected fields other than {sorted(OURS)}, found {ours}")
        return extra


class Limits(Section):
    """How hard to push, `generate.limits` in params.yaml; results do not depend on it."""

    concurrency: int = Field(ge=1)
    requests_per_minute: float | None = Field(gt=0)
    tokens_per_minute: float | None = Field(gt=0)
    timeout: float = Field(gt=0)  # seconds a request may take
    attempts: int = Field(ge=1)  # of a request, before its row is given up
    patience: float = Field(gt=0)  # seconds that 429s or an outage may put a request off
    poll: float = Field(gt=0)  # seconds between looks at a batch


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


@dataclass(frozen=True)
class Answer:
    """A completion and what came with it."""

    completion: Completion
    told: Told


class Transport(Protocol):
    """Anything that answers a chat request."""

    async def send(self, body: dict[str, Any]) -> Answer:
        """The answer; raises `TransientError`, `PermanentError` or `FatalError`."""

    async def close(self) -> None:
        """Let go of connections."""


def key_of(endpoint: Endpoint) -> str | None:
    """The endpoint's key; a placeholder where it needs none, None where it is not set.

    Raises `UserError` for a key that no header can carry, without showing it.
    """
    if endpoint.key_env is None:
        return "none"
    key = os.environ.get(endpoint.key_env, "").strip()
    odd = [number for number, sign in enumerate(key, start=1) if not "!" <= sign <= "~"]
    if odd:
        raise UserError(
            f"{endpoint.key_env}: expected a key of printable ASCII characters without spaces, "
            f"found another as number {odd[0]} of {len(key)}; copy the key anew"
        )
    return key or None


class OpenAITransport:
    """The SDK's async client over aiohttp, without its own retries and typed responses.

    `post` with the plain response costs 0.6 CPU seconds per 1,000 requests, `create` 1.0.
    """

    def __init__(self, endpoint: Endpoint, key: str, timeout: float) -> None:
        import httpx2
        import openai

        self._openai, self._response = openai, httpx2.Response
        self._connect_timeout = httpx2.ConnectTimeout
        self._key, self._timeout = key, timeout
        self.client = openai.AsyncOpenAI(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=openai.DefaultAioHttpClient(
                timeout=timeout, event_hooks={"response": [_bound]}
            ),
        )

    async def send(self, body: dict[str, Any]) -> Answer:
        """The answer; raises `TransientError`, `PermanentError` or `FatalError`."""
        return await self.guarded(self._send(body))

    async def _send(self, body: dict[str, Any]) -> Answer:
        # The SDK's timeout is of each read; an answer that drips would take for ever.
        async with asyncio.timeout(self._timeout):
            response = await self.client.post(CHAT, cast_to=self._response, body=body)
        return Answer(completion_of(json_of(response), body), headers.told(response.headers))

    async def guarded(self, answer: Awaitable[T]) -> T:
        """The awaited answer; the SDK's exceptions become one of our three kinds."""
        try:
            return await answer
        except Exception as error:
            failure = self._failure(error)
        # Raised outside the handler: the SDK's exception may have the key and must not be chained.
        raise failure

    def _failure(self, error: Exception) -> Exception:
        openai = self._openai
        if isinstance(error, openai.APIStatusError):
            return self._of_status(error)
        cause = error.__cause__ or error
        if isinstance(cause, PermanentError):
            return cause
        # The SDK's aiohttp transport calls a refused connection a timeout too.
        refused = isinstance(cause, self._connect_timeout) and str(cause)
        if refused:
            return TransientError(self._clean(refused))
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            return TransientError("timeout", billed=not isinstance(cause, self._connect_timeout))
        if isinstance(error, openai.APIConnectionError):
            return TransientError(self._clean(f"connection: {type(cause).__name__}"))
        if isinstance(error, ValueError):  # JSONDecodeError too
            return TransientError(self._clean(f"unreadable answer: {error}"), billed=True)
        if isinstance(error, openai.OpenAIError):
            return TransientError(self._clean(str(error)))
        return error

    async def close(self) -> None:
        """Let go of connections."""
        await self.client.close()

    def _of_status(self, error: Any) -> Exception:
        status, code = error.status_code, str(error.code or "")
        told = error.body.get("message") if isinstance(error.body, dict) else None
        message = self._clean(f"{status} {told or error.message}")
        if code == "insufficient_quota" or error.type == "insufficient_quota" or status == 402:
            return FatalError(f"the endpoint says that the quota is used up ({message}); pay it up")
        if status == 429:
            return TransientError(
                message, limited=True, retry_after=headers.seconds(error.response.headers)
            )
        if status in (408, 409) or status >= 500:
            wait = headers.seconds(error.response.headers)
            return TransientError(message, retry_after=wait, reached=True)
        if status in (401, 403):
            return FatalError(f"the endpoint refuses the key ({message}); set the right one")
        if status == 404:
            return FatalError(
                f"the endpoint knows no such model or address ({message}); mend params"
            )
        if "json" in message.lower() and "word" in message.lower():
            return FatalError(
                f"the endpoint wants the word JSON in the prompt ({message}); put {{format}} into "
                "the prompt file, or set generate.endpoint.structured to none"
            )
        if "response_format" in message:
            return FatalError(
                f"the endpoint has no such response format ({message}); set "
                "generate.endpoint.structured to json_object or none"
            )
        return PermanentError(message, filtered="content_filter" in f"{code} {message}")

    def _clean(self, message: str) -> str:
        """One line without the key, whatever an endpoint echoes."""
        return " ".join(message.replace(self._key, "***").split())[:300]


async def _bound(response: Any) -> None:
    """Have the reading of a completion end where it grows beyond all that fits a memory.

    The files of batches may be larger. httpx calls this before it reads the content.
    """
    if not response.request.url.path.endswith(CHAT):
        return
    told = response.headers.get("content-length", "")
    if told.isdecimal() and int(told) <= MOST_BYTES:
        return  # no more of it is read
    response.stream = _bounded()(response.stream)


@cache
def _bounded() -> Any:
    """The class of streams of at most `MOST_BYTES`; made late, since httpx is imported late."""
    from httpx2 import AsyncByteStream

    class Bounded(AsyncByteStream):
        def __init__(self, stream: AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in self._stream:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise PermanentError(f"the answer is larger than {MOST_BYTES / 1e6:.0f} MB")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded
