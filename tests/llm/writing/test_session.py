"""The stage generate with the provider openai, against the loopback server."""

import json
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages import generate, refine
from stages.core.errors import UserError
from stages.llm.spending.cache import Cache
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY
from tests.llm.stage import STRATEGIES, replies, spent, start
from tests.small_task import use

pytestmark = pytest.mark.usefixtures("params")


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
    params["grid"]["strategies"] = ["zero_shot"]
    use(params)
    generate.main("sms", "zero_shot")
    refine.main()
    assert small_task.counts()["kept"] == 40


def test_few_shot_records_its_examples() -> None:
    """Every reply names the pool texts that its prompt showed, of its own label."""
    generate.main("sms", "few_shot")
    assert {(reply["label"], *reply["examples"]) for reply in replies("few_shot")} == {
        ("ham", "r0"),
        ("spam", "r1"),
    }


def test_replies_that_give_too_little_are_topped_up(server: Server) -> None:
    """Three texts per reply instead of five: more requests, until each label has its number."""
    server.reset(Settings(texts=3))
    generate.main("sms", "few_shot")
    found = Counter(reply["label"] for reply in replies("few_shot"))
    assert found == {"ham": 7, "spam": 7}
    assert {reply["round"] for reply in replies("few_shot")} == {0, 1, 2}


@pytest.mark.parametrize("strategy", ["zero_shot", "few_shot"])
def test_model_that_never_gives_texts_stops_at_the_limit(
    strategy: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice the requests that would do, then the run ends and says what is missing."""
    server.reset(Settings(body="xq zzt prm"))
    generate.main("sms", strategy)
    assert server.stats()["received"] == 2 * 2 * 4
    assert "unparsed 16" in (out := capsys.readouterr().out)
    assert "missing after most_requests: {'ham': 20, 'spam': 20}" in out


def test_another_language_and_a_wrong_number_are_counted(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts in another language than the card's do not count towards the label's number."""
    server.reset(Settings(body='{"texts": ["Sie haben heute eine Reise gewonnen", "win a prize"]}'))
    generate.main("sms", "few_shot")
    out = capsys.readouterr().out
    assert "wrong_count 16" in out and "wrong_language 16" in out
    assert "missing after most_requests: {'ham': 19, 'spam': 19}" in out


@pytest.mark.parametrize("fault", ["length", "content_filter", "refusal"])
def test_odd_completions_are_counted_and_topped_up(
    fault: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Truncated, filtered and refused replies are kept, named and replaced."""
    server.reset(Settings(script=[fault] * 2))
    generate.main("sms", "few_shot")
    name = {"length": "truncated", "content_filter": "filtered"}.get(fault, fault)
    out = capsys.readouterr().out
    assert f"{name} 2" in out and "missing" not in out
    assert len(replies("few_shot")) == 10


def test_poison_rows_are_named(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that the endpoint refuses is in the output with its reason."""
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
    """Requests, tokens and cost, without a call, a key or an output; what is cached costs none."""
    generate.main("sms", "few_shot", estimate=True)
    assert "sms: 8 of 8 requests are not in the cache, about" in capsys.readouterr().out
    assert server.stats()["received"] == 0 and not Path("data/replies").exists()
    generate.main("sms", "few_shot")
    received = server.stats()["received"]
    generate.main("sms", "few_shot", estimate=True)
    assert "sms: 0 of 8 requests are not in the cache, about 0 tokens" in capsys.readouterr().out
    assert server.stats()["received"] == received


def test_estimate_with_examples_needs_the_pool() -> None:
    """The remedy fetches the examples and asks for nothing that costs money."""
    Path("data/real/sms/pool.parquet").unlink()
    with pytest.raises(UserError, match=r"run `dvc repro fetch@sms` to fetch them"):
        generate.main("sms", "few_shot", estimate=True)


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
    """The estimate is compared with the budget first; nothing is spent."""
    params["generate"]["budget_usd"] = 1e-6
    use(params)
    with pytest.raises(UserError, match=r"8 requests would cost about .* generate.budget_usd = 1e"):
        generate.main("sms", "few_shot")
    assert server.stats()["received"] == 0


def test_all_stages_share_one_budget(
    params: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one strategy spent is gone for the next; the line says what is left."""
    generate.main("sms", "few_shot")
    counted, paid = spent()
    assert counted == pytest.approx(paid) and counted > 0
    params["generate"]["budget_usd"] = round(counted + 0.0005, 6)
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
    params["strategies"]["few_shot"] |= {"texts_per_label": 60, "texts_per_request": 1}
    params["strategies"]["attributed"] |= {"texts_per_label": 60, "texts_per_request": 1}
    params["generate"]["budget_usd"] = 0.03  # each would cost about 0.02, and is estimated at less
    use(params)
    server.reset(Settings(latency=0.02))
    processes = [start("few_shot"), start("attributed")]
    errors = "".join(process.communicate(timeout=60)[1] for process in processes)
    assert sum(process.returncode for process in processes) == errors.count("\n") > 0
    assert "more than is left of generate.budget_usd = 0.03" in errors
    counted, paid = spent()
    assert counted == pytest.approx(paid) and 0.02 < paid <= 0.03


def test_budget_without_a_price_is_refused(params: dict[str, Any]) -> None:
    """A budget cannot be kept for a model of unknown price."""
    params["generate"]["budget_usd"] = 1.0
    params["strategies"]["few_shot"]["model"] = "other"
    use(params)
    with pytest.raises(UserError, match=r"needs the price of 'other'.*found \['m'\].*--price 0/0"):
        generate.main("sms", "few_shot")


def test_strategy_of_ones_own(params: dict[str, Any]) -> None:
    """A prompt file and an entry in params are all that a new strategy takes."""
    Path("data/prompts").unlink()
    Path("data/prompts").mkdir()
    Path("data/prompts/haiku.yaml").write_text(
        'system: "{context}"\nrequest: "{generate} As a haiku {with braces}. {format}"\n'
    )
    params["grid"]["strategies"] = ["haiku"]
    entry = {"texts_per_label": 4, "texts_per_request": 2, "mode": "independent"}
    params["strategies"]["haiku"] = entry
    use(params)
    generate.main("sms", "haiku")
    assert len(replies("haiku")) == 4


def test_killed_run_pays_only_for_what_is_missing(params: dict[str, Any], server: Server) -> None:
    """After kill -9 in the middle the rerun asks for the rest, plus at most those on their way."""
    params["strategies"]["few_shot"] |= {"texts_per_label": 200, "texts_per_request": 1}
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
    params["strategies"]["few_shot"] |= {"texts_per_label": 60, "texts_per_request": 1}
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
    params["generate"]["endpoint"]["base_url"] = "http://127.0.0.1:9/v1"
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


def test_interrupted_run_keeps_what_is_on_its_way(params: dict[str, Any], server: Server) -> None:
    """One interrupt: what was sent is kept, and the next run pays for the rest only."""
    params["strategies"]["few_shot"] |= {"texts_per_label": 200, "texts_per_request": 1}
    use(params)
    server.reset(Settings(latency=0.3))
    process = start("few_shot")
    while server.stats()["received"] < 20 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted; what was paid for is kept" in errors
    assert re.search(r"interrupted: awaiting [1-8] answers on their way", errors)
    generate.main("sms", "few_shot")
    assert server.stats()["paid"] == 400 and server.stats()["paid_twice"] == 0
