"""The openai SDK as an endpoint: one request out, one answer or one named kind of failure back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from stages.core.text import one_line
from stages.llm.messages.completion import (
    Completion,
    FatalError,
    PermanentError,
    TransientError,
)
from stages.llm.messages.config import Endpoint

if TYPE_CHECKING:
    import openai

CHAT = "/chat/completions"
OPENAI = "https://api.openai.com/v1"  # said here: the SDK would look into the environment first
MOST_BYTES = 8_000_000  # of an answer; what a model can write at once is far below
T = TypeVar("T")


@dataclass(frozen=True)
class RateHeaders:
    """What the endpoint's headers say of its limits; None where they say nothing."""

    requests_per_minute: float | None = None
    requests_left: float | None = None
    tokens_per_minute: float | None = None
    tokens_left: float | None = None


@dataclass(frozen=True)
class Response:
    """A completion and the rate limits in its headers."""

    completion: Completion
    headers: RateHeaders


class Transport(Protocol):
    """Anything that answers a chat request."""

    async def send(self, body: dict[str, Any]) -> Response:
        """The answer; raises `TransientError`, `PermanentError` or `FatalError`."""

    async def aclose(self) -> None:
        """Close connections."""


class OpenAITransport:
    """The SDK's async client over aiohttp, without its own retries and typed responses.

    `key` is called at the first request: what is cached needs no key. `post` with the plain
    response costs 0.6 CPU seconds per 1,000 requests, `create` 1.0.
    """

    def __init__(self, endpoint: Endpoint, key: Callable[[], str], timeout: float) -> None:
        self._endpoint, self._key, self._timeout = endpoint, key, timeout

    @cached_property
    def client(self) -> "openai.AsyncOpenAI":
        """The SDK's client, imported when it is needed: that takes half a second."""
        import openai

        return openai.AsyncOpenAI(
            api_key=self._key(),
            base_url=self._endpoint.base_url or OPENAI,
            max_retries=0,
            timeout=self._timeout,
            http_client=openai.DefaultAioHttpClient(
                timeout=self._timeout, event_hooks={"response": [_bound]}
            ),
        )

    async def send(self, body: dict[str, Any]) -> Response:
        """The answer; raises `TransientError`, `PermanentError` or `FatalError`."""
        return await self.guarded(self._send(body))

    async def _send(self, body: dict[str, Any]) -> Response:
        import httpx2

        client = self.client  # made outside of the timeout
        # The SDK's timeout is of each read; an answer that drips would take forever.
        async with asyncio.timeout(self._timeout):
            response = await client.post(
                CHAT, cast_to=httpx2.Response, body=body, options={"follow_redirects": False}
            )
        # Before anything is cut off, a part of the key with it, or kept.
        text = self._endpoint.masked(response.content.decode("utf-8-sig", "replace"))
        return Response(
            completion_of(_json(text, response.headers), body["model"]),
            rate_headers(response.headers),
        )

    async def guarded(self, answer: Awaitable[T]) -> T:
        """The awaited answer; the SDK's exceptions become one of our three kinds."""
        try:
            return await answer
        except Exception as error:
            failure = self._failure(error)
        # Raised outside the handler: the SDK's exception may have the key and must not be chained.
        raise failure

    async def aclose(self) -> None:
        """Close connections."""
        if "client" in self.__dict__:
            await self.client.close()

    def _failure(self, error: Exception) -> Exception:
        import aiohttp
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._of_status(error)
        cause = error.__cause__ or error
        if isinstance(cause, PermanentError):
            return cause
        connecting = isinstance(cause, httpx2.ConnectTimeout | httpx2.ConnectError)
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            # The SDK's aiohttp transport calls a refused connection a timeout too.
            reason = str(cause) if connecting else ""
            return TransientError(self._clean(reason or "timeout"), billed=not connecting)
        if isinstance(error, openai.APIConnectionError):
            reason = self._clean(f"connection: {type(cause).__name__}")
            return TransientError(reason, billed=not connecting)
        if isinstance(error, aiohttp.ClientResponseError):  # the SDK lets it through
            return TransientError(self._clean(f"no HTTP answer: {error.message}"), billed=True)
        if isinstance(error, ValueError | RecursionError):  # of JSON in JSON in JSON
            return TransientError(self._clean(f"unreadable answer: {error}"), billed=True)
        if isinstance(error, openai.OpenAIError):
            return TransientError(self._clean(str(error)))
        return error

    def _of_status(self, error: Any) -> Exception:
        status, code = error.status_code, str(error.code or "")
        detail = error.body.get("message") if isinstance(error.body, dict) else None
        message = self._clean(f"{status} {detail or error.message}")
        wait = retry_after(error.response.headers)
        if code == "insufficient_quota" or error.type == "insufficient_quota" or status == 402:
            return FatalError(f"the endpoint says that the quota is used up ({message}); top it up")
        if status == 429:
            return TransientError(message, limited=True, retry_after=wait)
        if status in (408, 409) or status >= 500:
            return TransientError(message, retry_after=wait, reached=True)
        if status in (401, 403):
            return FatalError(f"the endpoint refuses the key ({message}); set the right one")
        if status == 404 or status < 400:  # nor is a redirection followed, to whomever it leads
            return FatalError(
                f"the endpoint knows no such model or address ({message}); fix generate.endpoint"
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
        return one_line(self._endpoint.masked(message))


def completion_of(content: Any, model: str) -> Completion:
    """A chat completion's JSON as a `Completion`; `ValueError` where it is none.

    `model` is the one that was asked, for endpoints that do not name theirs.
    """
    if isinstance(content, dict) and content.get("error") and not content.get("choices"):
        raise ValueError(f"an error in place of a completion: {json.dumps(content['error']):.200}")
    try:
        choice = content["choices"][0]
        message = choice["message"]
        usage, reason = content.get("usage"), choice.get("finish_reason")
        refusal = message.get("refusal")
        return Completion(
            reply=storable(str(message.get("content") or refusal or "")),
            finish_reason=None if reason is None else storable(str(reason)),
            model=storable(str(content.get("model") or model)),
            prompt_tokens=_tokens(usage, "prompt_tokens"),
            completion_tokens=_tokens(usage, "completion_tokens"),
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"no chat completion but {json.dumps(content):.200}") from error


def storable(text: str) -> str:
    """The text with its unpaired surrogates, which no file can hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def rate_headers(headers: Any) -> RateHeaders:
    """The limits in an answer's `x-ratelimit-*` headers."""

    def number(name: str) -> float | None:
        try:
            found = float(headers[f"x-ratelimit-{name}"])
        except (KeyError, ValueError):
            return None
        return found if isfinite(found) else None

    if "x-ratelimit-limit-requests" not in headers and "x-ratelimit-limit-tokens" not in headers:
        return RateHeaders()
    return RateHeaders(
        number("limit-requests"),
        number("remaining-requests"),
        number("limit-tokens"),
        number("remaining-tokens"),
    )


def retry_after(headers: Any) -> float | None:
    """Seconds to wait by Retry-After, a number or a date; nonsense counts as none."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        with suppress(ValueError):
            found = float(headers.get(name, "")) / unit
            if isfinite(found):
                return max(0.0, found)
    with suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - time.time())
    return None


def _json(text: str, headers: Any) -> Any:
    """The content of a response; `ValueError` says what it is instead."""
    try:
        return json.loads(text)
    except ValueError as error:
        kind = headers.get("content-type", "no type")
        raise ValueError(f"expected JSON, found {kind}: {text:.100}") from error


def _tokens(usage: Any, name: str) -> int:
    """A count of tokens; 0 where there is none or nonsense: the reply is worth more."""
    try:
        count = int(usage[name])
    except (LookupError, TypeError, ValueError, OverflowError):
        return 0
    return count if 0 <= count <= MOST_BYTES else 0  # a token is a byte at least


async def _bound(response: Any) -> None:
    """Stop reading a completion that grows beyond all that fits a memory, once decompressed.

    The files of batches may be larger. httpx calls this before it reads the content.
    """
    if not response.request.url.path.endswith(CHAT):
        return
    whole = response.aiter_bytes  # decompresses, in pieces of 1 MiB at most

    async def bounded() -> AsyncIterator[bytes]:
        size = 0
        async with aclosing(whole()) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > MOST_BYTES:
                    raise PermanentError(f"the answer is larger than {MOST_BYTES / 1e6:.0f} MB")
                yield piece

    response.aiter_bytes = bounded
