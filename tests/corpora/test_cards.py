"""Task cards: the schema, and the committed ones."""

import hashlib
import json
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from stages.core.errors import UserError
from stages.corpora import cards

ROOT = Path(__file__).parents[2]
TASKS = sorted(path.stem for path in (ROOT / "data" / "tasks").glob("*.yaml"))
MANIFEST = ROOT / "data" / "recorded" / "manifest.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: cards.Card) -> Path:
    """A folder with one card, `mail`, to run in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "tasks").mkdir(parents=True)
    write(tmp_path, yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False))
    return tmp_path


def write(home: Path, text: str) -> None:
    """Make `text` the card of `mail`."""
    (home / "data" / "tasks" / "mail.yaml").write_text(text)


def test_a_card_is_read_as_written(home: Path, card: cards.Card) -> None:
    """Fields and the order of the labels survive the file."""
    assert cards.load("mail") == card
    assert list(cards.load("mail").labels) == ["ham", "spam"]
    assert cards.names() == ["mail"]


def test_an_unknown_task_is_refused(home: Path) -> None:
    """The known tasks are named, and where a card is to be added."""
    with pytest.raises(
        UserError, match=r"no task 'chat': .* cards for \['mail'\]; add .*chat.yaml"
    ):
        cards.load("chat")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labels: [", r"mail.yaml is not YAML"),
        ("title: Mail", r"mail.yaml: labels: expected a value, found none$"),
        (
            "labels: {spam: x}",
            r"labels: expected two or more labels to tell apart, found \['spam'\]",
        ),
        ("labels: {no: x, yes: y}", r"labels: .* found the truth value (True|False); put it in q"),
        ("labels: {1.0: x, b: y}", r"labels: expected a name, found the number 1.0; put it in q"),
        ("labels: {' a': x, b: y}", r"labels: .* without blanks around them, found \[' a'\]"),
        ("- a list", r"mail.yaml: expected settings, found"),
    ],
)
def test_a_damaged_card_is_refused(home: Path, text: str, message: str) -> None:
    """The file and its first wrong key are named."""
    write(home, text)
    with pytest.raises(UserError, match=message):
        cards.load("mail")


def test_an_unknown_key_is_refused(home: Path, card: cards.Card) -> None:
    """A misspelt key does not go unseen."""
    write(home, yaml.safe_dump({**card.model_dump(mode="json"), "license": "MIT"}))
    with pytest.raises(UserError, match=r"mail.yaml: license: unknown key.*known keys: \['att"):
        cards.load("mail")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"eggs": {"tone": ["dry"]}}, r"expected labels of \['ham', 'spam'\], found \['eggs'\]"),
        ({"ham": {"tone": []}}, r"attributes.attributed.ham.tone: expected 1 or more"),
        ({"ham": ["dry"]}, r"attributes.attributed.ham: expected a valid dictionary"),
    ],
)
def test_attributes_of_another_shape_are_refused(
    home: Path, card: cards.Card, attributes: dict[str, object], message: str
) -> None:
    """Attributes are given by strategy, label and dimension, which has values."""
    given = {**card.model_dump(mode="json"), "attributes": {"attributed": attributes}}
    write(home, yaml.safe_dump(given))
    with pytest.raises(UserError, match=message) as caught:
        cards.load("mail")
    assert "\n" not in str(caught.value)


def test_phrases_are_completed(home: Path, card: cards.Card) -> None:
    """A label without a phrase is said as its own name; a phrase of no label is refused."""
    content = card.model_dump(mode="json") | {"labels": {"ham": "fine", "not_ham": "not fine"}}
    write(home, yaml.safe_dump(content | {"phrases": {"ham": "wanted"}}))
    assert cards.load("mail").phrases == {"ham": "wanted", "not_ham": "not ham"}
    write(home, yaml.safe_dump(content | {"phrases": {"eggs": "eggs"}}))
    with pytest.raises(UserError, match=r"expected labels of \['ham', 'not_ham'\], found \['eggs'"):
        cards.load("mail")


def test_labels_are_enough_for_a_card(home: Path) -> None:
    """All else has a default; labels that are numbers, and labels without definitions, are read."""
    write(home, "labels: {0: bad, 1: }")
    card = cards.load("mail")
    assert card.labels == {"0": "bad", "1": "1"}
    assert card.title == "Mail" and card.licence == card.citation == "not stated"
    assert card.description == "Which of these fits a text: 0, 1."
    write(home, "labels: [not_spam, spam]")
    assert cards.load("mail").labels == {"not_spam": "not spam", "spam": "spam"}


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ({"prompts"}, r"mail.yaml: expected `prompts` and `words` .*, found no prompts; add"),
        ({"words"}, r"found no words; add them, or use no strategy"),
    ],
)
def test_writing_takes_prompts_and_words(
    card: cards.Card, left_out: set[str], message: str
) -> None:
    """A card may leave them out, and then no LLM can be asked to write."""
    assert cards.writing(card, "mail").words == card.words
    with pytest.raises(UserError, match=message):
        cards.writing(cards.Card(**card.model_dump(exclude=left_out)), "mail")


def test_files_of_the_user_are_read(home: Path) -> None:
    """One file or several per split; columns, renamed labels and who wrote ready texts."""
    write(
        home,
        """
