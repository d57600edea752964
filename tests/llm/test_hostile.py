"""Answers that no honest endpoint gives: they cost no other row, no reply and no key."""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from stages import generate
from stages.core.errors import UserError
from stages.llm.messages.completion import Outcome
from stages.llm.messages.config import Endpoint, Limits
from stages.llm.sending.bulk import Bulk
from stages.llm.sending.client import Client
from stages.llm.sending.openai_sdk import OpenAITransport, completion_of
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY, Run, request
from tests.llm.stage import replies, spent
from tests.llm.test_key_files import check
from tests.small_task import use

PROMPTS = [f"Write 1 text {number}" for number in range(5)]
NESTED = "[" * 100_000


def completion(**choice: Any) -> str:
    """A completion as it is sent."""
    return json.dumps({"model": "m", "choices": [{"message": {"content": "text"}, **choice}]})


@pytest.mark.parametrize("raw", [NESTED, f'{{"error": {NESTED}', f'{{"choices": {NESTED}'])
def test_json_in_json_in_json_is_an_unreadable_answer(ask: Run, raw: str) -> None:
    """It costs an attempt, and the others are answered."""
    result = ask(PROMPTS, Settings(script=[f"raw:{raw}"]))
    assert result.error is None and result.answered == 5


@pytest.mark.parametrize("sent", [b"SSH-2.0-x", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 9000])
def test_answer_that_is_no_http_is_named(sent: bytes, cache: Cache) -> None:
    """Another program's port, or headers beyond all limits: one line for each row."""

    async def run() -> Outcome:
        async def answer(_: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
            out.write(sent + b"\r\n\r\n")
            out.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
            transport = OpenAITransport(
                Endpoint(**small_task.ENDPOINT | {"base_url": url}), lambda: KEY, 5.0
            )
            async with aclosing(transport):
                limits = Limits(**small_task.LIMITS | {"attempts": 2})
                meter = Meter(None, None, ledger=cache.ledger)
                return await Client(transport, cache, limits, meter, "sms").complete(request("a"))

    assert asyncio.run(run()).error.startswith("no HTTP answer: ")


@pytest.mark.parametrize("reason", [5, {"why": "no"}, "\ud800", float("nan")])
def test_odd_finish_reason_costs_no_reply(ask: Run, server: Server, reason: object) -> None:
    """It is stored as text; the reply is neither lost nor paid for again."""
    result = ask(PROMPTS[:1], Settings(script=[f"raw:{completion(finish_reason=reason)}"]))
    found = result.outcomes[PROMPTS[0]].completion
    assert found is not None and isinstance(found.finish_reason, str)
    assert ask(PROMPTS[:1]).meter.cached == 1 and server.stats()["received"] == 1


@pytest.mark.parametrize("tokens", [10**400, 1e300, -5, 9_000_000_000])
def test_impossible_tokens_count_as_none(tokens: float) -> None:
    """Else one reply would use up the budget, or a sum could not be written."""
    content = json.loads(completion()) | {
        "usage": {"prompt_tokens": 7, "completion_tokens": tokens}
    }
    found = completion_of(content, "m")
    assert (found.prompt_tokens, found.completion_tokens) == (7, 0)


def test_redirection_is_not_followed(ask: Run, server: Server) -> None:
    """Neither prompts nor an answer without a bound go by an address that nobody wrote down."""
    result = ask(PROMPTS, Settings(script=["redirect"] * 5), concurrency=1)
    assert "knows no such model or address (307" in str(result.error)
    assert server.stats()["received"] == 1


def test_reason_is_one_printable_line(ask: Run) -> None:
    """No colours, no titles of windows, no bells."""
    error = json.dumps({"error": {"message": "\x1b]0;owned\x07\x1b[2Jslow\u2028down\u202e"}})
    result = ask(PROMPTS[:1], Settings(script=[f"raw:{error}"]), attempts=1)
    assert result.outcomes[PROMPTS[0]].error.isprintable()


@pytest.mark.parametrize("before", range(140, 200, 7))
def test_key_is_not_cut_in_two(ask: Run, before: int) -> None:
    """A reason is shortened after the key is taken out: no part of it stays at the cut."""
    for raw in ("x" * before + KEY, json.dumps({"error": "x" * before + KEY})):
        result = ask(PROMPTS[:1], Settings(script=[f"raw:{raw}"]), attempts=1)
        assert KEY[:8] not in result.outcomes[PROMPTS[0]].error


@pytest.mark.usefixtures("params")
def test_key_in_a_reply_is_not_kept(server: Server, tmp_path: Path) -> None:
    """An endpoint that echoes headers as its text: neither cache nor replies have the key."""
    server.reset(Settings(body=json.dumps({"texts": [f"Bearer {KEY}"]})))
    generate.main("sms", "few_shot")
    assert "Bearer ***" in replies("few_shot")[0]["reply"]
    check(tmp_path, 3)


def test_short_key_stays_a_word(monkeypatch: pytest.MonkeyPatch, ask: Run) -> None:
    """A local server's `EMPTY` or `test` is no secret, and may stand in a text."""
    monkeypatch.setenv("TEST_KEY", "test")
    result = ask(PROMPTS[:1], Settings(body="a test"))
    found = result.outcomes[PROMPTS[0]].completion
    assert found is not None and found.reply == "a test"


@pytest.mark.parametrize(
    "line",
    [
        {"response": {"status_code": float("inf"), "body": {}}},
        {"response": {"status_code": 200, "body": {"choices": [{"finish_reason": 5}]}}},
        {"response": {"status_code": 200, "body": {"choices": 5, "usage": "none"}}},
        {"error": {"code": ["a"], "message": {"b": 1}}},
        {"error": "\x1b[2J" * 200},
    ],
)
def test_odd_lines_of_a_batch_end_no_run(
    line: dict[str, Any], params: dict[str, Any], server: Server
) -> None:
    """What was answered is kept; the row is asked for again or given up."""
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    server.reset(Settings(batch_lines=[line]))
    generate.main("sms", "few_shot")
    assert sum(reply["finish_reason"] == "stop" for reply in replies("few_shot")) == 8
    assert all((reply["finish_reason"] or "").isprintable() for reply in replies("few_shot"))


def test_id_that_cannot_be_written(cache: Cache) -> None:
    """It belongs to no request, and its line is counted."""
    bulk = Bulk(Endpoint(**small_task.ENDPOINT), cache, Meter(None, None), "sms")
    assert bulk.take([json.dumps({"custom_id": "\ud800", "error": "x"})], "file") == {"failed": 1}


def test_nested_line_of_a_batch_ends_no_run(
    params: dict[str, Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as not answered."""
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    finish = server._finish

    def nested(batch: dict[str, Any]) -> None:
        finish(batch)
        server.files[batch["output_file_id"]] += "\n" + NESTED

    monkeypatch.setattr(server, "_finish", nested)
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8


def test_unknown_price_is_not_nothing(
    params: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no price is given, no line says 0 USD."""
    params["generate"]["price"] = {}
    use(params)
    generate.main("sms", "few_shot", estimate=True)
    generate.main("sms", "few_shot")
    params["generate"]["endpoint"]["api"] = "exchange"
    params["strategies"]["few_shot"]["seed"] = 1
    use(params)
    with pytest.raises(UserError, match=r"at a price that params.yaml does not say"):
        generate.main("sms", "few_shot")
    assert " USD" not in capsys.readouterr().out and spent()[0] == 0
