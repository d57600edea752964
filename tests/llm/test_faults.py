"""Whatever the endpoint does: nothing is lost, nothing is paid twice. The server counts."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from stages.core.errors import UserError
from stages.llm.messages.config import Endpoint, Limits, Price, key_of
from stages.llm.sending.client import Client, StoppedError
from stages.llm.sending.openai_sdk import OpenAITransport, completion_of
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Meter
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY, Run, request

PROMPTS = [f"Write 1 text {number}" for number in range(30)]


@pytest.mark.parametrize(
    "fault",
    [
        "429",
        "429:0.2",
        "500",
        "502",
        "503",
        "408",
        "409",
        "reset",
        "malformed",
        "empty_choices",
    ],
)
def test_transient_fault_costs_an_attempt_and_no_row(ask: Run, server: Server, fault: str) -> None:
    """Three requests meet the fault; all thirty are answered, each paid for once."""
    result = ask(PROMPTS, Settings(script=[fault] * 3))
    assert result.error is None and result.answered == 30
    assert server.stats()["received"] == 33
    paid_for_nothing = 3 if fault == "empty_choices" else 0
    assert server.stats()["paid_twice"] == paid_for_nothing


@pytest.mark.parametrize("fault", ["timeout", "drip"])
def test_slow_answer_is_given_up_and_asked_again(ask: Run, server: Server, fault: str) -> None:
    """An endpoint that is silent, or drips, does not hold a request forever."""
    result = ask(PROMPTS[:5], Settings(script=[fault]), timeout=0.5)
    assert result.error is None and result.answered == 5
    assert server.stats()["received"] == 6


def test_retry_after_is_honoured(ask: Run, server: Server) -> None:
    """After `Retry-After: 1` the same request comes no sooner than after a second."""
    ask(["Write 1"], Settings(script=["429:1"]))
    first, second = server.times
    assert second - first >= 1.0


@pytest.mark.parametrize("how", ["401", "interrupt"])
def test_end_of_the_run_ends_every_back_off(
    server: Server, url: str, cache: Cache, how: str
) -> None:
    """One request backs off for a minute; a wrong key elsewhere, or a stop, ends it at once."""
    server.reset(Settings(script=["503:60"]))
    limits = Limits(**small_task.LIMITS | {"patience": 900.0})
    meter = Meter(Price(prompt=1.0, completion=1.0), None)

    async def run() -> float:
        loop = asyncio.get_running_loop()
        transport = OpenAITransport(
            Endpoint(**small_task.ENDPOINT | {"base_url": url}), lambda: KEY, 5.0
        )
        client = Client(transport, cache, limits, meter, "sms")
        waits = asyncio.create_task(client.complete(request("Write 1 a")))
        while not server.statuses["503:60"]:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        started = loop.time()
        if how == "401":
            server.settings.script = ["401"]
            with pytest.raises(UserError, match="refuses the key"):
                await client.complete(request("Write 1 b"))
        else:
            client.stop(StoppedError("interrupted"))
        with pytest.raises(UserError, match=r"refuses the key|interrupted"):
            await asyncio.wait_for(waits, 5)
        await transport.aclose()
        return loop.time() - started

    assert asyncio.run(run()) < 2.0


def test_retry_after_as_a_date_is_honoured(ask: Run, server: Server) -> None:
    """A date three seconds ahead, which has whole seconds, is more than one second of waiting."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    ask(["Write 1"], Settings(script=[f"503:{date}"]))
    first, second = server.times
    assert second - first >= 1.0


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-abc…", "Bearer sk-abc"])
def test_key_that_cannot_be_sent(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """One line before the first request, without the key; space around it is no part of it."""
    endpoint = Endpoint(**small_task.ENDPOINT)
    monkeypatch.setenv("TEST_KEY", key)
    with pytest.raises(UserError, match=r"^TEST_KEY: expected a key of .* copy the key") as caught:
        key_of(endpoint)
    assert "sk-" not in str(caught.value)
    monkeypatch.setenv("TEST_KEY", f" {KEY}\n")
    assert key_of(endpoint) == KEY


def test_row_that_always_fails_costs_only_itself(ask: Run, server: Server) -> None:
    """Poison rows are named with their reason and asked once; the others are answered."""
    poison = ["Write 1 POISON-400", "Write 1 POISON-FILTER"]
    result = ask([*PROMPTS, *poison], Settings())
    assert result.error is None
    assert all(result.outcomes[prompt].completion for prompt in PROMPTS)
    assert result.outcomes[poison[0]].error == "400 the prompt is not acceptable"
    filtered = result.outcomes[poison[1]].completion
    assert filtered is not None and filtered.finish_reason == "content_filter"
    assert server.stats()["received"] == 32


def test_attempts_are_limited(ask: Run, server: Server) -> None:
    """A row is given up after its attempts, with the last reason."""
    result = ask(["Write 1"], Settings(share_500=1.0))
    assert result.outcomes["Write 1"].error == "500 oops"
    assert server.stats()["received"] == 4


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("html", "expected JSON, found text/html; charset=utf-8: <html>Welcome</html>"),
        ("error_200", 'an error in place of a completion: {"message": "model is overloaded"}'),
        ("empty_choices", 'no chat completion but {"id": '),
    ],
)
def test_answer_of_another_kind_is_named(ask: Run, fault: str, found: str) -> None:
    """Status 200 and no completion: the reason shows what was there."""
    result = ask(["Write 1"], Settings(script=[fault] * 2), attempts=2)
    assert found in result.outcomes["Write 1"].error


