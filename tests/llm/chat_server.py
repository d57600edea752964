"""A loopback server that speaks the OpenAI protocol, misbehaves on request, and keeps the counts.

`python -m tests.llm.chat_server [PORT] [JSON SETTINGS]` runs it alone; `running` runs it in a test.
"""

import asyncio
import gzip
import hashlib
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from typing import Any

from aiohttp import web

ERRORS = {
    400: ("invalid_request_error", "bad_prompt", "the prompt is not acceptable"),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: {key}"),
    402: ("billing", "payment_required", "no credits left"),
    404: ("invalid_request_error", "model_not_found", "The model does not exist"),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached"),
}


@dataclass
class Settings:
    """How the server behaves. `script` holds faults for the next requests, one each."""

    latency: float = 0.0  # seconds
    jitter: float = 0.0  # share of the latency
    share_429: float = 0.0
    share_500: float = 0.0
    seed: int = 0
    bucket_rate: float = 0.0  # requests per second; 0 = no limit
    bucket_capacity: float = 20.0
    bucket_late: bool = False  # the limit is checked after the latency, not on arrival
    retry_after: float | None = None  # seconds, in 429s
    headers: bool = False  # x-ratelimit-* headers
    schema: bool = True  # accepts response_format
    texts: int | None = None  # texts in a reply; None = as many as asked for
    body: str | None = None  # every reply is this
    bodies: list[str] = field(default_factory=list)  # before that the next replies, one each
    answers: dict[str, str] = field(default_factory=dict)  # part of the last message -> its reply
    require_key: str | None = None
    script: list[str] = field(default_factory=list)
    name_model: bool = True  # completions say which model they are from
    usage: float | None = 1.0  # times the real usage is reported; None = the field is missing
    outage: tuple[float, float] = (0.0, 0.0)  # 503s between so many seconds after the first request
    batch_fails: int = 0  # this many requests of a batch expire
    batch_cancelled: bool = False  # they do because the batch was cancelled
    batch_polls: int = 1  # polls until a batch has ended
    batch_answer_lost: bool = False  # the connection breaks after a batch was made
    batch_outage: int = 0  # this many looks at a batch, or for one, get a 503
    batch_page: str = ""  # in place of the answer to a new batch
    batch_failed: str = ""  # batches fail with this code
    batch_lines: list[Any] = field(default_factory=list)  # for the next requests of a batch


