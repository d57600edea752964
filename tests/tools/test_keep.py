"""Runs kept for README."""

import json
from pathlib import Path

import pytest

from stages.core import paths
from stages.core.errors import UserError
from stages.tools import keep
from tests import two_runs


def files_in(folder: Path) -> set[str]:
    """Relative paths."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_run_is_kept_with_its_pages(project: Path) -> None:
    """All numbers, the pages, the params, and how to repeat it from the committed params."""
    keep.main("first", rev="one", before="cp -r a b")
    folder = project / paths.KEPT / "first"
    names = files_in(folder)
    details = {f"details/{name}" for name in files_in(project / paths.DETAILS)}
    assert names >= {"params.yaml", "run.json", "table.md", "figures/gaps.svg", *details}
    assert "](figures/gaps.svg)" in (folder / "table.md").read_text()
    record = json.loads((folder / "run.json").read_text())
    assert record["command"] == "cp -r a b && dvc exp run -S 'train.seeds=[0,1]'"
    assert record["code"] == two_runs.call(project, "git", "rev-parse", "one").strip()
    assert record["by"] == "tester"


def test_keeping_again_replaces(project: Path) -> None:
    """Nothing of the run kept before stays."""
    keep.main("again", rev="one")
    stale = project / paths.KEPT / "again" / "details" / "scores" / "gone.json"
    stale.write_text("{}")
    keep.main("again")
    assert not stale.exists()
    assert json.loads((stale.parents[2] / "run.json").read_text())["command"] == "dvc repro"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden"])
def test_a_name_is_that_of_a_folder(name: str) -> None:
    """It stays inside metrics/kept."""
    with pytest.raises(UserError, match="expected the name of a folder"):
        keep.main(name)
