"""A repository with two commits, `one` and `two`: the default grid's metrics, all of them other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages import evaluate, summarize
from stages.core import files, paths
from tests import tiny_grid
from tests.pipeline import ROOT


def call(folder: Path, *command: str, width: int = 400) -> str:
    """Run a command in `folder`; what it prints on standard output and error."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": str(width)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def write(folder: Path) -> None:
    """Make the repository of the committed dvc.yaml and params.yaml in `folder`."""
    prompts = "data/prompts/zero_shot.yaml"
    for name in ("dvc.yaml", "dvc.lock", ".dvc/config", ".gitignore", "data/.gitignore", prompts):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    call(folder, "git", "init", "-q", "-b", "main")
    call(folder, "git", "config", "user.name", "tester")
    call(folder, "git", "config", "user.email", "tester@example.invalid")
    for name, seeds in (("one", range(2)), ("two", range(2, 4))):
        content["train"]["seeds"] = list(seeds)
        _run(folder, content, seeds)
        call(folder, "git", "add", "-A")
        call(folder, "git", "commit", "-qm", name)
        call(folder, "git", "tag", name)


def _run(folder: Path, content: dict[str, Any], seeds: range) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        tiny_grid.write(content, seeds=seeds)
        tiny_grid.explain(content["grid"]["tasks"])
        evaluate.main()
        summarize.main()
        files.write_json({"verdict": f"{10 - seeds.start} undecided"}, paths.VERDICT)
        files.write_text("# Scores\n\n![gaps](../figures/gaps.svg)\n", paths.PAGES / "table.md")
        files.write_text("<svg/>\n", paths.FIGURES / "gaps.svg")
