"""The repository with two runs as the current folder."""

import shutil
from pathlib import Path

import pytest

from tests.pipeline import ROOT


@pytest.fixture
def project(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commits `one` and `two`; commands leave kept runs there, and nothing else."""
    monkeypatch.chdir(two_runs)
    return two_runs


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the files of the default grid that a run reads and no stage made."""
    for name in ("params.yaml", "data/tasks", "data/prompts"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    for name in ("recorded", "sample"):
        (tmp_path / "data" / name).symlink_to(ROOT / "data" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
