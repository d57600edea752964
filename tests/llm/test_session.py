"""The stage generate with the provider openai, against the loopback server."""

import copy
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages import generate, refine
from stages.core.errors import UserError
from stages.llm.batches import TAG
from stages.llm.cache import Cache
from stages.llm.cache import main as cache_command
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY

ROOT = Path(generate.__file__).parents[1]
STRATEGIES = ("zero_shot", "few_shot", "attributed", "persona")


@pytest.fixture(autouse=True)
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    """The small task with all strategies; gives params' section `generate`, for `use`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path / "requests"))
    monkeypatch.setenv("TEST_KEY", KEY)
    settings = copy.deepcopy(small_task.GENERATE)
    settings["provider"] = "openai"
    settings["strategies"] = list(STRATEGIES)
    settings["endpoint"]["base_url"] = url
    for strategy in ("attributed", "persona"):
        entry = {"texts_per_label": 20, "texts_per_request": 5, "mode": "independent"}
        settings[strategy] = entry
    small_task.write(settings, {})
    Path("data/prompts").symlink_to(ROOT / "data" / "prompts")
    return settings


def use(settings: dict[str, Any]) -> None:
    """Write changed params."""
    refine_ = {**small_task.REFINE, "words_slack": None}
    content = {"generate": settings, "refine": refine_, **small_task.SOURCES}
    Path("params.yaml").write_text(yaml.safe_dump(content))


def replies(strategy: str) -> list[dict[str, Any]]:
    """The stage's output."""
    path = Path(f"data/replies/sms/{strategy}.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def start(*arguments: str) -> "subprocess.Popen[str]":
    """The stage as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "stages.generate", "sms", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def attributes() -> str:
    """What `--propose` prints, from a process of its own."""
    out, errors = start("attributed", "--propose").communicate(timeout=60)
    assert "requests are not in the cache" in errors
    return out


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategy_fills_every_label(strategy: str, server: Server) -> None:
    """Each strategy gives the wanted texts; a second run is free and gives the same bytes."""
    generate.main("sms", strategy)
    path = Path(f"data/replies/sms/{strategy}.jsonl")
    first, received = path.read_bytes(), server.stats()["received"]
    generate.main("sms", strategy)
    assert path.read_bytes() == first and server.stats()["received"] == received
    texts = Counter[str]()
    for reply in replies(strategy):
        texts[reply["label"]] += len(json.loads(reply["reply"])["texts"])
    assert texts == {"ham": 20, "spam": 20}
    keys = [reply["key"] for reply in replies(strategy)]
    assert keys == sorted(set(keys))


def test_replies_are_refined(params: dict[str, Any]) -> None:
    """The next stage reads what this one wrote."""
    params["strategies"] = ["zero_shot"]
    use(params)
    generate.main("sms", "zero_shot")
    refine.main("sms")
    counts = json.loads(Path("metrics/refine/sms.json").read_text())["zero_shot"]
    assert counts["kept"] == 40


def test_few_shot_records_its_examples() -> None:
    """Every reply names the pool texts that its prompt showed, of its own label."""
    generate.main("sms", "few_shot")
    assert {(reply["label"], *reply["examples"]) for reply in replies("few_shot")} == {
        ("ham", "r0"),
        ("spam", "r1"),
    }


def test_replies_that_give_too_little_are_topped_up(server: Server) -> None:
    """Three texts a reply instead of five: more requests, until each label has its number."""
    server.reset(Settings(texts=3))
    generate.main("sms", "few_shot")
    found = Counter(reply["label"] for reply in replies("few_shot"))
    assert found == {"ham": 7, "spam": 7}
    assert {reply["round"] for reply in replies("few_shot")} == {0, 1, 2}


@pytest.mark.parametrize("strategy", ["zero_shot", "few_shot"])
def test_model_that_never_gives_texts_stops_at_the_limit(
    strategy: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice the requests that would do, then the run ends and says what is lacking."""
    server.reset(Settings(body="xq zzt prm"))
    generate.main("sms", strategy)
    assert server.stats()["received"] == 2 * 2 * 4
    assert "unparsed 16" in (out := capsys.readouterr().out)
    assert "lacking after most_requests: {'ham': 20, 'spam': 20}" in out


def test_another_language_and_a_wrong_number_are_counted(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts in another language than the card's do not count towards the label's number."""
    server.reset(Settings(body='{"texts": ["Sie haben heute eine Reise gewonnen", "win a prize"]}'))
    generate.main("sms", "few_shot")
    out = capsys.readouterr().out
    assert "wrong_count 16" in out and "wrong_language 16" in out
    assert "lacking after most_requests: {'ham': 19, 'spam': 19}" in out


@pytest.mark.parametrize("fault", ["length", "content_filter", "refusal"])
def test_odd_completions_are_counted_and_topped_up(
    fault: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Truncated, filtered and refused replies are kept, named and made up for."""
    server.reset(Settings(script=[fault] * 2))
    generate.main("sms", "few_shot")
    name = {"length": "truncated", "content_filter": "filtered"}.get(fault, fault)
    out = capsys.readouterr().out
    assert f"{name} 2" in out and "lacking" not in out
    assert len(replies("few_shot")) == 10


def test_poison_rows_are_named(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that the endpoint will not have is in the output with its reason."""
    server.reset(Settings(script=["400"]))
    generate.main("sms", "few_shot")
    (failed,) = [reply for reply in replies("few_shot") if reply["finish_reason"] != "stop"]
    assert failed["finish_reason"] == "error: 400 the prompt is not acceptable"
    assert f"failed {failed['key']}: 400" in capsys.readouterr().out


def test_attributes_that_cannot_be_read_stop_the_run(server: Server) -> None:
    """After three proposals without dimensions there is one line that says what to do."""
    server.reset(Settings(body="no idea"))
    with pytest.raises(UserError, match=r"labels \['ham', 'spam'\].*write the attributes"):
        generate.main("sms", "attributed")
    assert server.stats()["received"] == 6


def test_proposals_are_paid_once_and_fit_the_card(server: Server) -> None:
    """The block is asked for once; pasted as it is nothing changes, and what is edited is drawn."""
    block = attributes()
    assert server.stats()["received"] == 2 and attributes() == block
    assert not Path("data/replies").exists()
    generate.main("sms", "attributed")
    before, received = replies("attributed"), server.stats()["received"]
    card, path = yaml.safe_load(block) | small_task.CARD, Path("data/tasks/sms.yaml")
    path.write_text(yaml.safe_dump(card))
    generate.main("sms", "attributed")
    assert replies("attributed") == before and server.stats()["received"] == received == 2 + 8
    card["attributes"] = {"attributed": {"ham": {"place": ["the harbour"]}}}
    path.write_text(yaml.safe_dump(card))
    generate.main("sms", "attributed")
    shown = sum(n for prompt, n in server.asked.items() if "- place: the harbour" in prompt)
    assert shown == 4 and server.stats()["received"] == received + 4


def test_proposals_of_a_card_that_lacks_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked, no key is needed; attributes of other strategies stay in the block."""
    given = {"attributed": {la: {"tone": ["dry"]} for la in ("ham", "spam")}}
    given["persona"] = {"ham": {"writer": ["a baker"]}}
    Path("data/tasks/sms.yaml").write_text(yaml.safe_dump({**small_task.CARD, "attributes": given}))
    generate.main("sms", "attributed", propose=True)
    assert yaml.safe_load(capsys.readouterr().out) == {"attributes": given}


def test_strategy_without_proposals_is_named(server: Server) -> None:
    """One line; nothing is asked."""
    with pytest.raises(UserError, match=r"few_shot.yaml has no `propose`: 'few_shot' draws no"):
        generate.main("sms", "few_shot", propose=True)
    assert server.stats()["received"] == 0


def test_estimate_calls_nothing(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests, tokens and cost, without a call, a key or an output."""
    generate.main("sms", "few_shot", estimate=True)
    assert "sms: 8 requests, about" in capsys.readouterr().out
    assert server.stats()["received"] == 0 and not Path("data/replies").exists()


def test_no_key_stops_before_the_first_call(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """The line has the count and the remedy; what is cached needs no key."""
    generate.main("sms", "few_shot")
    received = server.stats()["received"]
    monkeypatch.delenv("TEST_KEY")
    generate.main("sms", "few_shot")
    with pytest.raises(UserError, match=r"8 requests are missing and TEST_KEY is not set; set it"):
        generate.main("sms", "zero_shot")
    assert server.stats()["received"] == received


def test_run_above_the_budget_does_not_start(params: dict[str, Any], server: Server) -> None:
    """The estimate is held against the budget first; nothing is spent."""
    params["budget_usd"] = 1e-6
    use(params)
    with pytest.raises(UserError, match=r"8 requests would cost about .* generate.budget_usd = 1e"):
        generate.main("sms", "few_shot")
    assert server.stats()["received"] == 0


def spent() -> tuple[float, float]:
    """US dollars: as the ledger counts them, and as the replies in the cache cost."""
    cache = Cache(Path("requests"))
    counted = cache.ledger.account().spent
    rows = cache._database.execute("SELECT content FROM replies").fetchall()
    cache.close()
    price = small_task.ENDPOINT["price"]["m"]
    kinds = ("prompt", "completion")
    usage = [(json.loads(row[0])[f"{kind}_tokens"], price[kind]) for row in rows for kind in kinds]
    return counted, sum(tokens * usd for tokens, usd in usage) / 1e6


def test_all_stages_share_one_budget(
    params: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one strategy spent is not there for the next; the line says what is left."""
    generate.main("sms", "few_shot")
    counted, paid = spent()
    assert counted == pytest.approx(paid) and counted > 0
    params["budget_usd"] = round(counted + 0.0005, 6)
    use(params)
    received = server.stats()["received"]
    message = rf"sms, zero_shot: 8 .* more than is left of .*: {counted:.4f} USD were spent here"
    with pytest.raises(UserError, match=message):
        generate.main("sms", "zero_shot")
    assert server.stats()["received"] == received
    capsys.readouterr()
    generate.main("sms", "zero_shot", estimate=True)
    assert "; 0.00 USD of the budget are left" in capsys.readouterr().out
    generate.main("sms", "few_shot")  # all of it is in the cache


def test_two_processes_never_pass_the_budget(params: dict[str, Any], server: Server) -> None:
    """Side by side they stop with one line each; every cent of the replies is counted."""
    params["few_shot"] |= {"texts_per_label": 60, "texts_per_request": 1}
    params["attributed"] |= {"texts_per_label": 60, "texts_per_request": 1}
    params["budget_usd"] = 0.03  # each would cost about 0.02, and is estimated at less
    use(params)
    server.reset(Settings(latency=0.02))
    processes = [start("few_shot"), start("attributed")]
    errors = "".join(process.communicate(timeout=60)[1] for process in processes)
    assert sum(process.returncode for process in processes) == errors.count("\n") > 0
    assert "more than is left of generate.budget_usd = 0.03" in errors
    counted, paid = spent()
    assert counted == pytest.approx(paid) and 0.02 < paid <= 0.03


def test_budget_without_a_price_is_refused(params: dict[str, Any]) -> None:
    """A budget cannot be kept for a model whose price nobody knows."""
    params["budget_usd"] = 1.0
    params["few_shot"]["model"] = "other"
    use(params)
    with pytest.raises(UserError, match=r"needs the price of 'other'.*found \['m'\]"):
        generate.main("sms", "few_shot")


def test_strategy_of_ones_own(params: dict[str, Any]) -> None:
    """A prompt file and an entry in params are all that a new strategy takes."""
    Path("data/prompts").unlink()
    Path("data/prompts").mkdir()
    Path("data/prompts/haiku.yaml").write_text(
        'system: "{context}"\nrequest: "{generate} As a haiku {with braces}. {format}"\n'
    )
    params["strategies"] = ["haiku"]
    params["haiku"] = {"texts_per_label": 4, "texts_per_request": 2, "mode": "independent"}
    use(params)
    generate.main("sms", "haiku")
    assert len(replies("haiku")) == 4


def test_killed_run_pays_only_for_what_is_missing(params: dict[str, Any], server: Server) -> None:
    """After kill -9 in the middle the rerun asks for the rest, plus at most those on their way."""
    params["few_shot"] |= {"texts_per_label": 200, "texts_per_request": 1}
    use(params)
    server.reset(Settings(latency=0.05))
    process = start("few_shot")
    while server.stats()["paid"] < 150 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.2)
    cache = Cache(Path("requests"))
    kept = cache.sizes()["sms"][0]
    cache.close()
    counted, paid = spent()
    assert counted == pytest.approx(paid)
    before = server.stats()["received"]
    generate.main("sms", "few_shot")
    assert 150 - 8 <= kept < 400
    assert server.stats()["received"] - before == 400 - kept
    assert server.stats()["paid_twice"] <= 8  # those that the server answered to nobody


def test_two_processes_on_one_cache_pay_once(params: dict[str, Any], server: Server) -> None:
    """The same stage twice and another strategy beside it: every request is paid for once."""
    params["few_shot"] |= {"texts_per_label": 60, "texts_per_request": 1}
    use(params)
    server.reset(Settings(latency=0.02))
    processes = [start("few_shot"), start("few_shot"), start("zero_shot")]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert server.stats()["paid"] == 120 + 8 and server.stats()["paid_twice"] == 0


def test_wrong_key_is_one_line(server: Server) -> None:
    """The process exits with status 1 and a line without the key; no output appears."""
    server.reset(Settings(require_key="another"))
    process = start("few_shot")
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and KEY not in out + errors
    assert errors.startswith("error: the endpoint refuses the key") and errors.count("\n") == 1
    assert not Path("data/replies").exists()


def test_endpoint_that_is_not_there(params: dict[str, Any]) -> None:
    """Nobody answers: one line with the reason, and no file of failures."""
    params["endpoint"]["base_url"] = "http://127.0.0.1:9/v1"
    use(params)
    with pytest.raises(UserError, match=r"none of 16 requests was answered, .* Cannot connect"):
        generate.main("sms", "few_shot")
    assert not Path("data/replies").exists()


def test_key_is_in_no_file(tmp_path: Path) -> None:
    """Neither replies nor cache hold the key."""
    generate.main("sms", "zero_shot")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


# ---- batches and exchange ----
def test_batch_costs_half_and_gives_the_same_texts(params: dict[str, Any], server: Server) -> None:
    """The Batch API answers what direct requests would have; a rerun sends nothing."""
    generate.main("sms", "few_shot")
    direct = {reply["key"]: reply["reply"] for reply in replies("few_shot")}
    Cache(Path("requests")).clear(None, None)
    params["endpoint"]["api"] = "batch"
    use(params)
    before = spent()[0]
    generate.main("sms", "few_shot")
    assert {reply["key"]: reply["reply"] for reply in replies("few_shot")} == direct
    assert spent()[0] - before == pytest.approx(before / 2)
    generate.main("sms", "few_shot")
    assert server.stats()["statuses"]["batch"] == 1 and spent()[0] == pytest.approx(1.5 * before)


def test_conversation_cannot_be_asked_in_bulk(params: dict[str, Any], server: Server) -> None:
    """Each round needs the reply to the one before: said in one line, nothing is asked."""
    params["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"'conversation' .* set its mode to independent"):
        generate.main("sms", "zero_shot")
    assert server.stats()["received"] == 0


def test_expired_half_of_a_batch_is_sent_again(params: dict[str, Any], server: Server) -> None:
    """What the batch answered before it expired is kept; only the rest is in the next one."""
    server.reset(Settings(batch_fails=4))
    params["endpoint"]["api"] = "batch"
    use(params)
    generate.main("sms", "few_shot")
    sizes = [len(server.files[b["input_file_id"]].splitlines()) for b in server.batches.values()]
    assert sizes[:2] == [8, 4] and server.stats()["paid_twice"] == 0


def test_restart_goes_on_with_the_stored_batch(params: dict[str, Any], server: Server) -> None:
    """Killed while polling, the next run fetches the same batch."""
    server.reset(Settings(batch_polls=10**6))
    params["endpoint"]["api"] = "batch"
    use(params)
    process = start("few_shot")
    while not server.batches and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)  # its id is being stored
    process.kill()
    process.communicate()
    params["budget_usd"] = 0.0022  # the batches are estimated at 0.0008 and 0.0017
    use(params)
    with pytest.raises(UserError, match=r"attributed: .* 0.0008 USD are set aside for requests on"):
        generate.main("sms", "attributed")
    server.batches["batch-0"]["polls"] = 0
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8
    assert spent()[0] == pytest.approx(spent()[1] / 2)


def test_batch_whose_answer_was_lost_is_found(params: dict[str, Any], server: Server) -> None:
    """The next run finds it by its tag and fetches it: no second one is made."""
    server.reset(Settings(batch_answer_lost=True))
    params["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"sms, few_shot: no batch was sent \(.*\); run again"):
        generate.main("sms", "few_shot")
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8
    with closing(Cache(Path("requests"))) as cache:
        assert cache.all_batches() == []


def test_batch_that_was_not_made_is_sent_again(params: dict[str, Any], server: Server) -> None:
    """A run that ended before the endpoint had the batch leaves nothing behind."""
    params["endpoint"]["api"] = "batch"
    use(params)
    with closing(Cache(Path("requests"))) as cache:
        cache.add_batch(f"{TAG}1", "sms, few_shot", 0.1)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8


def test_outage_while_a_batch_goes_on(params: dict[str, Any], server: Server) -> None:
    """Failed looks are repeated for as long as `patience`; then one line says how to go on."""
    server.reset(Settings(batch_outage=100))
    params["endpoint"]["api"] = "batch"
    params["limits"]["patience"] = 0.01
    use(params)
    with pytest.raises(UserError, match=r"batch batch-0 cannot be looked at \(503 .* run again"):
        generate.main("sms", "few_shot")
    server.settings.batch_outage = 5
    params["limits"]["patience"] = 900
    use(params)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"] and len(replies("few_shot")) == 8


def test_batch_of_another_endpoint(params: dict[str, Any], server: Server) -> None:
    """It is not sent anew, which would be paid twice, until the user gives it up."""
    params["endpoint"]["api"] = "batch"
    use(params)
    with closing(Cache(Path("requests"))) as cache:
        cache.add_batch("elsewhere", "sms, few_shot", 0.1)
    with pytest.raises(UserError, match=r"batch elsewhere, .* --forget-batches"):
        generate.main("sms", "few_shot")
    cache_command(forget_batches=True)
    generate.main("sms", "few_shot")
    assert list(server.batches) == ["batch-0"]


def test_exchange_by_files(params: dict[str, Any], server: Server) -> None:
    """Requests go out as batch lines, replies come back in any order, a bad line is located."""
    params["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(UserError, match="8 requests wait for their replies"):
        generate.main("sms", "few_shot")
    folder = Path("data/exchange/sms")
    lines = (folder / "few_shot.requests.jsonl").read_text().splitlines()
    out = []
    for line in reversed([json.loads(line) for line in lines]):
        body = server._completion(line["body"])
        response = {"status_code": 200, "body": body}
        out.append(json.dumps({"custom_id": line["custom_id"], "response": response}))
    (folder / "few_shot.replies.jsonl").write_text("\n".join([*out, "{oops"]))
    with pytest.raises(UserError, match=r"few_shot\.replies\.jsonl, line 9 is no batch reply"):
        generate.main("sms", "few_shot")
    (folder / "few_shot.replies.jsonl").write_text("\n".join(out))
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8 and server.stats()["received"] == 0
    counted, paid = spent()
    generate.main("sms", "few_shot")
    assert spent() == (counted, paid) and counted == pytest.approx(paid)


def test_interrupted_run_keeps_what_is_on_its_way(params: dict[str, Any], server: Server) -> None:
    """One interrupt: what was sent is kept, and the next run pays for the rest only."""
    params["few_shot"] |= {"texts_per_label": 200, "texts_per_request": 1}
    use(params)
    server.reset(Settings(latency=0.3))
    process = start("few_shot")
    while server.stats()["received"] < 20 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1 and "interrupted; what was paid for is kept" in errors
    generate.main("sms", "few_shot")
    assert server.stats()["paid"] == 400 and server.stats()["paid_twice"] == 0