labels: [bad, good]
own:
  train: {file: a.csv, text: tweet, label: mood, names: {1: good, Bad: bad}, separator: ;}
  test: [{file: b.xlsx, sheet: two}, {file: more/c.jsonl}]
ready:
  gpt4: {file: v.csv, by: a vendor}
""",
    )
    card = cards.load("mail")
    assert card.own and card.own.train and card.own.test
    assert card.own.train[0].names == {"1": "good", "Bad": "bad"}
    assert [table.file for table in card.own.test] == ["b.xlsx", "more/c.jsonl"]
    assert card.ready["gpt4"][0].by == "a vendor"


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("own: {train: {file: /etc/passwd}}", r"own.train.0.file: .* found '/etc/passwd'; put it"),
        ("own: {train: {file: ../x.csv}}", r"expected the name of a file in data/own/<task>, fou"),
        ("own: {test: {file: x.csv}}", r"own: expected a file of labelled texts as `train`"),
        (
            "own: {train: {file: x.csv}, annotations: {file: v.csv}}",
            r"own: expected `key`, the column of the texts' ids",
        ),
        ("own: {train: {file: x.csv, txt: body}}", r"own.train.0.txt: unknown key"),
        ("ready: {real: {file: x.csv}}", r"ready: .* names of their own for sources, found \['re"),
    ],
)
def test_files_that_cannot_be_meant_are_refused(home: Path, own: str, message: str) -> None:
    """In one line with the key."""
    write(home, f"labels: [bad, good]\n{own}")
    with pytest.raises(UserError, match=message):
        cards.load("mail")


@pytest.mark.parametrize("task", TASKS)
def test_committed_cards_fit_the_schema(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each card loads, names its data's licence and source, and maps onto its own labels."""
    monkeypatch.chdir(ROOT)
    card = cards.load(task)
    told = cards.writing(card, task)
    assert told.words[0] < told.words[1]
    assert all(definition and "\n" not in definition for definition in card.labels.values())
    if card.hub:
        assert set(card.hub.names.values()) == set(card.labels)


@pytest.mark.parametrize("task", TASKS)
def test_prompts_use_known_placeholders_only(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt asks for a number of texts with a label, said in words, in a length."""
    monkeypatch.chdir(ROOT)
    prompts = cards.writing(cards.load(task), task).prompts
    used = {name for _, name, *_ in Formatter().parse(prompts.generate) if name}
    assert {"k", "phrase", "words"} == {name for name in used if "|" not in name}
    assert "{" not in prompts.context


@pytest.mark.skipif(not MANIFEST.exists(), reason="needs the recorded replies")
def test_cards_still_fit_the_recorded_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Context, labels and word range are as the manifest says; only the wording has changed."""
    monkeypatch.chdir(ROOT)
    for task, recorded in json.loads(MANIFEST.read_text())["tasks"].items():
        card = cards.load(task)
        told = cards.writing(card, task)
        assert told.prompts.context == recorded["context"]
        assert list(card.labels) == recorded["labels"]
        assert "-".join(map(str, told.words)) == recorded["words"]
        assert {"{k}", "{label}", "{words}"} <= set(re.findall(r"\{\w+\}", recorded["generate"]))


@pytest.mark.skipif(not MANIFEST.exists(), reason="needs the recorded replies")
def test_the_manifest_lists_the_recorded_files() -> None:
    """Every recorded file is listed with its SHA-256 and its number of texts, and no other."""
    listed = {
        f"{task}/{strategy}": entry
        for task, known in json.loads(MANIFEST.read_text())["tasks"].items()
        for strategy, entry in known.items()
        if isinstance(entry, dict)
    }
    recordings = [path for path in MANIFEST.parent.glob("*/*.jsonl") if path.stem != "labels"]
    files = {f"{p.parent.name}/{p.stem}": p for p in recordings}
    assert set(files) == set(listed)
    for name, path in files.items():
        replies = [json.loads(json.loads(line)["reply"]) for line in path.read_text().splitlines()]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert listed[name] == {"texts": sum(len(r["texts"]) for r in replies), "sha256": digest}


def test_the_manifest_lists_the_recorded_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file with its SHA-256 and its number of answers; each names a label of the card."""
    monkeypatch.chdir(ROOT)
    listed = json.loads(MANIFEST.read_text())["labels"]["tasks"]
    files = {path.parent.name: path for path in MANIFEST.parent.glob("*/labels.jsonl")}
    assert set(files) == set(listed)
    for task, path in files.items():
        content, entry = path.read_bytes(), dict(listed[task])
        assert entry.pop("sha256") == hashlib.sha256(content).hexdigest()
        replies = [json.loads(json.loads(line)["reply"]) for line in content.splitlines()]
        assert sum(entry.values()) == len(replies)
        assert {reply["label"] for reply in replies} <= set(cards.load(task).labels)


def test_the_default_tasks_have_cards() -> None:
    """params.yaml names no task without a card."""
    default = yaml.safe_load((ROOT / "params.yaml").read_text())["grid"]["tasks"]
    assert set(default) <= set(TASKS)
