"""`synthworth why`: from a number or a text back to what it was made from."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from stages import generate, refine
from stages.core import files
from stages.core.errors import UserError
from stages.tools import lineage, shown, why
from tests import small_task

LOCK = {
    "fetch@sms": {"cmd": "f sms", "params": {"params.yaml": {"fetch": {"seed": 1}}}},
    "fetch@imdb": {"cmd": "f imdb", "params": {"params.yaml": {"fetch": {"seed": 1}}}},
    "evaluate": {"cmd": "e", "params": {"params.yaml": {"evaluate": {"level": 0.9}}}},
    "summarize": {"cmd": "s", "params": {"params.yaml": {"summarize": {"metric": "f1"}}}},
}
READS = {"evaluate": ["stages/core", "data/real"], "summarize": ["data/evaluated"]}
WRITES = {
    "fetch@sms": ["data/real/sms"],
    "fetch@imdb": ["data/real/imdb"],
    "evaluate": ["data/evaluated"],
    "summarize": ["metrics/details", "metrics/mean_score"],
}
PAGE = """# Scores

Real texts: 1,000 of them; the gap is −3.4 points.

| task | real accuracy | few-shot accuracy |
| --- | ---: | ---: |
| imdb | 66.5 [60.0, 70.0] | 63.1 [60.0, 65.0] |
| sms | **80.0 [70.0, 90.0]** | 66.5 [60.0, 70.0] |
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock, a page and the numbers of a run."""
    monkeypatch.chdir(tmp_path)
    lock = {
        name: entry
        | {"deps": [{"path": path, "md5": "abcdef0123"} for path in READS.get(name, ())]}
        | {"outs": [{"path": path, "md5": "9876543210"} for path in WRITES[name]]}
        for name, entry in LOCK.items()
    }
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": lock}))
    files.write_text(PAGE, Path("plots/pages/table.md"))
    files.write_json({"few_shot": "63.1 [60.0, 65.0]"}, Path("metrics/mean_score/probe.json"))
    for task, real in (("imdb", 0.66512), ("sms", 0.8)):
        scores = {"scores": {"real": {"accuracy": real}, "other": 0.66489}}
        files.write_json(scores, Path(f"metrics/details/scores/{task}.json"), 5)


@pytest.mark.parametrize(
    ("number", "places"),
    [
        ("66.5", ["7:row imdb, column real accuracy", "8:row sms, column few-shot accuracy"]),
        ("-3.4", ["3:Scores: Real texts: 1,000 of them"]),
        ("1000", ["3:Scores: Real texts: 1,000 of them"]),
        ("80", []),
    ],
)
def test_where_pages_show_a_number(run: None, number: str, places: list[str]) -> None:
    """Cells with their row and column, sentences; whole numbers only as they are written."""
    found = [f"{place.key}:{place.said}" for place in shown.on_pages(number)]
    assert len(found) == len(places)
    for said, (line, _, part) in zip(
        found, (place.partition(":") for place in places), strict=True
    ):
        assert said.startswith(f"{line}:") and part in said


def test_a_number_leads_to_its_stage(run: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The page's cell, the exact number of that row, and the stage that computed it."""
    why.main("66.5")
    told = capsys.readouterr().out
    assert "metrics/details/scores/imdb.json:scores.real.accuracy  0.66512" in told
    assert "written by summarize, computed by evaluate:" in told
    assert "params: evaluate: {level: 0.9}" in told and "data/real (abcdef01)" in told


def test_a_key_leads_to_what_it_rests_on(run: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The value, its stage, and every stage before with the params it ran with."""
    why.main("metrics/mean_score/probe.json:few_shot")
    told = capsys.readouterr().out
    assert "few_shot  63.1 [60.0, 65.0]" in told
    for line in ("evaluate: evaluate: {level: 0.9}", "fetch@sms: fetch: {seed: 1}"):
        assert f"  {line}" in told


def test_a_task_s_number_rests_on_its_own_stages(run: None) -> None:
    """Not on those of other tasks in the same matrix."""
    known = lineage.stages()
    before = lineage.upstream(known["summarize"], known, "imdb")
    assert [stage.name for stage in before] == ["evaluate", "fetch@imdb"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("12.3", "12.3 is in no page"),
        ("metrics/mean_score/probe.json:nothing", r"no 'nothing' .* there are \['few_shot'\]"),
        ("nobody-1", "no id of a text"),
    ],
)
def test_what_is_not_found_is_said(run: None, what: str, said: str) -> None:
    """With what may be named instead."""
    with pytest.raises(UserError, match=said):
        why.main(what)


def test_a_text_leads_to_reply_and_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its label, the sources that train on it, the model, the prompt and the reply."""
    monkeypatch.chdir(tmp_path)
    reply = '{"texts": ["call me when you are home", "where are you now my friend"]}'
    small_task.write({"zero_shot": [("ham", 0, reply), ("spam", 0, reply.replace("call", "win"))]})
    files.write_text(
        "system: '{context}'\nrequest: '{generate}'\nnext: more\n",
        Path("data/prompts/zero_shot.yaml"),
    )
    files.write_lines(
        [{"source": "zero_shot", "parts": ["zero_shot"]}], Path("data/grid/sms.jsonl")
    )
    files.write_text("stages: {}\n", Path("dvc.lock"))
    generate.main("sms", "zero_shot")
    refine.main()
    row = pd.read_parquet("data/synthetic/sms/zero_shot.parquet").iloc[0]
    capsys.readouterr()
    why.main(row["id"])
    told = capsys.readouterr().out
    assert f"text: {row['text']}" in told and "by m (recorded)" in told
    assert "label ham, round 0" in told, told
    assert "user: Write 5 ham" in told, told
