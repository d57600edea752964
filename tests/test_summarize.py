"""The summarize stage: from what the others found to metrics."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from stages import evaluate, summarize
from stages.core import files, paths
from stages.core.errors import UserError
from tests import tiny_grid


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is empty."""
    monkeypatch.chdir(tmp_path)


def summarized(leading: str = "accuracy", **grid: Any) -> None:
    """Write, evaluate and summarize a tiny grid with keys replaced."""
    content = tiny_grid.params(grid, summarize={"metric": leading})
    tiny_grid.write(content)
    evaluated(content["grid"]["tasks"])
    summarize.main()


def evaluated(tasks: Iterable[str]) -> None:
    """All that summarize reads of the tasks."""
    tiny_grid.explain(tasks)
    evaluate.main()


def metric(*parts: str) -> Any:
    """What a file below metrics/ holds."""
    return files.read_json(paths.METRICS.joinpath(*parts))


def test_the_headline_is_keyed_by_source() -> None:
    """Mean score and gap with their ends, outcomes, and the gap of each task."""
    summarized()
    tasks = {task: metric("tasks", "probe", f"{task}.json") for task in tiny_grid.TASKS}
    means = metric("mean_gap", "probe.json")
    assert set(metric("mean_score", "probe.json")) == set(tiny_grid.SOURCES)
    assert set(means) == {"zero_shot", "few_shot"}
    for source, shown in means.items():
        mean = sum(gaps[source] for gaps in tasks.values()) / len(tasks)
        assert float(shown.split()[0]) == pytest.approx(mean, abs=0.11)
    assert means["zero_shot"].endswith(" 0W 2L")


def test_tasks_whose_numbers_go_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that brings back what Git has of them; without Git nothing is said."""
    summarized(tasks=["moods", "topics"])
    assert "any more" not in capsys.readouterr().out
    for command in (["init", "-q"], ["add", "metrics"]):
        subprocess.run(["git", *command], check=True)
    summarized(tasks=["topics"])
    said = capsys.readouterr().out
    assert "; none of moods any more, not in this grid: `git restore params.yaml dvc.lock" in said
    assert not (paths.DETAILS / "scores" / "moods.json").exists()


def test_the_metric_that_leads_is_a_param() -> None:
    """Macro-F1 differs from accuracy where the two labels are not guessed equally well."""
    summarized()
    accuracy = metric("mean_score", "probe.json")
    summarized("macro_f1")
    assert metric("mean_score", "probe.json") != accuracy


def test_every_model_has_files_of_its_own() -> None:
    """A second model adds files and leaves the first one's as they are."""
    summarized()
    before = metric("mean_score", "probe.json")
    summarized(models=["details"])
    assert metric("mean_score", "probe.json") == before
    assert metric("mean_score", "details.json").keys() == before.keys()


def test_details_hold_all_numbers() -> None:
    """What the stages before have found, as it is, and the means with their errors."""
    summarized()
    for task in tiny_grid.TASKS:
        assert metric("details", "scores", f"{task}.json") == files.read_json(paths.evaluated(task))
        refined = metric("details", "texts", f"{task}.json")["strategies"]
        assert refined["few_shot"]["kept"] == 38
    correlations = metric("details", "correlations.json")["subjectivity"]["probe"]["few_shot"]
    assert correlations["accuracy"]["absolute"] == {"spearman_p": 0.5}
    found = metric("details", "summary.json")["means"]["probe"]["zero_shot"]["accuracy"]
    assert found["gap"]["low"] < found["gap"]["value"] < found["gap"]["high"]


def test_cost_is_what_the_endpoint_counted() -> None:
    """Tokens times price, over tasks; a mixture costs what its parts cost; recorded: not known."""
    content = tiny_grid.params({"sources": [*tiny_grid.SOURCES, "augmented"]})
    tiny_grid.write(content)
    evaluated(tiny_grid.TASKS)
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 500_000}
    for task in tiny_grid.TASKS:
        tiny_grid.answer(task, "few_shot", {"provider": "openai", "model": "m-001", "usage": usage})
    summarize.main()
    assert metric("cost_usd.json") == {"few_shot": 4.0, "augmented": 4.0}


def test_labels_of_train_texts_cost_what_was_counted() -> None:
    """Those of test texts are no part of the source; without a price there is no row."""
    summarized(sources=[*tiny_grid.SOURCES, "labelled"])
    for task in tiny_grid.TASKS:
        tiny_grid.label(task, 1, train=5, model="m", prompt_tokens=100_000, completion_tokens=0)
    summarize.main()
    assert metric("cost_usd.json") == {"labelled": 2 * 5 * 0.1}
    tiny_grid.label("moods", 1, model="another", prompt_tokens=9, completion_tokens=1)
    summarize.main()
    assert metric("cost_usd.json") == {}


def test_summarizing_twice_writes_the_same_bytes() -> None:
    """Figures too."""
    summarized()
    names = [*paths.METRICS.rglob("*.json")]
    first = [path.read_bytes() for path in names]
    summarize.main()
    assert [path.read_bytes() for path in names] == first


def test_a_grid_without_real_has_no_gaps() -> None:
    """Series and table are there, without gaps, and say so."""
    summarized(sources=["few_shot"])
    assert metric("mean_gap", "probe.json") == {}


def test_a_smaller_grid_leaves_no_metrics_behind() -> None:
    """Tasks and models that left the grid would else stay in `dvc metrics diff`."""
    summarized(models=["other"])
    summarized(tasks=["topics"])
    names = {path.relative_to(paths.METRICS).as_posix() for path in paths.METRICS.rglob("*.json")}
    assert "tasks/probe/topics.json" in names and "details/scores/topics.json" in names
    assert not names & {"tasks/probe/moods.json", "tasks/other/topics.json", "mean_gap/other.json"}
    assert "details/scores/moods.json" not in names


def test_metrics_that_lack_a_source_are_refused() -> None:
    """One line says which; the old summary stays."""
    summarized()
    before = (paths.DETAILS / "summary.json").read_bytes()
    content = json.loads(paths.evaluated("topics").read_text())
    del content["scores"]["probe"]["few_shot"]
    files.write_json(content, paths.evaluated("topics"))
    with pytest.raises(UserError, match=r"1 are missing, first \('probe', 'few_shot'\)"):
        summarize.main()
    assert (paths.DETAILS / "summary.json").read_bytes() == before


def test_absent_metrics_are_named() -> None:
    """The file, and the command that makes it."""
    tiny_grid.write(tiny_grid.params())
    with pytest.raises(UserError, match=r"expected data/evaluated/moods\.json, found none"):
        summarize.main()
