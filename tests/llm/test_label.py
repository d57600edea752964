"""The stage label: recorded labels, and an endpoint's."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages import generate, label, screen
from stages.core import files, paths
from stages.core.errors import UserError, WaitingError
from stages.llm.panel.recorded import sha256
from tests import small_task
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY
from tests.small_task import use

ROOT = Path(generate.__file__).parents[1]
OUT = Path("data/labels/sms.jsonl")
TRAIN = [("a", "a prize for you"), ("b", "lunch at one?"), ("c", "cash now"), ("d", "home soon")]
TEST = [("t", "see you at lunch"), ("u", "a prize prize")]
HAM, SPAM = '{"answer": "ham", "confidence": 3}', '{"answer": "spam", "confidence": 2}'
ANSWERS = {"prize": SPAM, "cash": SPAM, "lunch": HAM, "home": HAM}
TRUTH = {"a": "spam", "b": "ham", "c": "spam", "d": "ham", "t": "ham", "u": "spam"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    """The small task with the source labelled and an endpoint; params' content, for `use`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path / "requests"))
    monkeypatch.setenv("TEST_KEY", KEY)
    small_task.write({})
    for split, rows in (("train", TRAIN), ("test", TEST), ("pool", TRAIN[:2])):
        frame = pd.DataFrame(rows, columns=["id", "text"])
        frame["label"] = frame["id"].map(TRUTH)
        frame.to_parquet(f"data/real/sms/{split}.parquet")
    Path("data/prompts").symlink_to(ROOT / "data" / "prompts")
    content = small_task.params()
    content["grid"] |= {"sources": ["real", "labelled"], "strategies": []}
    content["generate"] |= {"provider": "openai"}
    content["generate"]["endpoint"]["base_url"] = url
    use(content)
    return content


@pytest.fixture
def recorded(settings: dict[str, Any]) -> dict[str, Any]:
    """The same with the provider recorded."""
    settings["generate"]["provider"] = "recorded"
    use(settings)
    return settings


def record(*answers: tuple[str, str], confidence: int = 2) -> None:
    """Write a recording of (text, label)."""
    lines = [
        {
            "text_sha256": sha256(text),
            "reply": json.dumps({"label": name, "confidence": confidence}),
        }
        for text, name in answers
    ]
    path = Path("data/recorded/sms/labels.jsonl")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def found() -> dict[str, dict[str, Any]]:
    """The stage's lines by id."""
    lines = [json.loads(line) for line in OUT.read_text().splitlines()]
    return {line["id"]: line for line in lines}


def facts() -> dict[str, Any]:
    """The stage's counts."""
    content: dict[str, Any] = json.loads(OUT.with_suffix(".json").read_text())
    return content


