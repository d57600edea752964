"""The repository with two runs as the current folder."""

from pathlib import Path

import pytest


@pytest.fixture
def project(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commits `one` and `two`; commands leave kept runs there, and nothing else."""
    monkeypatch.chdir(two_runs)
    return two_runs
