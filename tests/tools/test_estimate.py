"""`synthworth estimate`: what a run would do now."""

import subprocess
from pathlib import Path

import pytest
import yaml

from stages.core import durations
from stages.core.errors import UserError
from stages.tools import estimate
from stages.tools.estimate import Stale
from tests import small_task

# DVC uses a deprecated property of pygtrie.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
STAGES = {
    "check": {"cmd": "touch checked", "deps": ["params.yaml"], "outs": ["checked"]},
    "first": {"cmd": "touch a", "deps": ["checked"], "params": ["size"], "outs": ["a"]},
    "second": {"cmd": "touch b", "deps": ["a"], "outs": ["b"]},
}


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline of three stages that has run."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("size: 1\nother: 1\n")
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}, sort_keys=False))
    for command in ("git init -q", "dvc init -q", "dvc repro -q"):
        subprocess.run(command.split(), check=True, capture_output=True)
    return tmp_path


def test_nothing_is_stale_after_a_run(pipeline: Path) -> None:
    """Neither a stage nor what follows."""
    assert estimate.stale() == []


def test_a_damaged_lock_is_one_line(pipeline: Path) -> None:
    """As a merge leaves it."""
    (pipeline / "dvc.lock").write_text("<<<<<<< HEAD\n a: b\n=======\n")
    with pytest.raises(UserError, match=r"cannot say what .*'dvc.lock'.*; see `dvc status`"):
        estimate.stale()


def test_what_follows_a_change_is_stale(pipeline: Path) -> None:
    """In the order of a run, with the param that changed; what follows has no reason of its own."""
    Path("params.yaml").write_text("size: 2\nother: 1\n")
    found = estimate.stale()
    assert [stage.name for stage in found] == ["check", "first", "second"]
    assert [stage.why for stage in found[1:]] == ["size modified", ""]


def test_what_has_no_results_here_is_one_line(pipeline: Path) -> None:
    """As in a fresh clone: that inputs are missing, too, says nothing more."""
    for name in ("a", "b"):
        (pipeline / name).unlink()
    stages = estimate.stale()
    assert estimate.reasons(stages) == ["without results here: first, second"]


def test_few_reasons_are_named() -> None:
    """The others are counted."""
    changes = [{"changed deps": {f"data/{n}": "modified" for n in range(8)}}]
    assert estimate._why(changes).endswith("data/4 modified, and 3 more")


def test_nothing_follows_a_check(pipeline: Path) -> None:
    """Its output is the same whenever it is there."""
    Path("params.yaml").write_text("size: 1\nother: 2\n")
    assert [stage.name for stage in estimate.stale()] == ["check"]


def test_tasks_and_strategies_may_have_hyphens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is counted for a strategy that is none of the task's."""
    monkeypatch.chdir(tmp_path)
    settings = small_task.params()
    settings["strategies"]["zero-shot"] = settings["strategies"]["zero_shot"]
    settings["grid"] |= {
        "tasks": ["sms", "my-sms"],
        "strategies": ["few_shot", "zero-shot"],
        "sources": ["real", "both", "few_shot"],
        "sources_of": {"my-sms": ["both"]},
    }
    settings["mixtures"] = {"both": ["real", "zero-shot"]}
    Path("params.yaml").write_text(yaml.safe_dump(settings))
    assert estimate.split("my-sms-zero-shot") == ("my-sms", "zero-shot")
    assert "no source" in estimate._estimated("generate@my-sms-few_shot")
    assert "'my-sms'" in estimate._estimated("label@my-sms")
    assert "'my-sms'" in estimate._estimated("generate@my-sms-zero-shot")


def test_time_is_that_of_earlier_runs() -> None:
    """Of the stage itself, else the mean of its kind; what never ran is named, not invented."""
    known = {"fetch@a": 1.5, "fetch@b": 2.5, "probe": 10.0}
    assert estimate.time_of(["fetch@c", "probe"], known).startswith("at most 13 s for 2 stages")
    assert estimate.time_of(["probe", "worth"], known).endswith(
        "no run of worth is known on this machine"
    )
    assert estimate.time_of(["worth"], known).startswith("unknown")


def test_reasons_are_one_line_for_a_kind() -> None:
    """Ten stages of a matrix with the same reason do not take ten lines."""
    stages = [Stale(f"fetch@{n}", "fetch modified") for n in range(10)]
    stages += [Stale("probe@p", "train modified"), Stale("worth", ""), Stale("cost", "")]
    assert estimate.reasons(stages) == [
        "fetch (10 of them): fetch modified",
        "probe@p: train modified",
        "and what follows: worth, cost",
    ]


def test_stages_note_how_long_they_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under DVC only; a damaged note is none."""
    monkeypatch.chdir(tmp_path)
    durations.note()
    assert durations.known() == {}
    monkeypatch.setenv("DVC_STAGE", "fetch@imdb")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    durations.note()
    (tmp_path / durations.FOLDER / "worth").write_text("")
    assert list(durations.known()) == ["fetch@imdb"] and durations.known()["fetch@imdb"] > 0