@pytest.mark.parametrize("fault", ["endless", "bomb"])
def test_endless_answer_is_given_up(ask: Run, server: Server, fault: str) -> None:
    """It is read to 8 MB, once decompressed, and not asked for again; the others are answered."""
    result = ask(PROMPTS[:3], Settings(script=[fault]))
    errors = [outcome.error for outcome in result.outcomes.values()]
    assert sorted(errors) == ["", "", "the answer is larger than 8 MB"]
    assert server.endless < 50e6 and server.stats()["received"] == 3


def test_limits_are_no_attempts(ask: Run, server: Server) -> None:
    """Six 429s, then as many failures as still leave one attempt: the row is answered."""
    result = ask(["Write 1"], Settings(script=["429:0.01"] * 6 + ["500"] * 3))
    assert result.answered == 1 and server.stats()["received"] == 10


@pytest.mark.parametrize("outage", [(0.0, 2.5), (0.1, 2.6)])
def test_outage_loses_no_row(ask: Run, server: Server, outage: tuple[float, float]) -> None:
    """It lasts longer than the attempts, at the start or midway; each request is paid for once."""
    prompts = [f"Write 1 text {number}" for number in range(60)]
    result = ask(prompts, Settings(outage=outage, latency=0.02), attempts=2)
    assert result.error is None and result.answered == 60
    assert server.stats()["paid"] == 60 and server.stats()["statuses"]["503"] > 16


def test_outage_beyond_patience_ends_the_run(ask: Run, server: Server) -> None:
    """The run stops with the reason once requests were put off for longer than allowed."""
    result = ask(
        [f"Write 1 text {number}" for number in range(100)],
        Settings(outage=(0.05, 1e6), latency=0.02),
        patience=1.0,
    )
    assert "20 requests in a row failed, the last with: 503" in str(result.error)
    assert 0 < server.stats()["paid"] < 100


def test_rows_that_alone_fail_are_given_up(ask: Run, server: Server) -> None:
    """Among rows that are answered, and at the end, when no other is left to be answered."""
    poison = [f"Write 1 POISON-500 {number}" for number in range(3)]
    result = ask([poison[0], *PROMPTS, *poison[1:]], Settings(), concurrency=2)
    assert result.answered == 30
    assert {result.outcomes[prompt].error for prompt in poison} == {"500 oops"}
    assert server.stats()["received"] == 30 + 3 * 4


