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
        ("title: Mail", r"mail.yaml: description: expected a value, found none \(and 5 more\)"),
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
        ({"ham": {"tone": []}}, r"attributes.attributed.ham.tone: List should have at least 1"),
        ({"ham": ["dry"]}, r"attributes.attributed.ham: Input should be a valid dictionary"),
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


@pytest.mark.parametrize("task", TASKS)
def test_committed_cards_fit_the_schema(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each card loads, names its data's licence and source, and maps onto its own labels."""
    monkeypatch.chdir(ROOT)
    card = cards.load(task)
    assert card.words[0] < card.words[1]
    assert all(definition and "\n" not in definition for definition in card.labels.values())
    if card.hub:
        assert set(card.hub.names.values()) == set(card.labels)


@pytest.mark.parametrize("task", TASKS)
def test_prompts_use_known_placeholders_only(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt asks for a number of texts with a label, said in words, in a length."""
    monkeypatch.chdir(ROOT)
    prompts = cards.load(task).prompts
    used = {name for _, name, *_ in Formatter().parse(prompts.generate) if name}
    assert {"k", "phrase", "words"} == {name for name in used if "|" not in name}
    assert "{" not in prompts.context


@pytest.mark.skipif(not MANIFEST.exists(), reason="needs the recorded replies")
def test_cards_still_fit_the_recorded_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Context, labels and word range are as the manifest says; only the wording has changed."""
    monkeypatch.chdir(ROOT)
    for task, recorded in json.loads(MANIFEST.read_text())["tasks"].items():
        card = cards.load(task)
        assert card.prompts.context == recorded["context"]
        assert list(card.labels) == recorded["labels"]
        assert "-".join(map(str, card.words)) == recorded["words"]
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
