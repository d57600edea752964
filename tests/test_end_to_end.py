"""The whole pipeline on two tasks of the sample corpus, as its users run it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.pipeline import ROOT

TASKS = ["relation", "sms_spam"]


def run(folder: Path, *command: str) -> str:
    """Run a command in `folder` and return what it prints; its failure shows all of that."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def stages_run(output: str) -> set[str]:
    """The names of the stages that `dvc repro` says it ran."""
    return {name.split("@")[0] for name in re.findall(r"Running stage '([^']+)'", output)}


def set_params(folder: Path, **changes: object) -> None:
    """Set dotted keys (`__` for the dot) in the params.yaml of `folder`."""
    path = folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    for key, value in changes.items():
        *parents, last = key.split("__")
        section = params
        for parent in parents:
            section = section[parent]
        section[last] = value
    path.write_text(yaml.safe_dump(params))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the working tree's files and two tasks, reproduced and committed."""
    folder = fresh(tmp_path_factory.mktemp("project"))
    set_params(folder, grid__tasks=TASKS, train__seeds=[0, 1])
    for command in ("dvc repro", "git add -A", "git commit -qm first"):
        run(folder, *command.split())
    return folder


def fresh(parent: Path) -> Path:
    """A repository with the working tree's files and nothing that a run makes."""
    folder = parent / "synthworth"
    listed = run(ROOT, "git", "ls-files", "-co", "--exclude-standard").splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for made in ("dvc.lock", "metrics", "plots"):
        run(folder, "rm", "-rf", made)
    for command in (
        "git init -q -b main",
        "git config user.name tester",
        "git config user.email tester@example.invalid",
    ):
        run(folder, *command.split())
    return folder


def test_summary_has_each_task_and_source(project: Path) -> None:
    """Scores of all tasks and sources, within 0 and 1, and what is made of them."""
    for task in TASKS:
        scores = json.loads((project / f"data/evaluated/{task}.json").read_text())
        for source in ("real", "zero_shot", "few_shot"):
            assert 0 <= scores["scores"]["probe"][source]["accuracy"]["mean"] <= 1
    assert (project / "metrics/mean_gap/probe.json").exists()
    assert (project / "plots/pages/table.md").exists()


def test_repeating_runs_nothing(project: Path) -> None:
    """A second `dvc repro` finds everything up to date."""
    assert stages_run(run(project, "dvc", "repro")) == set()


def test_a_model_param_reruns_its_training_and_what_follows(project: Path) -> None:
    """Changing C on a branch reruns training and scores; `dvc metrics diff` shows the change."""
    run(project, "git", "checkout", "-qb", "stronger")
    set_params(project, models__probe__c=100.0)
    ran = stages_run(run(project, "dvc", "repro"))
    assert {"probe", "evaluate", "summarize", "report"} <= ran
    assert not ran & {"fetch", "generate", "refine", "screen", "embed", "train"}
    run(project, "git", "commit", "-qam", "stronger probe")
    diff = json.loads(run(project, "dvc", "metrics", "diff", "--json", "main", "stronger"))
    assert "metrics/mean_score/probe.json" in diff
    run(project, "git", "checkout", "-q", "main")
    run(project, "dvc", "checkout", "-q")


def test_a_clone_pulls_all_and_runs_nothing(project: Path, tmp_path: Path) -> None:
    """After `dvc push` and, in a clone, `dvc pull` from a folder remote, nothing is left to do."""
    run(project, "dvc", "remote", "add", "-q", "-f", "-d", "shared", str(tmp_path / "remote"))
    run(project, "dvc", "push", "-q")
    clone = tmp_path / "clone"
    run(tmp_path, "git", "clone", "-q", str(project), str(clone))
    run(clone, "dvc", "remote", "add", "-q", "-f", "-d", "shared", str(tmp_path / "remote"))
    run(clone, "dvc", "pull", "-q")
    assert stages_run(run(clone, "dvc", "repro")) == set()


def test_a_panel_s_labels_are_analysed_as_a_proxy(project: Path) -> None:
    """A written panel file takes the place of a task's annotations; only what follows runs."""
    texts = map(json.loads, (project / "data/sample/sms_spam.jsonl").read_text().splitlines())
    rows = [
        f"{text['id']},{who},{text['label'] if (place + far) % 3 else 'ham'}"
        for place, text in enumerate(text for text in texts if text["split"] == "test")
        for far, who in enumerate(("plain", "young", "old"))
    ]
    folder = project / "data/annotations/sms_spam"
    folder.mkdir()
    (folder / "trio.csv").write_text("\n".join(["item,annotator,label", *rows]) + "\n")
    (folder / "trio.json").write_text('{"kind": "panel"}')
    set_params(project, analyze__annotations="trio")
    ran = stages_run(run(project, "dvc", "repro"))
    assert ran == {"check", "analyze", "explain", "summarize", "report"}
    page = (project / "plots/pages/agreement.md").read_text()
    assert "Annotators of sms_spam: LLM panel trio: a proxy for people." in page


def test_a_fresh_clone_runs_without_strategies(tmp_path: Path) -> None:
    """With `grid.strategies: []` no text is asked for, and the real texts are a source."""
    folder = fresh(tmp_path)
    set_params(folder, grid__tasks=TASKS[:1], grid__sources=["real"], grid__strategies=[])
    assert stages_run(run(folder, "dvc", "repro", "screen")) == {
        "check",
        "edit",
        "fetch",
        "grid",
        "label",
        "refine",
        "screen",
    }
    made = sorted(path.name for path in (folder / "data/sources" / TASKS[0]).iterdir())
    assert made == ["real.parquet"]
