"""A repository with two runs, for the commands that read them."""

from pathlib import Path

import pytest

from tests import two_runs


@pytest.fixture(scope="package")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commits `one` and `two`, made once."""
    folder = tmp_path_factory.mktemp("runs")
    two_runs.write(folder)
    return folder


@pytest.fixture
def project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository as the current folder."""
    monkeypatch.chdir(repository)
    return repository