def test_recorded_labels_are_found_in_both_splits(
    recorded: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of other texts are counted; the same twice is the same bytes."""
    record((TRAIN[0][1], "spam"), (TEST[0][1], "spam"), ("elsewhere", "ham"))
    label.main("sms")
    first = OUT.read_bytes()
    label.main("sms")
    assert OUT.read_bytes() == first
    assert {name: line["split"] for name, line in found().items()} == {"a": "train", "t": "test"}
    assert (found()["t"]["label"], found()["t"]["confidence"]) == ("spam", 2)
    assert facts()["of_other_texts"] == 1 and facts()["labelled"] == {"train": 1, "test": 1}
    assert "1 train and 1 test texts labelled by an LLM; 1 recorded labels" in (
        capsys.readouterr().out
    )


def test_limits_draw_from_what_is_recorded(recorded: dict[str, Any]) -> None:
    """At most as many of each split as asked; a larger draw holds a smaller one; 0 is none."""
    record(*((text, TRUTH[name]) for name, text in [*TRAIN, *TEST]))
    drawn = []
    for train in (1, 2, 3):
        recorded["label"] |= {"train": train, "test": 0}
        use(recorded)
        label.main("sms")
        drawn.append(set(found()))
    assert [len(ids) for ids in drawn] == [1, 2, 3]
    assert drawn[0] < drawn[1] < drawn[2] < set("abcd")


def unlabelled(count: int) -> list[tuple[str, str]]:
    """Write unlabelled texts, three of which hold a labelled text; the others."""
    words = ["prize", "cash", "lunch", "home"]
    rows = [(f"n{i}", f"{words[i % 4]} number {i} of many") for i in range(count)]
    known = [("x", TRAIN[0][1]), ("y", TEST[0][1]), ("z", f" {TRAIN[3][1]}")]
    pd.DataFrame([*known, *rows], columns=["id", "text"]).to_parquet(paths.unlabelled("sms"))
    pd.DataFrame(TRAIN[:1], columns=["id", "text"]).assign(label="spam").to_parquet(
        "data/real/sms/validation.parquet"
    )
    return rows


@pytest.mark.parametrize("provider", ["recorded", "openai"])
def test_unlabelled_texts_are_spare_or_trained_on(
    provider: str, recorded: dict[str, Any], server: Server
) -> None:
    """At most half are spare, none of which is trained on; both without copies of test texts.

    Some train texts are labelled as well.
    """
    rows = unlabelled(37)
    record(*((text, TRUTH[name]) for name, text in [*TRAIN, *TEST]), *((t, "ham") for _, t in rows))
    server.reset(Settings(answers=ANSWERS))
    recorded["generate"]["provider"] = provider
    drawn = {}
    for spare, train in ((5, 10), (9, 10), (100, None)):
        recorded["label"] |= {"spare": spare, "train": train}
        use(recorded)
        label.main("sms")
        splits = {name: line["split"] for name, line in found().items()}
        drawn[spare] = {name for name, split in splits.items() if split == "spare"}
        table = pd.read_parquet(paths.spare("sms"))
        assert set(table["id"]) == drawn[spare] and list(table) == ["id", "text"]
        assert Counter(facts()["labelled"]) == Counter(splits.values())
        assert {"y"}.isdisjoint(splits)
        assert Counter(splits.values())["unlabelled"] == (
            6 if train else len(splits) - 6 - len(table)
        )
        assert drawn[spare].isdisjoint("xyz")
    assert len(drawn[5]) == 5 and len(drawn[9]) == 9 and drawn[5] < drawn[9] < drawn[100]
    assert 9 < len(drawn[100]) <= 20
    assert {name for name in splits if splits[name] == "train"} == set("abcd")


def test_no_spare_texts_where_test_texts_are_left_out(recorded: dict[str, Any]) -> None:
    """They would be paid for in vain."""
    rows = unlabelled(20)
    record(*((text, "ham") for _, text in [*TRAIN, *TEST, *rows]))
    recorded["label"] |= {"spare": 5, "test": 1, "train": 3}
    use(recorded)
    label.main("sms")
    assert facts()["labelled"] == {"train": 1, "test": 1, "spare": 0, "unlabelled": 2}
    assert pd.read_parquet(paths.spare("sms")).empty


def test_labelled_unlabelled_texts_are_a_source(recorded: dict[str, Any]) -> None:
    """The source labelled holds them; spare ones never."""
    rows = unlabelled(20)
    record(*((t, "spam" if "cash" in t else "ham") for _, t in [*TRAIN, *TEST, *rows]))
    recorded["label"] |= {"spare": 5, "train": 12}
    use(recorded)
    label.main("sms")
    screen.main()
    table = pd.read_parquet("data/sources/sms/labelled.parquet")
    trained = {name for name, line in found().items() if line["split"] in ("unlabelled", "train")}
    assert set(table["id"]) == trained and len(trained) == 12
    assert trained.isdisjoint(pd.read_parquet(paths.spare("sms"))["id"])


def test_an_id_of_two_texts_is_refused(recorded: dict[str, Any]) -> None:
    """An unlabelled text with the id of a labelled one would get its label."""
    pd.DataFrame([("a", "x")], columns=["id", "text"]).to_parquet(paths.unlabelled("sms"))
    record((TRAIN[0][1], "spam"))
    with pytest.raises(UserError, match=r"unlabelled.parquet: expected ids .* found \['a'\]"):
        label.main("sms")


def test_train_texts_are_labelled_where_somebody_uses_it(
    recorded: dict[str, Any], server: Server
) -> None:
    """Without the source only test texts are asked about; a mixture's part counts as use."""
    record(*((text, TRUTH[name]) for name, text in [*TRAIN, *TEST]))
    recorded["grid"]["sources"] = ["real"]
    use(recorded)
    label.main("sms")
    assert set(found()) == set("tu")
    recorded["grid"]["sources"] = ["both"]
    recorded["mixtures"] = {"both": ["real_pool", "labelled"]}
    use(recorded)
    label.main("sms")
    assert set(found()) == set("abcdtu")


@pytest.mark.parametrize("provider", ["recorded", "openai"])
def test_a_run_without_an_llm(
    provider: str, recorded: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Real texts alone need no recording, and with test: 0 written ones no labels."""
    recorded["grid"]["sources"] = ["real"]
    recorded["generate"]["provider"] = provider
    recorded["label"]["test"] = 0 if provider == "openai" else 200
    use(recorded)
    label.main("sms")
    assert OUT.read_bytes() == b"" and server.stats()["received"] == 0
    assert "0 train and 0 test texts labelled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parts", "asked"),
    [
        (["real", "real_pool", "edited"], 0),  # what `synthworth new` makes
        (["real", "vendor"], 0),  # texts that somebody else's LLM wrote
        (["real", "few_shot"], 2),
        (["real", "labelled"], 6),
    ],
)
def test_only_tasks_with_a_source_of_an_llm_are_sent(
    parts: list[str],
    asked: int,
    settings: dict[str, Any],
    server: Server,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An endpoint left from another task gets no text of one that nobody asked it about."""
    card = {**small_task.CARD, "ready": {"vendor": {"file": "gpt4.csv"}}}
    Path("data/tasks/sms.yaml").write_text(json.dumps(card))
    files.write_lines([{"source": "all", "parts": parts}], paths.grid("sms"))
    server.reset(Settings(answers=ANSWERS))
    label.main("sms", estimate=True)
    assert f"{asked} of {asked} requests" in capsys.readouterr().out
    label.main("sms")
    assert server.stats()["received"] == len(found()) == asked
    assert ("nothing is sent" in capsys.readouterr().out) == (asked == 0)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            None,
            "no labels recorded for 'sms': expected data/recorded/sms/labels.jsonl, found",
        ),
        (
            [("away", "ham")],
            "train texts in data/real/sms, found 0 of its test texts and 1 of other",
        ),
        ([(TRAIN[0][1], "eggs")], r"line 1: expected one of the card's labels \['ham', 'spam'\]"),
    ],
)
def test_a_recording_that_does_not_fit_is_one_line(
    recorded: dict[str, Any], answers: list[tuple[str, str]] | None, message: str
) -> None:
    """None for the task, none of its texts, a label outside the card; nothing is written."""
    if answers is not None:
        record(*answers)
    with pytest.raises(UserError, match=message) as caught:
        label.main("sms")
    assert "\n" not in str(caught.value) and not OUT.exists()