def test_retry_after_beyond_patience_is_not_waited_for(ask: Run, server: Server) -> None:
    """A day is too long: the row is named with its reason, and asked for by the next run."""
    result = ask(["Write 1"], Settings(script=["503:86400"]))
    assert result.outcomes["Write 1"].error == "503 oops"
    assert ask(["Write 1"]).answered == 1 and server.stats()["received"] == 2


def test_endpoint_that_only_fails_stops_the_run(ask: Run) -> None:
    """After twenty failed rows in a row there is one line, not thousands of failures."""
    result = ask([f"Write 1 POISON-400 {number}" for number in range(100)], Settings())
    assert "20 requests in a row failed, the last with: 400" in str(result.error)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("401", "refuses the key"),
        ("429-quota", "the quota is used up"),
        ("404", "knows no such model"),
        ("402", "the quota is used up"),
        ("400-format", "set generate.endpoint.structured"),
        ("400-json", "wants the word JSON in the prompt"),
    ],
)
def test_hopeless_fault_stops_at_once_and_keeps_what_was_paid(
    ask: Run, server: Server, cache: Cache, fault: str, message: str
) -> None:
    """No retry, no further requests, one line, and the answers so far are in the cache."""
    good = ask(PROMPTS[:10], Settings())
    server.settings.script = [fault] * 1000
    result = ask(PROMPTS)
    assert good.answered == 10 and message in str(result.error)
    assert "\n" not in str(result.error) and KEY not in str(result.error)
    assert server.stats()["received"] <= 10 + 8  # those on their way
    assert all(cache.get(request(prompt).key) for prompt in PROMPTS[:10])


def test_budget_is_a_hard_stop(ask: Run, server: Server) -> None:
    """Spending never passes the budget, and a second run pays only for what is missing."""
    first = ask(PROMPTS, Settings(), budget=0.5)
    assert "more than is left of generate.budget_usd = 0.5" in str(first.error)
    paid = server.stats()["paid"]
    assert 0 < paid < 30 and first.meter.spent <= 0.5
    second = ask(PROMPTS)
    assert second.answered == 30 and second.meter.cached == paid
    assert server.stats()["paid"] == 30 and server.stats()["paid_twice"] == 0


def test_expensive_replies_stay_within_the_budget(ask: Run, server: Server) -> None:
    """Ten times the estimate, all slots free: few are sent before the cost of one is known."""
    prompts = [f"Write 1 text {number}" for number in range(200)]
    result = ask(
        prompts, Settings(usage=10.0, latency=0.05), budget=2.0, concurrency=64
    )  # 0.02 is the estimate, 0.4 the cost
    assert "more than is left of generate.budget_usd = 2.0" in str(result.error)
    assert f"{result.meter.spent:.4f} USD were spent" in str(result.error)
    assert 1.0 < result.meter.spent <= 2.0 and server.stats()["most_in_flight"] <= 4


def test_large_budget_holds_nothing_back(ask: Run, server: Server) -> None:
    """Where even very expensive replies fit, all slots are used from the start."""
    ask(PROMPTS, Settings(latency=0.3), budget=1e4, concurrency=16)
    assert server.stats()["most_in_flight"] == 16


def test_budget_without_usage(ask: Run, server: Server) -> None:
    """For an endpoint that counts no tokens the estimate is what counts."""
    result = ask(PROMPTS, Settings(usage=None), budget=0.5)
    assert "more than is left" in str(result.error)
    assert 0.3 < result.meter.spent <= 0.5 and server.stats()["paid"] < 30


