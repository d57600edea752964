"""A loopback endpoint that speaks the OpenAI chat protocol, made for speed; it keeps the counts.

`python -m tests.benchmarks.endpoint` prints its port and serves until its standard input closes.
tests/llm/chat_server.py misbehaves in more ways and is slower.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

JSON = {"Content-Type": "application/json"}
COMPLETION = (
    '{"id":"chatcmpl-%d","object":"chat.completion","created":1700000000,"model":"mock",'
    '"choices":[{"index":0,"finish_reason":"stop","logprobs":null,'
    '"message":{"role":"assistant","content":%s,"refusal":null}}],'
    '"usage":{"prompt_tokens":60,"completion_tokens":40,"total_tokens":100}}'
)
WORDS = ["small", "boat", "left", "harbour", "dawn", "nobody", "quay", "waved", "back", "late"]
LONGEST_LIFE = 7200  # seconds


@dataclass(frozen=True)
class Settings:
    """How the endpoint behaves."""

    latency: float = 0.0  # seconds
    jitter: float = 0.0  # share of the latency
    share_429: float = 0.0
    share_500: float = 0.0
    rate: float = 0.0  # requests per second that a token bucket lets pass; 0 = all
    capacity: float = 20.0  # tokens in the full bucket
    retry_after: float | None = 1.0  # seconds, sent with every 429
    seed: int = 0


class Endpoint:
    """The counts since the last reset, and the handlers."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset(Settings())

    def reset(self, settings: Settings) -> None:
        """Forget the counts and behave by new settings."""
        self.settings = settings
        self.random = random.Random(settings.seed)
        self.statuses: Counter[int] = Counter()
        self.asked: Counter[int] = Counter()  # requests by hash of their body
        self.paid: Counter[int] = Counter()  # completions by hash of the request's body
        self.most_in_flight = 0
        self.tokens, self.filled = settings.capacity, time.monotonic()

    def stats(self) -> dict[str, Any]:
        """What was seen since the last reset."""
        return {
            "received": self.asked.total(),
            "distinct": len(self.asked),
            "paid": self.paid.total(),
            "paid_distinct": len(self.paid),
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "cpu": time.process_time(),
            "settings": asdict(self.settings),
        }

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Any request."""
        if request.path == "/stats":
            return web.json_response(self.stats())
        body = await request.read()
        if request.path == "/reset":
            self.reset(Settings(**json.loads(body)))
            return web.json_response({})
        return await self._chat(body)

    async def _chat(self, body: bytes) -> web.Response:
        if not json.loads(body)["messages"]:  # curator looks at the headers of such a request
            return _error(400, "invalid_request_error", "Empty input messages")
        name = hash(body)
        self.asked[name] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            response = await self._answer(body)
        finally:
            self.in_flight -= 1
        self.statuses[response.status] += 1
        if response.status == 200:
            self.paid[name] += 1
        return response

    async def _answer(self, body: bytes) -> web.Response:
        settings = self.settings
        if not self._take():
            return self._limited()
        if settings.latency:
            spread = settings.jitter * (2 * self.random.random() - 1)
            await asyncio.sleep(settings.latency * (1 + spread))
        if b"POISON" in body:
            return _error(400, "content_filter", "The response was filtered")
        draw = self.random.random()
        if draw < settings.share_429:
            return self._limited()
        if draw < settings.share_429 + settings.share_500:
            return _error(500, "server_error", "The server had an error")
        number = self.statuses[200]
        reply = json.dumps(json.dumps({"texts": [self._text(number)]}))
        return web.Response(text=COMPLETION % (number, reply), headers=JSON)

    def _text(self, number: int) -> str:
        return f"Entry {number}: {' '.join(self.random.sample(WORDS, len(WORDS)))}."

    def _limited(self) -> web.Response:
        response = _error(429, "rate_limit_exceeded", "Rate limit reached for requests")
        if self.settings.retry_after is not None:
            response.headers["Retry-After"] = f"{self.settings.retry_after:g}"
        return response

    def _take(self) -> bool:
        """A token from the bucket, if there is one or no bucket."""
        settings, now = self.settings, time.monotonic()
        if not settings.rate:
            return True
        refill = (now - self.filled) * settings.rate
        self.tokens, self.filled = min(settings.capacity, self.tokens + refill), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def _error(status: int, code: str, message: str) -> web.Response:
    error = {"message": message, "type": code, "param": None, "code": code}
    return web.json_response({"error": error}, status=status)


async def serve() -> None:
    """Print the port, then serve until standard input closes."""
    runner = web.ServerRunner(web.Server(Endpoint().handle, access_log=None), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    print(runner.addresses[0][1], flush=True)
    closed = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait([closed], timeout=LONGEST_LIFE)  # asyncio.run ends what is on its way


if __name__ == "__main__":
    asyncio.run(serve())
