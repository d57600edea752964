"""A misbehaving server and a client of it."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.messages.completion import Outcome
from stages.llm.messages.config import Endpoint, Limits, Price
from stages.llm.messages.request import Request
from stages.llm.sending.client import Client
from stages.llm.sending.concurrency import run_bounded
from stages.llm.sending.openai_sdk import OpenAITransport
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from tests import small_task
from tests.llm import stage
from tests.llm.chat_server import Server, Settings, running

KEY = "sk-test-0123456789abcdef"
Run = Callable[..., "Result"]


class Result:
    """Outcomes by prompt, the meter, and the error that ended the run."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.outcomes: dict[str, Outcome] = {}
        self.error: UserError | None = None

    @property
    def answered(self) -> int:
        """Requests with a reply."""
        return sum(outcome.completion is not None for outcome in self.outcomes.values())


@pytest.fixture
def server() -> Server:
    """The server's state: settings and counts."""
    return Server()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """The running server's base URL."""
    with running(server) as address:
        yield address


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    """An empty request cache."""
    made = Cache(tmp_path / "cache")
    yield made
    made.close()


@pytest.fixture
def ask(server: Server, url: str, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Ask the server a list of prompts: `ask(prompts, settings, limits, budget)`."""
    monkeypatch.setenv("TEST_KEY", KEY)

    def run(
        prompts: list[str],
        settings: Settings | None = None,
        budget: float | None = None,
        most_tokens: int | None = None,
        **limits: float,
    ) -> Result:
        if settings is not None:
            server.reset(settings)
        price = Price(prompt=1000.0, completion=1000.0)
        result = Result(Meter(price, budget, ledger=cache.ledger))
        asked = {prompt: request(prompt, most_tokens) for prompt in prompts}
        asyncio.run(_ask(url, cache, asked, Limits(**{**small_task.LIMITS, **limits}), result))
        return result

    return run


def request(prompt: str, most_tokens: int | None = None) -> Request:
    """A request of one message."""
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    body |= {"max_tokens": most_tokens} if most_tokens else {}
    return Request("spam", 0, 0, body, tokens=(10, 10))


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    """The small task with all strategies; gives params' content, for `use`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path / "requests"))
    monkeypatch.setenv("TEST_KEY", KEY)
    content = small_task.params()
    content["generate"]["provider"] = "openai"
    content["generate"]["endpoint"]["base_url"] = url
    content["grid"]["strategies"] = list(stage.STRATEGIES)
    for strategy in ("attributed", "persona"):
        entry = {"texts_per_label": 20, "texts_per_request": 5, "mode": "independent"}
        content["strategies"][strategy] = entry
    content["refine"]["words_slack"] = None
    small_task.write({})
    small_task.use(content)
    Path("data/prompts").symlink_to(stage.ROOT / "data" / "prompts")
    return content


async def _ask(
    url: str, cache: Cache, asked: dict[str, Request], limits: Limits, result: Result
) -> None:
    endpoint = Endpoint(**{**small_task.ENDPOINT, "base_url": url})
    transport = OpenAITransport(endpoint, lambda: KEY, limits.timeout)
    client = Client(transport, cache, limits, result.meter, "sms")

    async def one(prompt: str) -> None:
        result.outcomes[prompt] = await client.complete(asked[prompt])

    try:
        jobs = (partial(one, prompt) for prompt in asked)
        await run_bounded(jobs, 2 * limits.concurrency)
    except UserError as error:
        result.error = error
    finally:
        await transport.aclose()