@pytest.mark.parametrize("fault", ["timeout", "malformed", "reset"])
def test_answers_that_nobody_could_read_are_counted(
    ask: Run, server: Server, cache: Cache, fault: str
) -> None:
    """They were probably billed: the budget ends attempts that would go on without a reply."""
    result = ask(["Write 1"], Settings(script=[fault] * 20), budget=0.07, timeout=0.1, attempts=20)
    assert "0.0600 USD were spent" in str(result.error) and server.stats()["received"] == 3
    assert cache.ledger.account().spent == pytest.approx(0.06)


def test_most_tokens_are_set_aside(ask: Run, server: Server) -> None:
    """`max_tokens` bounds a request's cost: so much is reserved, one after the other if need be."""
    result = ask(PROMPTS, Settings(latency=0.02), budget=1.5, most_tokens=1000)
    assert server.stats()["most_in_flight"] == 1 and "cost about 1.0" in str(result.error)
    assert 0.3 < result.meter.spent < 0.6


def test_lone_surrogates_are_replaced_and_kept(ask: Run, server: Server, cache: Cache) -> None:
    """Half an emoji in a reply is no reason to pay twice; a whole one stays."""
    result = ask(["Write 1"], Settings(body="a \ud83d b \U0001f600"))
    completion = result.outcomes["Write 1"].completion
    assert completion is not None and completion.reply == "a \ufffd b \U0001f600"
    assert ask(["Write 1"]).meter.cached == 1 and server.stats()["received"] == 1


@pytest.mark.parametrize(
    "usage", [None, [], {"prompt_tokens": float("nan"), "completion_tokens": "x"}, {"total": 1}]
)
def test_odd_usage_costs_no_reply(usage: object) -> None:
    """Tokens that cannot be read count as none; the reply that was paid for is there."""
    content = {"choices": [{"message": {"content": "text"}}], "usage": usage}
    completion = completion_of(content, "m")
    assert (completion.reply, completion.model, completion.prompt_tokens) == ("text", "m", 0)
    assert completion.completion_tokens == 0


def test_second_run_asks_nothing(ask: Run, server: Server) -> None:
    """What is cached is not sent."""
    ask(PROMPTS, Settings())
    assert ask(PROMPTS).meter.cached == 30 and server.stats()["received"] == 30


def test_damaged_entry_is_fetched_again(ask: Run, server: Server, cache: Cache) -> None:
    """An entry that fails its checksum counts as missing; the others stay."""
    ask(PROMPTS, Settings())
    with sqlite3.connect(cache.path) as database:
        database.execute(
            "UPDATE replies SET content = replace(content, 'w', 'x') WHERE key = ?",
            (request(PROMPTS[0]).key,),
        )
    database.close()
    result = ask(PROMPTS)
    assert (result.answered, result.meter.cached, cache.damaged) == (30, 29, 1)
    assert server.stats()["received"] == 31


def test_full_disk_stops_with_one_line(
    ask: Run, cache: Cache, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When replies cannot be stored, no more are bought."""
    ask(PROMPTS[:3], Settings())
    cache._database.execute("PRAGMA max_page_count = 1")
    long = [f"Write 200 texts {number}" for number in range(200)]
    result = ask(long)
    assert "is full" in str(result.error) and "free some space" in str(result.error)
    assert server.stats()["received"] < 60
    assert cache.get(request(PROMPTS[0]).key) is not None


def test_key_is_nowhere(ask: Run, cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    """Not in an error that echoes it, not in a log of any level, not in the cache."""
    caplog.set_level(0)
    result = ask(PROMPTS, Settings(require_key="another"))
    assert isinstance(result.error, UserError) and "***" in str(result.error)
    assert KEY not in f"{result.error}{result.error.__cause__}{result.error.__context__}"
    ask(PROMPTS, Settings(script=["500", "reset"]))
    assert KEY not in caplog.text
    assert KEY.encode() not in b"".join(
        path.read_bytes() for path in cache.path.parent.rglob("*") if path.is_file()
    )