@dataclass
class Server:
    """State and handlers."""

    settings: Settings = field(default_factory=Settings)
    statuses: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)  # completions by request body
    asked: Counter[str] = field(default_factory=Counter)  # requests by last message
    times: list[float] = field(default_factory=list)  # of the requests
    endless: int = 0  # bytes of endless answers that were taken
    in_flight: int = 0
    most_in_flight: int = 0
    files: dict[str, str] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reset(Settings())

    def reset(self, settings: Settings) -> None:
        """Forget the counts and behave by new settings."""
        self.settings = settings
        self.statuses.clear()
        self.paid.clear()
        self.asked.clear()
        self.times.clear()
        self.most_in_flight = 0
        self.random = random.Random(settings.seed)
        self.tokens = settings.bucket_capacity
        self.filled = time.monotonic()

    def stats(self) -> dict[str, Any]:
        """What the server saw."""
        return {
            "received": self.asked.total(),
            "paid": self.paid.total(),
            "paid_twice": sum(n - 1 for n in self.paid.values()),
            "prompts": len(self.asked),
            "most_in_flight": self.most_in_flight,
            "statuses": dict(self.statuses),
        }

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=1 << 30)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self.chat),
                web.post("/v1/bomb", self.chat),
                web.post("/v1/files", self.upload),
                web.get("/v1/files/{id}/content", self.content),
                web.post("/v1/batches", self.create_batch),
                web.get("/v1/batches", self.list_batches),
                web.get("/v1/batches/{id}", self.poll_batch),
                web.get("/stats", self.show_stats),
                web.post("/reset", self.do_reset),
            ]
        )
        return app

    async def show_stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats())

    async def do_reset(self, request: web.Request) -> web.Response:
        self.reset(Settings(**await request.json()))
        return web.json_response({})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        asked = json.loads(body)
        self.asked[json.dumps(asked["messages"][-1]["content"])] += 1
        self.times.append(time.monotonic())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(request, body, asked)
        finally:
            self.in_flight -= 1

    async def _answer(
        self, request: web.Request, body: bytes, asked: dict[str, Any]
    ) -> web.StreamResponse:
        settings = self.settings
        fault = self._fault(request, asked)
        if not fault and not settings.bucket_late and not self._take():
            fault = "429"
        latency = settings.latency * (1 + settings.jitter * (2 * self.random.random() - 1))
        if latency and fault != "429":
            await asyncio.sleep(latency)
        if not fault and settings.bucket_late and not self._take():
            fault = "429"
        if fault:
            special = await self._misbehave(request, fault)
            if special is not None:
                return special
        completion = self._completion(asked, fault)
        self.statuses["200"] += 1
        self.paid[hashlib.sha256(body).hexdigest()] += 1
        return web.json_response(completion, headers=self._limit_headers())

    def _fault(self, request: web.Request, asked: dict[str, Any]) -> str:
        settings = self.settings
        content = str(asked["messages"][-1]["content"])
        if settings.require_key and request.headers["Authorization"][7:] != settings.require_key:
            return "401"
        if "POISON-400" in content:
            return "400"
        if "POISON-FILTER" in content:
            return "400-filter"
        if asked.get("response_format") and not settings.schema:
            return "400-format"
        if settings.script:
            return settings.script.pop(0)
        if settings.outage[0] <= time.monotonic() - self.times[0] < settings.outage[1]:
            return "503"
        if "POISON-500" in content:
            return "500"
        draw = self.random.random()
        if draw < settings.share_429:
            return "429"
        return "500" if draw < settings.share_429 + settings.share_500 else ""

    def _take(self) -> bool:
        """A token from the bucket, if there is one or no bucket."""
        settings = self.settings
        if not settings.bucket_rate:
            return True
        now = time.monotonic()
        refill = (now - self.filled) * settings.bucket_rate
        self.tokens = min(settings.bucket_capacity, self.tokens + refill)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def _limit_headers(self) -> dict[str, str]:
        if not self.settings.headers:
            return {}
        return {
            "x-ratelimit-limit-requests": str(round(self.settings.bucket_rate * 60)),
            "x-ratelimit-remaining-requests": str(round(self.tokens)),
        }

    async def _misbehave(self, request: web.Request, fault: str) -> web.StreamResponse | None:
        """The fault's response; None for faults that are completions of another kind."""
        self.statuses[fault] += 1
        if fault == "timeout":
            await asyncio.sleep(3)
        if fault == "endless":
            return await self._endless(request)
        if fault in ("reset", "drip"):
            return await self._broken_stream(request, fault)
        if fault == "malformed":
            return web.Response(text='{"choices": [{"mess', content_type="application/json")
        if fault == "bomb":
            body = gzip.compress(b" " * (1 << 25))
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        if fault == "redirect" or fault.startswith("raw:"):
            status, location = (307, {"Location": "/v1/bomb"}) if fault == "redirect" else (200, {})
            return web.Response(status=status, text=fault[4:], headers=location)
        if fault == "html":
            return web.Response(text="<html>Welcome</html>", content_type="text/html")
        if fault == "error_200":
            return web.json_response({"error": {"message": "model is overloaded"}})
        if fault[:3].isdigit():
            return self._error(request, fault)
        return None

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionError):
            while self.endless < 1 << 28:
                await response.write(b" " * (1 << 20))
                self.endless += 1 << 20
        return response

    async def _broken_stream(self, request: web.Request, fault: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(b'{"choices": [')
        if fault == "reset":
            assert request.transport is not None
            request.transport.abort()
        else:
            for _ in range(15):
                await asyncio.sleep(0.2)
                try:
                    await response.write(b" ")
                except ConnectionError:
                    break
        return response

    def _error(self, request: web.Request, fault: str) -> web.Response:
        status = int(fault[:3])
        kind, code, message = ERRORS.get(status, ("server_error", "server_error", "oops"))
        headers = {}
        if fault == "400-filter":
            code = "content_filter"
        elif fault == "400-format":
            code, message = "unsupported_parameter", "'response_format' is not supported"
        elif fault == "400-json":
            message = "'messages' must contain the word 'json' to use 'response_format'"
        elif fault == "400-key":
            message = "rejected for {key}"
        elif fault == "429-quota":
            kind = code = "insufficient_quota"
        elif status in (429, 503):
            seconds = self.settings.retry_after if status == 429 else None
            wait = fault.split(":", 1)[1] if ":" in fault else seconds
            headers = {} if wait is None else {"Retry-After": str(wait)}
        message = message.format(key=request.headers.get("Authorization", "")[7:])
        error = {"error": {"message": message, "type": kind, "code": code, "param": None}}
        return web.json_response(error, status=status, headers=headers)

    def _completion(self, asked: dict[str, Any], fault: str = "") -> dict[str, Any]:
        prompt = json.dumps(asked, sort_keys=True)
        digest = hashlib.sha256(prompt.encode()).digest()
        content, reason = self._content(asked, digest), "stop"
        if fault == "length":
            content, reason = content[: len(content) // 2], "length"
        elif fault == "content_filter":
            content, reason = "", "content_filter"
        elif fault == "refusal":
            content = "I'm sorry, but I can't help with that."
        choice = {
            "index": 0,
            "finish_reason": reason,
            "message": {"role": "assistant", "content": content},
        }
        times = self.settings.usage
        usage = {
            "prompt_tokens": round(len(prompt) // 4 * (times or 0)),
            "completion_tokens": round(len(content) // 4 * (times or 0)),
        }
        return {
            "id": f"chatcmpl-{digest.hex()[:12]}",
            "object": "chat.completion",
            "created": 0,
            **({"model": asked["model"]} if self.settings.name_model else {}),
            "choices": [] if fault == "empty_choices" else [choice],
            **({"usage": usage} if times is not None else {}),
        }

    def _content(self, asked: dict[str, Any], digest: bytes) -> str:
        if self.settings.bodies:
            return self.settings.bodies.pop(0)
        last = str(asked["messages"][-1]["content"])
        for part, answer in self.settings.answers.items():
            if part in last:
                return answer
        if self.settings.body is not None:
            return self.settings.body
        prompt = " ".join(str(message["content"]) for message in asked["messages"])
        if "dimensions" in prompt.lower() and '"texts"' not in prompt:
            values = {"subject": ["sport", "work", "food"], "tone": ["dry", "warm"]}
            return json.dumps({"dimensions": values})
        wanted = re.search(r"Write (\d+)", prompt)
        number = self.settings.texts
        if number is None:
            number = int(wanted.group(1)) if wanted else 1
        words = random.Random(digest)
        texts = [" ".join(f"w{words.randrange(10**6)}" for _ in range(12)) for _ in range(number)]
        return json.dumps({"texts": texts})

    # ---- batches ----
    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        upload = form["file"]
        assert isinstance(upload, web.FileField)
        name = f"file-{len(self.files)}"
        self.files[name] = upload.file.read().decode()
        self.statuses["upload"] += 1
        return web.json_response({"id": name, "object": "file", "purpose": "batch"})

    async def content(self, request: web.Request) -> web.Response:
        return web.Response(text=self.files[request.match_info["id"]])

    async def create_batch(self, request: web.Request) -> web.Response:
        asked = await request.json()
        name = f"batch-{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "status": "in_progress",
            "input_file_id": asked["input_file_id"],
            "endpoint": asked["endpoint"],
            "completion_window": "24h",
            "created_at": 0,
            "metadata": asked.get("metadata"),
            "polls": self.settings.batch_polls,
        }
        self.statuses["batch"] += 1
        if self.settings.batch_page:
            return web.Response(text=self.settings.batch_page, content_type="text/html")
        if self.settings.batch_answer_lost:
            assert request.transport is not None
            request.transport.close()
        return web.json_response(self.batches[name])

    async def list_batches(self, request: web.Request) -> web.Response:
        if outage := self._outage():
            return outage
        newest = list(self.batches.values())[::-1]
        return web.json_response({"object": "list", "data": newest, "has_more": False})

    def _outage(self) -> web.Response | None:
        self.settings.batch_outage -= 1
        if self.settings.batch_outage < 0:
            return None
        soon = {"Retry-After-Ms": "10"}
        return web.json_response({"error": {"message": "out"}}, status=503, headers=soon)

    async def poll_batch(self, request: web.Request) -> web.Response:
        batch = self.batches.get(request.match_info["id"])
        if batch is None:
            return web.json_response({"error": {"message": "No such batch"}}, status=404)
        if outage := self._outage():
            return outage
        if self.settings.batch_failed:
            error = {"code": self.settings.batch_failed, "message": "oops", "line": 1}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [error] * 3}}
        batch["polls"] -= 1
        if batch["polls"] <= 0 and batch["status"] == "in_progress":
            self._finish(batch)
        return web.json_response(batch)

    def _finish(self, batch: dict[str, Any]) -> None:
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        expired = self.settings.batch_fails
        ended = "cancelled" if self.settings.batch_cancelled else "expired"
        out, errors = [], []
        for number, line in enumerate(lines):
            if self.settings.batch_lines:
                odd = self.settings.batch_lines.pop(0)
                errors.append({"custom_id": line["custom_id"], **odd})
                continue
            if number >= len(lines) - expired:
                error = {"code": f"batch_{ended}", "message": ended}
                errors.append({"custom_id": line["custom_id"], "response": None, "error": error})
                continue
            if "POISON" in json.dumps(line["body"]):
                fault = {"error": {"code": "content_filter", "message": "filtered"}}
                response = {"status_code": 400, "body": fault}
                errors.append({"custom_id": line["custom_id"], "response": response})
                continue
            self.paid[json.dumps(line["body"], sort_keys=True)] += 1
            response = {"status_code": 200, "body": self._completion(line["body"])}
            out.append({"custom_id": line["custom_id"], "response": response, "error": None})
        for key, content in (("output_file_id", out), ("error_file_id", errors)):
            if content:
                name = f"file-{len(self.files)}"
                # Real endpoints do not keep the order.
                lines_ = [json.dumps(line, ensure_ascii=False) for line in reversed(content)]
                self.files[name] = "\n".join(lines_)
                batch[key] = name
        batch["status"] = ended if expired else "completed"


@contextmanager
def running(server: Server) -> Iterator[str]:
    """Serve in a thread of this process; gives the base URL."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(server.app(), shutdown_timeout=0)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def main() -> None:
    """Serve until killed."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    given = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    assert set(given) <= {setting.name for setting in fields(Settings)}
    server = Server()
    server.reset(Settings(**given))
    web.run_app(server.app(), host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
