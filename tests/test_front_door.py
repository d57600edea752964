"""What DVC's own commands print of the default grid: few rows, few columns, no warning."""

import csv
import re
import shlex
from pathlib import Path

import yaml

from stages.core.records import REAL
from tests import pipeline, readme
from tests.two_runs import call

ROWS, WIDTH, COLUMNS, PLOTS = 40, 160, 15, 6


def recipe(start: str) -> list[str]:
    """The command of README that begins with `start`, as words."""
    found = re.search(rf"`({start}[^`]*)`", readme.read(readme.README))
    assert found
    return shlex.split(found.group(1))


def test_metrics_diff_tells_the_story_in_few_rows(two_runs: Path) -> None:
    """Even `--all` prints no more: verdict, means, and a number per task and source."""
    lines = call(two_runs, "dvc", "metrics", "diff", "--all", "one", "two").splitlines()
    grid = yaml.safe_load((pipeline.ROOT / "params.yaml").read_text())["grid"]
    tasks = [line for line in lines if line.startswith("metrics/tasks/")]
    assert len(lines) - 1 <= ROWS
    assert len(tasks) == len(grid["tasks"]) * len({*grid["sources"]} - {REAL})
    for name in ("verdict", "mean_score", "mean_gap"):
        assert any(line.startswith(f"metrics/{name}") for line in lines)


def test_metrics_diff_is_empty_where_nothing_changed(two_runs: Path) -> None:
    """No row, and no warning."""
    assert call(two_runs, "dvc", "metrics", "diff", "two").strip() == ""


def test_metrics_show_fits_a_terminal(two_runs: Path) -> None:
    """A row per file, a column per source, and no warning above them."""
    lines = call(two_runs, "dvc", "metrics", "show").splitlines()
    assert lines[0].split() == ["Path", "few_shot", "labelled", "real", "verdict", "zero_shot"]
    assert max(map(len, lines)) <= WIDTH


def test_experiments_have_few_columns(two_runs: Path) -> None:
    """README's recipe leaves what decides, and the params that differ."""
    command = [*recipe("dvc exp show"), "--csv", "--rev", "two", "--num", "2"]
    header, *rows = csv.reader(call(two_runs, *command).splitlines())
    told = header[header.index("Created") + 1 :]
    assert len(rows) == 3  # the workspace and both commits
    assert len(told) <= COLUMNS
    assert "train.seeds" in told
    assert sum(name.startswith("metrics/mean_gap/") for name in told) == 3
    assert not any(name.startswith(("data", "stages", "metrics/tasks")) for name in told)


def test_experiments_diff_shows_metrics_and_changed_params(two_runs: Path) -> None:
    """The rows of `dvc metrics diff`, and one per param."""
    metrics, params = call(two_runs, "dvc", "exp", "diff", "one", "two").split("\n\n")
    assert len(metrics.splitlines()) - 1 <= ROWS
    assert len(params.splitlines()) == 2


def test_few_stages_have_metrics() -> None:
    """The verdict, and the roll-up; what other stages find stands in its details."""
    stages = pipeline.declared().items()
    assert [name for name, stage in stages if "metrics" in stage] == ["verdict", "summarize"]


def test_few_plots_are_compared() -> None:
    """What `dvc plots diff` draws: the series of dvc.yaml, not the drawn figures."""
    stages = pipeline.declared().values()
    top = yaml.safe_load((pipeline.ROOT / "dvc.yaml").read_text()).get("plots", [])
    assert len(top) + sum(len(stage.get("plots", [])) for stage in stages) <= PLOTS


def test_a_changed_prompt_is_a_row_of_params_diff(two_runs: Path) -> None:
    """Of a strategy's prompt file, and of a task's card."""
    card = next(two_runs.glob("data/tasks/*.yaml"))
    changed = {two_runs / "data/prompts/zero_shot.yaml": "system", card: "title"}
    before = {path: path.read_text() for path in changed}
    for path, key in changed.items():
        path.write_text(yaml.safe_dump(yaml.safe_load(before[path]) | {key: "another"}))
    _, *rows = call(two_runs, "dvc", "params", "diff").splitlines()
    for path, text in before.items():
        path.write_text(text)
    told = {tuple(row.split()[:2]) for row in rows}
    assert told == {(str(path.relative_to(two_runs)), key) for path, key in changed.items()}
