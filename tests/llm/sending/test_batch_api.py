"""The stage generate with the Batch API of the loopback server."""

import json
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages import generate
from stages.core.errors import UserError
from stages.llm.sending.batch_api import TAG
from stages.llm.spending.cache import Cache
from stages.tools import requests
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.stage import replies, spent, start
from tests.small_task import use

pytestmark = pytest.mark.usefixtures("params")


def test_batch_costs_half_and_gives_the_same_texts(
    params: dict[str, Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Batch API answers what direct requests would have; a rerun sends nothing."""
    generate.main("sms", "few_shot")
    direct = {reply["key"]: reply["reply"] for reply in replies("few_shot")}
    Cache(Path("requests")).clear(None, None)
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    before = spent()[0]
    generate.main("sms", "few_shot")
    assert {reply["key"]: reply["reply"] for reply in replies("few_shot")} == direct
    assert spent()[0] - before == pytest.approx(before / 2)
    monkeypatch.delenv("TEST_KEY")  # what is cached needs none
    generate.main("sms", "few_shot")
    assert server.stats()["statuses"]["batch"] == 1 and spent()[0] == pytest.approx(1.5 * before)


def test_conversation_cannot_be_asked_in_bulk(params: dict[str, Any], server: Server) -> None:
    """Each round needs the reply to the one before: one line says so, nothing is sent."""
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"'conversation' .* set its mode to independent"):
        generate.main("sms", "zero_shot")
    assert server.stats()["received"] == 0


def test_expired_half_of_a_batch_is_sent_again(params: dict[str, Any], server: Server) -> None:
    """What the batch answered before it expired is kept; only the rest is in the next one."""
    server.reset(Settings(batch_fails=4))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"the last: batch_expired: expired; run"):
        generate.main("sms", "few_shot")
    sizes = [len(server.files[b["input_file_id"]].splitlines()) for b in server.batches.values()]
    assert sizes[:2] == [8, 4] and server.stats()["paid_twice"] == 0


def test_cancelled_batch_is_not_sent_again(params: dict[str, Any], server: Server) -> None:
    """What it answered is kept; the rest is sent only when the user runs the stage again."""
    server.reset(Settings(batch_fails=4, batch_cancelled=True))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"batch-0 was cancelled; its 4 replies are kept, and noth"):
        generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"]
    server.settings.batch_fails = 0
    generate.main("sms", "few_shot")
    sizes = [len(server.files[b["input_file_id"]].splitlines()) for b in server.batches.values()]
    assert sizes == [8, 4] and server.stats()["paid_twice"] == 0


def test_replies_without_usage_or_model(params: dict[str, Any], server: Server) -> None:
    """They cost what was estimated, at half the price, and are filed under the model asked."""
    server.reset(Settings(usage=None, name_model=False))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    generate.main("sms", "few_shot")
    assert {reply["model"] for reply in replies("few_shot")} == {"m"}
    assert 0.0008 < spent()[0] < 0.002


def test_restart_goes_on_with_the_stored_batch(params: dict[str, Any], server: Server) -> None:
    """Killed while polling, the next run fetches the same batch."""
    server.reset(Settings(batch_polls=10**6))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    process = start("few_shot")
    while not server.batches and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)  # its id is being stored
    process.kill()
    process.communicate()
    params["generate"]["budget_usd"] = 0.0022  # the batches are estimated at 0.0008 and 0.0017
    use(params)
    with pytest.raises(UserError, match=r"attributed: .* 0.0008 USD are set aside for requests on"):
        generate.main("sms", "attributed")
    server.batches["batch-0"]["polls"] = 0
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8
    assert spent()[0] == pytest.approx(spent()[1] / 2)


def test_batch_of_another_model_costs_what_that_model_costs(
    params: dict[str, Any], server: Server
) -> None:
    """Sent, then a model a thousand times cheaper named: the budget counts both as they are."""
    params["generate"]["endpoint"]["api"] = "batch"
    params["generate"]["limits"]["patience"] = 0.01
    cheap = {"prompt": 0.001, "completion": 0.002}
    params["generate"]["price"]["cheap"] = cheap
    use(params)
    server.reset(Settings(batch_outage=100))
    with pytest.raises(UserError, match=r"batch-0 cannot be looked at"):
        generate.main("sms", "few_shot")
    server.settings.batch_outage = 0
    params["generate"]["endpoint"]["model"] = "cheap"
    use(params)
    generate.main("sms", "few_shot")
    with closing(Cache(Path("requests"))) as cache:
        rows = cache._database.execute("SELECT content FROM replies").fetchall()
        counted = cache.ledger.account().spent
    found = [json.loads(content) for (content,) in rows]
    prices = params["generate"]["price"]
    assert Counter(reply["model"] for reply in found) == {"m": 8, "cheap": 8}
    assert counted == pytest.approx(
        sum(
            reply[f"{side}_tokens"] * prices[reply["model"]][side] / 2e6
            for reply in found
            for side in ("prompt", "completion")
        )
    )


def test_batch_whose_answer_was_lost_is_found(params: dict[str, Any], server: Server) -> None:
    """The next run finds it by its tag and fetches it: no second one is made."""
    server.reset(Settings(batch_answer_lost=True))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"sms, few_shot: no batch was sent \(.*\); run again"):
        generate.main("sms", "few_shot")
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8
    with closing(Cache(Path("requests"))) as cache:
        assert cache.all_batches() == []


def test_outage_before_a_lost_batch_is_found(params: dict[str, Any], server: Server) -> None:
    """It ends in one line, and nothing is sent a second time."""
    server.reset(Settings(batch_answer_lost=True))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"no batch was sent"):
        generate.main("sms", "few_shot")
    server.settings.batch_outage = 4
    with pytest.raises(UserError, match=r"few_shot: whether a batch was sent .*\(503 out\); run"):
        generate.main("sms", "few_shot")
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8


def test_answer_that_is_no_batch_is_named(params: dict[str, Any], server: Server) -> None:
    """A page with status 200, as of a gateway that asks for a login."""
    server.reset(Settings(batch_page="<html>Log in</html>"))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"takes no such batch \(the answer is no Batch API's: "):
        generate.main("sms", "few_shot")
    with closing(Cache(Path("requests"))) as cache:
        assert cache.all_batches() == [] and cache.ledger.account().gone == 0


def test_batch_that_was_not_made_is_sent_again(params: dict[str, Any], server: Server) -> None:
    """A run that ended before the endpoint had the batch leaves nothing behind."""
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with closing(Cache(Path("requests"))) as cache:
        cache.add_batch(f"{TAG}1", "sms, few_shot", 0.1)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8


def test_outage_while_a_batch_goes_on(params: dict[str, Any], server: Server) -> None:
    """Failed looks are repeated for as long as `patience`; then one line says how to go on."""
    server.reset(Settings(batch_outage=100))
    params["generate"]["endpoint"]["api"] = "batch"
    params["generate"]["limits"]["patience"] = 0.01
    use(params)
    with pytest.raises(UserError, match=r"batch batch-0 cannot be looked at \(503 .* run again"):
        generate.main("sms", "few_shot")
    server.settings.batch_outage = 5
    params["generate"]["limits"]["patience"] = 900
    use(params)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8


def test_batch_of_another_endpoint(params: dict[str, Any], server: Server) -> None:
    """It is not sent again, which would be paid twice, until the user gives it up."""
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with closing(Cache(Path("requests"))) as cache:
        cache.add_batch("elsewhere", "sms, few_shot", 0.1)
    with pytest.raises(UserError, match=r"batch elsewhere, .* --forget-batches"):
        generate.main("sms", "few_shot")
    requests.main(forget_batches=True)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_line_separators_within_texts(mark: str, params: dict[str, Any], server: Server) -> None:
    """What ends a line for str.splitlines ends none of a batch's lines, sent or fetched."""
    given: Any = small_task.CARD["prompts"]
    card = {**small_task.CARD, "prompts": {**given, "context": f"Short{mark}messages."}}
    Path("data/tasks/sms.yaml").write_text(yaml.safe_dump(card))
    text = f"a prize{mark}is waiting for you"
    server.reset(Settings(bodies=[json.dumps({"texts": [text]}, ensure_ascii=False)]))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    generate.main("sms", "few_shot")
    sent, fetched = list(server.files.values())[:2]
    assert sent.isascii() and mark in fetched
    assert sum(mark in reply["reply"] for reply in replies("few_shot")) == 1


def test_failed_batch_says_why(params: dict[str, Any], server: Server) -> None:
    """It is sent once a run, and its reason is the run's."""
    server.reset(Settings(batch_failed="model_not_found"))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"batch-0 failed \(model_not_found: oops\); fix that"):
        generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and not Path("data/replies").exists()
    server.settings.batch_failed = ""
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0", "batch-1"]


def test_odd_lines_of_a_batch(
    params: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """429, 5xx and unreadable lines are sent again; errors of any shape give a row up."""
    again: list[Any] = [
        {"response": {"status_code": 429, "body": {"error": {"message": "slow"}}}},
        {"response": {"status_code": 503, "body": "<html>"}},
        {},
    ]
    server.reset(Settings(batch_lines=[*again, {"error": "model overloaded"}]))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    generate.main("sms", "few_shot")
    sizes = [len(server.files[b["input_file_id"]].splitlines()) for b in server.batches.values()]
    assert sizes == [8, 3, 1] and server.stats()["paid_twice"] == 0
    (failed,) = [reply for reply in replies("few_shot") if reply["finish_reason"] != "stop"]
    assert failed["finish_reason"] == "error: model overloaded"
    assert "batch batch-0, line 2 is no batch reply (neither" in capsys.readouterr().err
