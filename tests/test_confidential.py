"""Texts of the user's own stay out of Git, whatever is added to it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from stages import fetch, refine
from tests import small_task, test_fetch

ROOT = Path(__file__).parents[1]
KEPT = ("data/.gitignore", "data/own/.gitignore", "data/own/README.md", ".dvcignore")


def run(*command: str) -> str:
    """What a command says; it must succeed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one with what this one ignores, and a task whose texts are under DVC."""
    monkeypatch.chdir(tmp_path)
    for name in KEPT:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes((ROOT / name).read_bytes())
    test_fetch.write(test_fetch.CARD | test_fetch.OWN | {"words": [1, 9]})
    content = small_task.params() | yaml.safe_load(Path("params.yaml").read_text())
    content["refine"] = small_task.REFINE
    content["grid"] |= {"tasks": ["mail"], "sources": ["real", "vendor"], "strategies": []}
    Path("params.yaml").write_text(yaml.safe_dump(content))
    test_fetch.give_files()
    run("git", "init", "-q")
    run("dvc", "init", "-q")
    run("dvc", "add", "-q", "data/own/mail")


def test_no_text_enters_git() -> None:
    """Not the files, nor what fetch and refine make of them, with everything added to Git."""
    fetch.main("mail")
    refine.main()
    assert Path("data/synthetic/mail/vendor.parquet").exists()
    run("git", "add", "-A")
    tracked = run("git", "ls-files").split()
    assert "data/own/mail.dvc" in tracked and "data/tasks/mail.yaml" in tracked
    for name in tracked:
        content = Path(name).read_text().casefold()
        assert "mail number" not in content and "new one" not in content, name
    assert not run("git", "status", "--short", "--untracked-files=all").count("??")