def test_recorded_labels_start_light(recorded: dict[str, Any]) -> None:
    """Replaying loads no client and no learning library."""
    record((TRAIN[0][1], "spam"))
    assert small_task.imported_by("label", "'sms'") == []


def test_an_endpoint_labels_and_is_paid_once(
    settings: dict[str, Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels, confidence, model and tokens are kept; a second run needs no key and no server."""
    server.reset(Settings(answers=ANSWERS))
    label.main("sms")
    first, lines = OUT.read_bytes(), found()
    assert {name: line["label"] for name, line in lines.items()} == TRUTH
    assert {name: line["confidence"] for name, line in lines.items()} == {
        name: 3 if truth == "ham" else 2 for name, truth in TRUTH.items()
    }
    assert all(line["model"] == "m" and line["prompt_tokens"] > 50 for line in lines.values())
    assert facts()["answers"]["llm"] == {"items": 6, "answered": 6, "left_out": {}}
    monkeypatch.delenv("TEST_KEY")
    label.main("sms")
    assert OUT.read_bytes() == first and server.stats()["received"] == 6


def test_a_larger_sample_buys_the_rest_only(settings: dict[str, Any], server: Server) -> None:
    """And the least confidence, which screen reads, buys nothing."""
    server.reset(Settings(answers=ANSWERS))
    for train, received in ((2, 4), (3, 5), (None, 6)):
        settings["label"]["train"] = train
        use(settings)
        label.main("sms")
        assert server.stats()["received"] == received
    settings["screen"]["least_confidence"] = 3
    use(settings)
    label.main("sms")
    assert server.stats()["received"] == 6


def test_examples_are_shown_and_not_labelled(settings: dict[str, Any], server: Server) -> None:
    """One of each label of the pool, with people's labels, the same for each text."""
    settings["label"]["examples"] = 1
    use(settings)
    server.reset(Settings(body=HAM))
    label.main("sms")
    assert set(found()) == {"c", "d", "t", "u"}
    for prompt in server.asked:
        shown = [json.loads(la) for la in json.loads(prompt).splitlines() if la[:8] == '{"text":']
        assert sorted((example["text"], example["answer"]) for example in shown) == [
            ("a prize for you", "spam"),
            ("lunch at one?", "ham"),
        ]


def test_a_panel_gives_votes(settings: dict[str, Any], server: Server) -> None:
    """Every member labels every text; the shares of their labels are kept."""
    settings["label"]["members"] = [{"name": "x"}, {"name": "y", "persona": "You are old."}]
    use(settings)
    server.reset(Settings(answers=ANSWERS))
    label.main("sms")
    assert server.stats()["received"] == 12
    assert found()["a"]["votes"] == {"spam": 1.0} and found()["a"]["confidence"] == 3


def test_unreadable_answers_are_asked_again_then_counted(
    settings: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A label outside the card is no label; the text is left out and counted by its problem."""
    server.reset(Settings(answers={**ANSWERS, "cash": '{"answer": "eggs", "confidence": 3}'}))
    label.main("sms")
    assert server.stats()["received"] == 5 + 3
    labelled = {name: line["label"] for name, line in found().items()}
    assert labelled == {**TRUTH, "c": None}
    assert found()["c"]["prompt_tokens"] > 2 * found()["a"]["prompt_tokens"]  # three were paid
    assert facts()["unread"] == {"unknown_answer": 1}
    assert facts()["without_label"] == {"train": 1, "test": 0}
    assert "answers that cannot be read: unknown_answer 1" in capsys.readouterr().out


def test_nothing_readable_is_one_line(settings: dict[str, Any], server: Server) -> None:
    """With the counts; no file is written."""
    server.reset(Settings(body="well"))
    with pytest.raises(UserError, match=r"sms, label: no answer could be read; .*'unparsed': 6"):
        label.main("sms")
    assert not OUT.exists()


def test_estimate_and_budget(
    settings: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The estimate sends nothing; a run above the budget does not start."""
    label.main("sms", estimate=True)
    said = capsys.readouterr().out
    assert "6 of 6 requests are not in the cache" in said and "texts: 4 train, 2 test" in said
    price = {"prompt": 1000.0, "completion": 1000.0}
    settings["generate"]["price"] = {"m": price}
    settings["generate"]["budget_usd"] = 0.1
    use(settings)
    with pytest.raises(UserError, match=r"6 requests would cost .* generate.budget_usd = 0.1"):
        label.main("sms")
    assert server.stats()["received"] == 0 and not OUT.exists()


def test_estimate_with_recorded_labels(
    recorded: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """What the endpoint would cost can be asked before the provider is changed."""
    label.main("sms", estimate=True)
    assert "6 of 6 requests are not in the cache" in capsys.readouterr().out


@pytest.mark.parametrize("api", ["batch", "exchange"])
def test_bulk_endpoints_label(api: str, settings: dict[str, Any], server: Server) -> None:
    """The Batch API, and files carried by hand, bring the same labels."""
    settings["generate"]["endpoint"]["api"] = api
    use(settings)
    server.reset(Settings(answers=ANSWERS))
    if api == "exchange":
        with pytest.raises(WaitingError, match=r"round 1: 6 requests written to"):
            label.main("sms")
        asked = Path("data/exchange/sms/label-0.requests.jsonl").read_text().splitlines()
        replies = [
            {
                "custom_id": line["custom_id"],
                "response": {"status_code": 200, "body": server._completion(line["body"])},
            }
            for line in map(json.loads, asked)
        ]
        path = Path("data/exchange/sms/label-0.replies.jsonl")
        path.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    label.main("sms")
    assert {name: line["label"] for name, line in found().items()} == TRUTH


@pytest.mark.parametrize(("least", "used", "left"), [(None, 4, 0), (2, 4, 0), (3, 2, 2)])
def test_unsure_labels_go_to_people(
    settings: dict[str, Any], server: Server, least: int | None, used: int, left: int
) -> None:
    """Screen leaves them out of the source, counts them and writes them down for people."""
    settings["screen"]["least_confidence"] = least
    use(settings)
    answers = {**ANSWERS, "prize": SPAM.replace("2", "3")}
    server.reset(Settings(answers={**answers, "home": HAM.replace("3", "2")}))
    label.main("sms")
    screen.main()
    table = pd.read_parquet("data/sources/sms/labelled.parquet")
    assert len(table) == used and list(table) == ["id", "text", "label"]
    about = json.loads(Path("data/screened/sms.json").read_text())["labelled"]
    assert about["to_people"] == left and sum(about["texts"].values()) == used
    path = Path("data/screened/sms.to_people.csv")
    assert path.exists() == bool(left)
    if left:
        people = pd.read_csv(path)
        assert list(people) == ["id", "text", "llm_label", "confidence"]
        assert Counter(people["id"]) == Counter("cd")


def test_a_label_that_the_llm_never_gives(
    recorded: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three labels one may be absent, which is said; with a single label nothing trains."""
    card: dict[str, Any] = copy.deepcopy(small_task.CARD)
    card["labels"] |= {"chain": "a chain letter"}
    Path("data/tasks/sms.yaml").write_text(json.dumps(card))
    recorded["grid"]["sources"] = ["labelled"]
    use(recorded)
    record((TRAIN[0][1], "spam"), (TRAIN[1][1], "ham"))
    label.main("sms")
    screen.main()
    assert "gave no train text the label chain: a classifier trained on labelled never" in (
        capsys.readouterr().out
    )
    record((TRAIN[0][1], "spam"))
    label.main("sms")
    with pytest.raises(UserError, match=r"source 'labelled': .* found none of \['chain', 'ham'\]"):
        screen.main()
