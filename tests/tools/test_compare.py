"""Two runs side by side: what moved, and what is noise."""

import json
import re
from pathlib import Path

import pytest

from stages.core import paths
from stages.core.errors import UserError
from stages.tools import compare, keep
from tests import two_runs


def printed(capsys: pytest.CaptureFixture[str], *revisions: str, **options: bool | str) -> str:
    """What the command prints."""
    compare.main(*revisions, **options)  # type: ignore[arg-type]
    return capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_two_revisions(capsys: pytest.CaptureFixture[str]) -> None:
    """Means first, then tasks; scores and gaps with change, noise and mark; what the noise is."""
    shown = printed(capsys, "one", "two")
    lines = shown.splitlines()
    assert "train.seeds=[2,3]" in lines[0]
    assert re.fullmatch(r"Moved by more than their noise: \d+ of \d+ numbers.", lines[1])
    assert lines[3] == "probe, macro_f1"
    assert lines[5].split() == ["source", "one", "two", "change", "noise"]
    assert [line.split()[:5] for line in lines[6:13:6]] == [
        ["mean", "of", "10", "real", "score"],
        ["mean", "of", "10", "labelled", "gap"],
    ]
    assert lines[13].startswith("ag_news")
    assert "as if the two runs were independent" in " ".join(shown.split())  # nothing is cached
    assert "Noise: half the width of the 95 % interval" in " ".join(shown.split())


@pytest.mark.usefixtures("project")
def test_the_numbers_are_those_of_the_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    """Old, new and their difference."""
    rows = [line.split() for line in printed(capsys, "one", "two", task="humor").splitlines()]
    (row,) = [row for row in rows if row[:3] == ["humor", "few_shot", "gap"]]
    new = json.loads(Path("metrics/tasks/probe/humor.json").read_text())["few_shot"]
    assert float(row[4]) == new
    assert float(row[5]) == pytest.approx(float(row[4]) - float(row[3]), abs=0.11)


@pytest.mark.usefixtures("project")
def test_the_workspace_is_compared_with_head(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to say where it is as committed; all of it on demand."""
    assert printed(capsys) == "Nothing changed between HEAD and workspace.\n"
    everything = printed(capsys, every=True)
    assert (
        "probe, accuracy" in everything
        and "probe, macro_f1" in everything
        and "probe, ece" in everything
    )
    assert everything.count("unchanged") == 4 * (7 + 10 * 7)


@pytest.mark.usefixtures("project")
def test_markdown_for_a_comment(capsys: pytest.CaptureFixture[str]) -> None:
    """A table with numbers to the right."""
    shown = printed(capsys, "one", "two", markdown=True)
    assert "|  | source |  | one | two | change | noise |  |" in shown
    assert "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |" in shown


def test_other_test_texts_are_not_compared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the task nor the means, which it is part of."""
    path = project / paths.DETAILS / "scores" / "humor.json"
    before = path.read_text()
    path.write_text(before.replace("test:30.", "test:31."))
    try:
        rows = printed(capsys, every=True).splitlines()
    finally:
        path.write_text(before)
    marks = [row for row in rows if row.startswith("humor")]
    assert all(row.endswith("not comparable: other test texts") for row in marks)
    means = [row for row in rows if row.startswith("mean")]
    assert all(row.endswith("not comparable: other tasks or test texts") for row in means)
    assert any(row.endswith("unchanged") for row in rows)


@pytest.mark.usefixtures("project")
def test_a_kept_run_is_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Its folder takes the place of a revision."""
    keep.main("first", rev="one")
    assert "moved" in printed(capsys, "metrics/kept/first", "two")
    assert "Nothing changed" in printed(capsys, "metrics/kept/first", "one")


@pytest.mark.usefixtures("project")
def test_unknown_runs_and_tasks_are_refused() -> None:
    """With one line."""
    with pytest.raises(UserError, match="unknown Git revision 'nowhere'; name a branch"):
        compare.main("nowhere")
    with pytest.raises(UserError, match="no task 'weather' in either run"):
        compare.main(task="weather")


def test_it_runs_as_a_command(project: Path) -> None:
    """`--help` says what it does."""
    shown = two_runs.call(project, "python", "-m", "stages.tools.compare", "--help")
    assert "Show which scores and gaps moved between two runs" in shown
