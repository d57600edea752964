"""The stage generate with the recorded provider."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from stages import generate
from stages.core import files, paths
from stages.core.errors import UserError
from tests import small_task

RECORDINGS = {"zero_shot": [("spam", 0, '{"texts": ["win now"]}'), ("ham", 0, "[]")]}


@pytest.fixture(autouse=True)
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small task, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    small_task.write(RECORDINGS)


def test_recorded_replies_are_replayed() -> None:
    """Each line of the recording becomes one reply, sorted by key, byte for byte the same twice."""
    generate.main("sms", "zero_shot")
    path = Path("data/replies/sms/zero_shot.jsonl")
    first = path.read_bytes()
    generate.main("sms", "zero_shot")
    replies = [json.loads(line) for line in first.splitlines()]
    assert [reply["label"] for reply in replies] == ["ham", "spam"]
    assert {reply["model"] for reply in replies} == {"m"}
    assert path.read_bytes() == first


def test_replies_to_other_prompts_are_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    """Once the card or the prompt file has changed, a warning and each reply say so."""
    prompts = yaml.safe_load(Path("data/tasks/sms.yaml").read_text())["prompts"]
    asked = {**prompts, "labels": ["ham", "spam"], "words": "2-6"}
    path = Path("data/recorded/manifest.json")
    file = Path("data/prompts/zero_shot.yaml")
    files.write_text("request: a", file)
    digest = hashlib.sha256(b"request: a").hexdigest()
    manifest = {"model": "m", "tasks": {"sms": asked}, "prompt files": {"zero_shot": digest}}
    path.write_text(json.dumps(manifest))
    generate.main("sms", "zero_shot")
    assert capsys.readouterr().out == "sms, zero_shot: 2 recorded replies\n"
    card = Path("data/tasks/sms.yaml")
    card.write_text(card.read_text().replace("You write", "You send"))
    file.write_text("request: b")
    generate.main("sms", "zero_shot")
    assert "replies answered another context, prompt file (data" in capsys.readouterr().out
    replies = files.read_lines(paths.replies("sms", "zero_shot"))
    assert {reply["doubts"] for reply in replies} == {"another context, prompt file"}


def test_a_strategy_that_no_source_needs_is_not_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its replies are an empty file, though none are recorded; a part of a mixture counts."""
    files.write_lines([{"source": "both", "parts": ["real", "zero_shot"]}], paths.grid("sms"))
    for strategy in ("zero_shot", "few_shot"):
        generate.main("sms", strategy)
    assert Path("data/replies/sms/zero_shot.jsonl").read_text().count("\n") == 2
    assert Path("data/replies/sms/few_shot.jsonl").read_text() == ""
    assert "sms, few_shot: not asked for" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("task_name", "strategy", "message"),
    [
        ("nope", "zero_shot", "no task 'nope'"),
        ("sms", "nope", r"strategies: expected an entry 'nope', found \['few_shot', 'zero_shot'\]"),
        ("sms", "few_shot", r"no recorded replies of 'few_shot' for 'sms': expected .*few_shot"),
    ],
)
def test_unknown_names_get_one_clear_line(task_name: str, strategy: str, message: str) -> None:
    """The message names what is there and what to do."""
    with pytest.raises(UserError, match=message):
        generate.main(task_name, strategy)
    assert not Path("data/replies").exists()


@pytest.mark.parametrize(
    ("section", "typo", "message"),
    [
        ("generate", {"budged_usd": 3}, r"params.yaml: generate: budged_usd: unknown key, found 3"),
        ("strategies", {"haiku": {"texts_per_lable": 3}}, r"strategies.haiku: texts_per_lable: "),
    ],
)
def test_misspelt_setting_is_refused(section: str, typo: dict[str, object], message: str) -> None:
    """An unknown key is named, be it of a strategy that is not the one asked."""
    content = small_task.params()
    content[section] |= typo
    small_task.use(content)
    with pytest.raises(UserError, match=message):
        generate.main("sms", "zero_shot")


def test_recording_that_is_not_json_is_located() -> None:
    """The message has the file and the line."""
    path = Path("data/recorded/sms/zero_shot.jsonl")
    path.write_text(path.read_text() + "{oops\n")
    with pytest.raises(UserError, match=r"zero_shot\.jsonl, line 3 is not JSON"):
        generate.main("sms", "zero_shot")


def test_unknown_label_in_a_recording() -> None:
    """A label that the card lacks stops the stage."""
    path = Path("data/recorded/sms/zero_shot.jsonl")
    path.write_text('{"label": "eggs", "round": 0, "reply": ""}\n')
    with pytest.raises(UserError, match=r"labels \['eggs'\] are not the card's \['ham', 'spam'\]"):
        generate.main("sms", "zero_shot")


def test_recorded_provider_starts_light() -> None:
    """Replaying imports no client, no network library and no learning library."""
    assert small_task.imported_by("generate", "'sms', 'zero_shot'") == []
