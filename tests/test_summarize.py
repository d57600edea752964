"""The summarize stage: from metrics to the summary, the tables and the figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import evaluate, summarize
from stages.core import files, paths
from stages.core.errors import UserError
from tests import tiny_grid

PLOTS = ("table.md", "table.svg", "gaps.json", "gaps.svg", "training_curves.json")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is empty."""
    monkeypatch.chdir(tmp_path)


def summarized(**grid: Any) -> dict[str, Any]:
    """Write, evaluate and summarize a tiny grid with some keys replaced; the summary."""
    content = tiny_grid.params(grid)
    tiny_grid.write(content)
    for task in content["grid"]["tasks"]:
        evaluate.main(task)
    summarize.main()
    found: dict[str, Any] = json.loads((paths.METRICS / "summary.json").read_text())
    return found


def test_the_summary_rolls_up_the_tasks() -> None:
    """Means are means of the tasks' scores; gaps carry corrected p-values; counts are carried."""
    found = summarized()
    tasks = found["probe"]["tasks"]
    scores = [tasks[task]["zero_shot"]["accuracy"] for task in tiny_grid.TASKS]
    mean = found["probe"]["mean"]["zero_shot"]
    assert mean["accuracy"] == pytest.approx(sum(scores) / 2, abs=1e-4)
    assert mean["gap"]["accuracy"]["low"] < mean["gap"]["accuracy"]["difference"] < 0
    raw = json.loads(paths.evaluated("moods").read_text())["probe"]["zero_shot"]["gap"]["accuracy"]
    assert tasks["moods"]["zero_shot"]["gap"]["accuracy"]["p_holm"] >= raw["p"]
    assert found["origin"] == "sample"
    assert found["counts"]["moods"] == {
        "test": 30,
        "zero_shot": {"kept": 38, "replies": 4, "texts": 40},
        "few_shot": {"kept": 38, "replies": 4, "texts": 40},
    }


def test_table_and_figures_are_written() -> None:
    """Every output that DVC expects is there; the table says what its numbers rest on."""
    summarized()
    assert all((paths.PLOTS / name).exists() for name in PLOTS)
    text = (paths.PLOTS / "table.md").read_text()
    assert "no evidence about texts that people write" in text
    assert "recorded replies of a language model" in text
    assert "95 % bootstrap interval over test texts (200 draws)" in text
    assert "BERT" not in text  # the paper has none of these tasks
    series = json.loads((paths.PLOTS / "gaps.json").read_text())
    assert [row["what"] for row in series[:2]] == [
        "moods, zero_shot, probe",
        "moods, few_shot, probe",
    ]


def test_the_papers_numbers_stand_beside_its_tasks() -> None:
    """Only those that are confirmed, with the citation."""
    summarized(tasks=["ag_news", "sarcasm_news"])
    text = (paths.PLOTS / "table.md").read_text()
    assert "| ag_news | BERT, the paper | 95.3 | 89.3 | 91.6 |" in text
    assert "| sarcasm_news | BERT, the paper | 90.3 | 51.2 | – |" in text
    assert "arXiv 2310.07849" in text


def test_summarizing_twice_writes_the_same_bytes() -> None:
    """Figures too."""
    summarized()
    names = [paths.METRICS / "summary.json", *(paths.PLOTS / name for name in PLOTS)]
    first = [path.read_bytes() for path in names]
    summarize.main()
    assert [path.read_bytes() for path in names] == first


def test_without_models_in_steps_the_curves_are_empty() -> None:
    """An empty series, and a figure that says why."""
    summarized()
    assert json.loads((paths.PLOTS / "training_curves.json").read_text()) == []
    assert (paths.PLOTS / "training_curves.svg").exists()


def test_curves_of_the_grid_are_collected() -> None:
    """Each row says task, source, model and seed."""
    tiny_grid.write(tiny_grid.params())
    tiny_grid.learn("topics", "real", "probe", [0, 1], steps=3)
    for task in tiny_grid.TASKS:
        evaluate.main(task)
    summarize.main()
    rows = json.loads((paths.PLOTS / "training_curves.json").read_text())
    assert len(rows) == 6
    assert rows[0] == {
        **{"task": "topics", "source": "real", "model": "probe", "seed": 0, "step": 10},
        **{"train_loss": 1.0, "validation_loss": 1.09, "validation_macro_f1": 0.3},
    }


def test_a_mixture_gets_the_mixing_table() -> None:
    """Few real texts, synthetic ones, and both together."""
    summarized(sources=[*tiny_grid.SOURCES, "real_pool", "augmented"])
    text = (paths.PLOTS / "table.md").read_text()
    assert "## probe: trained on few real texts, on synthetic ones, on both together" in text
    assert "| few-shot accuracy | few-shot macro-F1 | real pool accuracy |" in text


def test_a_grid_without_real_has_no_gaps() -> None:
    """Series and table are there, without gaps, and say so."""
    found = summarized(sources=["few_shot"])
    assert "gap" not in found["probe"]["mean"]["few_shot"]
    assert json.loads((paths.PLOTS / "gaps.json").read_text()) == []
    assert "No gaps" in (paths.PLOTS / "table.md").read_text()


def test_a_smaller_grid_leaves_stale_files_alone() -> None:
    """What lies there of a task that is no longer in the grid is not read."""
    summarized()
    found = summarized(tasks=["topics"])
    assert set(found["probe"]["tasks"]) == {"topics"}


def test_metrics_that_lack_a_source_are_refused() -> None:
    """One line says which; the old summary stays."""
    summarized()
    before = (paths.METRICS / "summary.json").read_bytes()
    content = json.loads(paths.evaluated("topics").read_text())
    del content["probe"]["few_shot"]
    files.write_json(content, paths.evaluated("topics"))
    with pytest.raises(UserError, match=r"1 are missing, first \('probe', 'few_shot'\)"):
        summarize.main()
    assert (paths.METRICS / "summary.json").read_bytes() == before


def test_absent_metrics_are_named() -> None:
    """The file, and the command that makes it."""
    tiny_grid.write(tiny_grid.params())
    with pytest.raises(UserError, match=r"expected metrics/evaluate/moods\.json, found none"):
        summarize.main()
