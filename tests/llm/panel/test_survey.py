"""The commands annotate and vote and screen's judge, against the loopback server."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from stages import generate, screen
from stages.core import params, paths
from stages.core.errors import UserError, WaitingError
from stages.core.records import ANNOTATIONS, VOTES
from stages.corpora.votes import Provenance
from stages.tools import annotate, vote
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY
from tests.small_task import use

ROOT = Path(generate.__file__).parents[1]
MEMBERS: list[dict[str, Any]] = [
    {"name": "plain"},
    {"name": "old", "persona": "You are old."},
    {"name": "big", "model": "org/big", "temperature": 0.5},
]
PANEL: dict[str, Any] = {
    "split": "test",
    "texts": None,
    "attempts": 3,
    "seed": 0,
    "members": MEMBERS,
}
HAM, SPAM = '{"answer": "ham"}', '{"answer": "spam"}'
ANSWERS = {"prize": SPAM, "cash": SPAM, "lunch": HAM, "home": HAM}
TEXTS = ["lunch at one?", "a prize for you", 'cash {now} "quick"', "home soon"]
CSV = Path("data/annotations/sms/panel-m.csv")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    """The small task with four test texts; gives params' content, for `use`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path / "requests"))
    monkeypatch.setenv("TEST_KEY", KEY)
    small_task.write({})
    table = pd.DataFrame({"id": [f"t{n}" for n in range(4)], "text": TEXTS, "label": "ham"})
    table.to_parquet("data/real/sms/test.parquet")
    for task in ("mail", "news"):
        card = {**small_task.CARD, "title": task, "description": f"is {task} good"}
        paths.card(task).write_text(yaml.safe_dump(card))
    Path("data/prompts").symlink_to(ROOT / "data" / "prompts")
    content = small_task.params() | {"annotate": copy.deepcopy(PANEL)}
    content["grid"]["tasks"] = ["sms", "mail", "news"]
    content["generate"]["endpoint"]["base_url"] = url
    use(content)
    return content


def outputs() -> dict[str, bytes]:
    """The bytes of all files that a run leaves."""
    folders = (Path("data/annotations"), Path("data/votes"))
    return {str(p): p.read_bytes() for f in folders for p in sorted(f.rglob("*.*"))}


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_panel_labels_every_text(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Each member labels each text; the record says who they are, and that they are not people."""
    server.reset(Settings(answers=ANSWERS))
    annotate.main("sms")
    table = pd.read_csv(CSV)
    assert tuple(table) == ANNOTATIONS and len(table) == 12
    truth = dict(zip(["t0", "t1", "t2", "t3"], ["ham", "spam", "spam", "ham"], strict=True))
    assert (table["label"] == table["item"].map(truth)).all()
    record = json.loads(CSV.with_suffix(".json").read_text())
    assert record["kind"] == "panel" and "proxy for people" in record["note"]
    assert record["members"]["big"] == {"model": "org/big", "persona": "", "temperature": 0.5}
    assert record["answers"]["old"] == {"items": 4, "answered": 4, "left_out": {}}
    assert record["answered_by"] == {"m": 8, "org/big": 4}
    assert "12 labels in" in capsys.readouterr().out


def test_second_run_is_free_and_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cached needs neither the server nor a key, and gives the same bytes."""
    server.reset(Settings(answers=ANSWERS, bodies=["eggs"] * 3))
    annotate.main("sms")
    first, received = outputs(), server.stats()["received"]
    monkeypatch.delenv("TEST_KEY")
    annotate.main("sms")
    assert received == 15
    assert server.stats()["received"] == received
    assert outputs() == first and len(first) == 3


def test_another_member_costs_only_its_own_questions(
    server: Server, settings: dict[str, Any]
) -> None:
    """Those who stay on the panel are not asked again."""
    server.reset(Settings(answers=ANSWERS))
    annotate.main("sms")
    settings["annotate"]["members"] = [{"name": "new"}, *MEMBERS[1:]]
    use(settings)
    annotate.main("sms")
    assert server.stats()["received"] == 12 + 4


def test_order_of_labels_is_recorded_and_varies(server: Server) -> None:
    """The server saw each question with the options in the order that the answers file names."""
    server.reset(Settings(answers=ANSWERS))
    annotate.main("sms")
    orders = Counter(tuple(line["options"]) for line in lines(CSV.with_suffix(".jsonl")))
    assert set(orders) == {("ham", "spam"), ("spam", "ham")}
    seen: Counter[tuple[str, ...]] = Counter()
    for prompt, times in server.asked.items():
        shown = json.loads(prompt)
        seen[tuple(sorted(("ham", "spam"), key=lambda la: shown.index(f'"{la}"')))] += times
    assert seen == orders


def test_answers_that_cannot_be_read_are_asked_again(server: Server) -> None:
    """Garbage, a refusal and an unknown label cost another attempt each, and no answer."""
    garbage = ["It depends.", "I'm sorry, but I can't help with that.", '{"answer": "eggs"}']
    server.reset(Settings(answers=ANSWERS, bodies=[*garbage, ""]))
    annotate.main("sms")
    assert len(pd.read_csv(CSV)) == 12
    attempts = lines(CSV.with_suffix(".jsonl"))
    problems = Counter(line["problem"] for line in attempts if line["problem"])
    assert problems == {"unparsed": 1, "refusal": 1, "unknown_answer": 1, "empty_reply": 1}
    assert len(attempts) == server.stats()["received"] == 16


def test_hopeless_answers_are_counted_and_left_out(server: Server) -> None:
    """After the last attempt the label is missing, with its reason; nobody invents one."""
    server.reset(Settings(answers={**ANSWERS, "prize": '{"answer": "eggs"}'}))
    annotate.main("sms")
    assert set(pd.read_csv(CSV)["item"]) == {"t0", "t2", "t3"}
    record = json.loads(CSV.with_suffix(".json").read_text())
    assert record["answers"]["plain"]["left_out"] == {"unknown_answer": 1}
    assert server.stats()["received"] == 9 + 3 * 3


@pytest.mark.parametrize(
    ("mark", "problem"), [("POISON-400", "failed_request"), ("POISON-FILTER", "filtered")]
)
def test_refused_questions_are_asked_once(mark: str, problem: str, server: Server) -> None:
    """What the endpoint will never answer is not paid for again and names its reason."""
    table = pd.read_parquet("data/real/sms/test.parquet")
    table.loc[0, "text"] = mark
    table.to_parquet("data/real/sms/test.parquet")
    server.reset(Settings(answers=ANSWERS))
    annotate.main("sms")
    record = json.loads(CSV.with_suffix(".json").read_text())
    assert record["answers"]["plain"]["left_out"] == {problem: 1}
    assert server.stats()["received"] == 12


def test_no_readable_answer_leaves_no_file(server: Server) -> None:
    """One line with the counts, and nothing written."""
    server.reset(Settings(body="maybe"))
    with pytest.raises(UserError, match=r"sms, annotate: no answer could be read; .*'unparsed': 4"):
        annotate.main("sms")
    assert outputs() == {}


def test_budget_stops_before_and_during_the_run(server: Server, settings: dict[str, Any]) -> None:
    """Too expensive a run does not start; one that turns out so stops, keeping what is paid for."""
    price = {"prompt": 1000.0, "completion": 1000.0}
    settings["generate"]["price"] = {"m": price, "org/big": price}
    settings["generate"]["budget_usd"] = 0.2
    server.reset(Settings(answers=ANSWERS))
    use(settings)
    with pytest.raises(UserError, match=r"12 requests would cost .* generate.budget_usd = 0.2"):
        annotate.main("sms")
    assert server.stats()["received"] == 0
    settings["generate"]["budget_usd"] = 1.5  # the estimate is below, the server's count above
    use(settings)
    with pytest.raises(UserError, match=r"the next request .* what was paid for is kept"):
        annotate.main("sms")
    paid = server.stats()["paid"]
    assert 0 < paid < 12 and outputs() == {}
    with pytest.raises(UserError, match=r"votes, vote: 9 requests .* were spent here on all"):
        vote.main()
    settings["generate"]["budget_usd"] = None
    use(settings)
    annotate.main("sms")
    assert server.stats()["paid"] == 12 and server.stats()["paid_twice"] == 0


def test_key_is_nowhere(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """An endpoint that echoes a wrong key stops the run; no file, cache or message has the key."""
    server.reset(Settings(require_key="another"))
    with pytest.raises(UserError, match="refuses the key") as caught:
        annotate.main("sms")
    server.reset(Settings(answers=ANSWERS, script=["500", "429:0.01"]))
    annotate.main("sms")
    written = b"".join(path.read_bytes() for path in Path().rglob("*.*") if path.is_file())
    assert KEY.encode() not in written and written
    said = capsys.readouterr()
    assert KEY not in f"{caught.value}{said.out}{said.err}"


def test_missing_key_is_reported_before_any_request(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the number of questions and the variable."""
    monkeypatch.delenv("TEST_KEY")
    with pytest.raises(UserError, match="12 requests are missing and TEST_KEY is not set"):
        annotate.main("sms")
    assert server.stats()["received"] == 0


def test_estimate_sends_nothing(
    server: Server, capsys: pytest.CaptureFixture[str], settings: dict[str, Any]
) -> None:
    """Questions, tokens and money are printed; `texts` caps the questions."""
    settings["annotate"]["texts"] = 3
    use(settings)
    annotate.main("sms", estimate=True)
    vote.main(estimate=True)
    said = capsys.readouterr().out
    assert said.count("9 of 9 requests are not in the cache") == 2
    assert server.stats()["received"] == 0 and outputs() == {}


@pytest.mark.parametrize("api", ["batch", "exchange"])
def test_bulk_endpoints_answer_a_panel(
    api: str, server: Server, settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The Batch API, and files carried by hand, bring the same labels."""
    settings["generate"]["endpoint"]["api"] = api
    settings["annotate"]["members"] = MEMBERS[:2]
    use(settings)
    server.reset(Settings(answers=ANSWERS))
    if api == "exchange":
        with pytest.raises(WaitingError, match=r"round 1: 8 requests written to"):
            annotate.main("sms")
        requests = Path("data/exchange/sms/annotate-0.requests.jsonl")
        replies = [
            {
                "custom_id": line["custom_id"],
                "response": {"status_code": 200, "body": server._completion(line["body"])},
            }
            for line in lines(requests)
        ]
        path = Path("data/exchange/sms/annotate-0.replies.jsonl")
        path.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    annotate.main("sms")
    assert len(pd.read_csv(CSV)) == 8


def test_panel_votes_on_every_pair(server: Server) -> None:
    """Each member votes on each pair once; explain can read where the votes are from."""
    server.reset(Settings(body='{"answer": "news"}', answers={"is mail good": "mail"}))
    vote.main(name="ours")
    out = Path("data/votes/ours.csv")
    table = pd.read_csv(out)
    assert tuple(table) == VOTES
    votes = Counter(
        (frozenset((a, b)), voter, winner) for a, b, voter, winner in table.itertuples(index=False)
    )
    won = {("sms", "mail"): "mail", ("news", "mail"): "mail", ("news", "sms"): "news"}
    assert votes == {
        (frozenset(pair), member["name"], winner): 1
        for pair, winner in won.items()
        for member in MEMBERS
    }
    answers = lines(out.with_suffix(".jsonl"))
    shown = {(line["item"], line["annotator"]): line["options"] for line in answers}
    assert sorted(map(tuple, shown.values())) == sorted(
        zip(table["task_a"], table["task_b"], strict=True)
    )
    about = yaml.safe_load(out.with_suffix(".yaml").read_text())
    survey = params.parse(Provenance, about, "ours")
    assert survey.kind == "panel" and "proxy" in survey.note
    assert "prompt_sha256" in json.loads(out.with_suffix(".json").read_text())


@pytest.mark.parametrize("api", ["direct", "batch"])
def test_equal_texts_are_asked_about_once(
    api: str, server: Server, settings: dict[str, Any]
) -> None:
    """Without a seed of its own a question about the same text is the same: nor is it paid twice.

    A batch that holds an id twice is refused by endpoints.
    """
    table = pd.DataFrame({"id": [f"t{n}" for n in range(9)], "text": TEXTS[0], "label": "ham"})
    table.to_parquet("data/real/sms/test.parquet")
    settings["generate"]["endpoint"] |= {"send_seed": False, "api": api}
    settings["annotate"]["members"] = MEMBERS[:1]
    use(settings)
    server.reset(Settings(answers=ANSWERS, latency=0.05))
    annotate.main("sms")
    assert len(pd.read_csv(CSV)) == 9
    assert server.stats()["paid"] == 2 and server.stats()["paid_twice"] == 0  # orders of labels
    for batch in server.batches.values():
        sent = [json.loads(line) for line in server.files[batch["input_file_id"]].splitlines()]
        assert len({line["custom_id"] for line in sent}) == len(sent)


def test_text_that_nobody_judged_does_not_pass(
    server: Server, settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """DVC would keep it as judged; the next run asks for what is missing alone.

    A question that will never be answered is counted, and its text passes.
    """
    settings["screen"]["judge"] = "drop"
    settings["grid"]["tasks"] = ["sms"]
    use(settings)
    small_task.refined({"spam": ["a prize here"], "ham": ["home at six"]})
    server.reset(Settings(answers=ANSWERS, script=["400", "503:86400", "503:86400"]))
    message = r"sms, judge: [12] requests failed, the last: 503 oops; run again, what was answered"
    with pytest.raises(UserError, match=message):
        screen.main()
    assert not Path("data/sources").exists()
    server.settings.script = ["400"]
    screen.main()
    assert small_task.counts("data/screened/sms.json")["kept"] == 2
    assert "; first failure: error: 400 the prompt is not acceptable" in capsys.readouterr().out


@pytest.mark.parametrize("mode", ["report", "drop"])
def test_judge_counts_or_drops_what_it_labels_otherwise(
    mode: str, server: Server, settings: dict[str, Any]
) -> None:
    """A text to which the panel gives another label is dropped on demand; silence drops none."""
    texts = {"spam": ["a prize here", "lunch is free", "no words"], "ham": ["home at six"]}
    settings["screen"]["judge"] = mode
    settings["grid"]["tasks"] = ["sms"]
    use(settings)
    small_task.refined(texts)
    server.reset(Settings(answers={**ANSWERS, "no words": "perhaps"}))
    screen.main()
    assert small_task.counts("data/screened/sms.json") == {
        "checks": {"judge": {"texts": 4, "failed": 1}},
        "kept": 3 if mode == "drop" else 4,
    }
    received = server.stats()["received"]
    screen.main()
    assert server.stats()["received"] == received
