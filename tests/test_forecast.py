"""The forecast stage on seven tiny tasks, whose gaps and signals are made up."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import forecast
from stages.core import files, paths
from tests import analysis_grid, tiny_grid
from tests.analysis_grid import facts

TASKS = ("cars", "films", "jokes", "moods", "songs", "sports", "topics")
DIM = 6


@pytest.fixture(autouse=True)
def grid(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that are harder from one to the next, and whose zero-shot texts lie farther off."""
    monkeypatch.chdir(tmp_path)
    choose(("real", "zero_shot", "few_shot", "labelled"))
    for place, task in enumerate(TASKS):
        rng = np.random.default_rng(place)
        files.write_lines(({"label": label} for label in tiny_grid.LABELS), paths.labels(task))
        embed(task, "test", 60, rng, paths.real(task))
        for source, far in (("real", 0.0), ("zero_shot", place / 2), ("few_shot", 0.1)):
            embed(task, source, 60, rng, paths.sources(task), far)
        label(task, 40)
    gaps({task: -0.02 * place for place, task in enumerate(TASKS)})
    rank(TASKS)


def choose(sources: Iterable[str]) -> None:
    """Make params.yaml name the tasks and these sources."""
    analysis_grid.choose(TASKS, {"sources": list(sources)})


def embed(
    task: str, name: str, rows: int, rng: np.random.Generator, folder: Any, far: float = 0.0
) -> None:
    """Write texts of two labels and embeddings that tell these apart, `far` from the real ones."""
    codes = np.arange(rows) % 2
    features = rng.normal(size=(rows, DIM))
    features[:, 0] += 3 * codes
    features[:, 1] += far
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    names = [tiny_grid.LABELS[code] for code in codes]
    table = {"id": [f"{name}{row}" for row in range(rows)], "text": "a text", "label": names}
    files.write_table(pd.DataFrame(table), folder / f"{name}.parquet")
    files.write_array(features.astype(np.float16), paths.embeddings(task) / f"{name}.npy")


def label(task: str, count: int) -> None:
    """Write an LLM's labels of so many real texts, every tenth of them wrong."""
    real = files.read_table(paths.sources(task) / "real.parquet").head(count)
    lines = [
        {
            "split": "train",
            "id": name,
            "label": tiny_grid.LABELS[(tiny_grid.LABELS.index(truth) + (place % 10 == 0)) % 2],
            "confidence": 2 + place % 2,
        }
        for place, (name, truth) in enumerate(zip(real["id"], real["label"], strict=True))
    ]
    files.write_lines(lines, paths.labelled(task))


def gaps(of_task: dict[str, float], ways: Iterable[str] = ("zero_shot", "labelled")) -> None:
    """Write the gaps that explain would have found, the same for each way and metric."""
    rows = [
        {"task": task, "model": "probe", "source": way, "metric": metric, "scale": scale}
        | {"gap": gap, "low": gap - 0.01, "high": gap + 0.01}
        for task, gap in of_task.items()
        for way in ways
        for metric in ("accuracy", "macro_f1", "log_loss")
        for scale in ("absolute", "relative")
    ]
    columns = ["task", "model", "source", "metric", "scale", "gap", "low", "high"]
    files.write_table(pd.DataFrame(rows, columns=columns), paths.EXPLAINED / "gaps.parquet")


def rank(tasks: Iterable[str]) -> None:
    """Write the subjectivity of these tasks, one more from one to the next."""
    table = pd.DataFrame({"task": list(tasks)})
    table["subjectivity"] = np.arange(len(table), dtype=float)
    files.write_table(table, paths.EXPLAINED / "ranking.parquet")


def run() -> Any:
    """The facts that the stage finds."""
    forecast.main()
    return facts(paths.forecast())


def test_gaps_that_follow_a_predictor_are_forecast() -> None:
    """Zero-shot texts lie farther off from task to task, and so do the gaps and the votes."""
    found = run()
    assert set(found["ways"]) == {"zero_shot", "labelled"}
    one = found["ways"]["zero_shot"]["accuracy"]
    assert one["tasks"] == 7 and one["level"] == 0.8
    assert set(one["skill"]) == {*forecast.WRITTEN, "all"}
    assert one["skill"]["subjectivity"]["value"] == pytest.approx(1, abs=1e-3)
    assert one["skill"]["pad"]["value"] > 0.5 and one["skill"]["pilot"]["value"] < 1
    assert one["by_all"]["error"] < one["by_mean"]["error"]


def test_signals_are_what_they_say() -> None:
    """Agreement is the LLM's share of right answers; what does not depend on draws is the same."""
    run()
    table = files.read_table(paths.FORECAST / "signals.parquet")
    own = table.query("task == 'cars' and way == 'labelled' and metric == 'accuracy'")
    by = own.groupby("predictor")["value"]
    assert by.mean()["agreement"] == pytest.approx(0.9, abs=0.05)
    assert by.nunique()["agreement"] > 1 and by.nunique()["confidence"] == 1
    assert by.mean()["confidence"] == 2.5
    assert by.mean()["texts_per_label"] == pytest.approx(np.log(20))
    pads = table.query("way == 'zero_shot' and metric == 'accuracy' and predictor == 'pad'")
    of_task = pads.groupby("task")["value"].first()
    assert of_task["cars"] < 0.5 and of_task["topics"] > 1.5


def test_forecasts_stand_beside_what_was_measured() -> None:
    """A row per task, way and metric; the interval holds the forecast."""
    run()
    table = files.read_table(paths.FORECAST / "forecasts.parquet")
    assert len(table) == 7 * 2 * 2
    assert table["forecast"].between(table["low"], table["high"]).all()
    assert table["gap"].between(table["gap_low"], table["gap_high"]).all()


def test_sets_are_ordered() -> None:
    """Two halves of each strategy; every signal in both metrics."""
    found = run()["sets"]
    table = files.read_table(paths.FORECAST / "sets.parquet")
    assert len(table) == 7 * 2 * 2 * 2 and set(table["texts"]) == {30}
    assert set(found["accuracy"]) == set(forecast.SIGNALS)
    assert -1 <= found["macro_f1"]["llm_labels"]["rho"]["value"] <= 1


def test_a_task_without_a_gap_is_forecast() -> None:
    """And has no part in the others' forecasts."""
    gaps({task: -0.02 * place for place, task in enumerate(TASKS[:-1])})
    found = run()["ways"]["zero_shot"]["accuracy"]
    table = files.read_table(paths.FORECAST / "forecasts.parquet")
    row = table.query("task == 'topics' and way == 'zero_shot' and metric == 'accuracy'")
    assert found["tasks"] == 6 and row["gap"].isna().all() and row["forecast"].notna().all()


def test_a_task_that_lacks_a_predictor_is_named() -> None:
    """Too few labels of the LLM: no agreement; the other tasks are forecast."""
    label("moods", 20)
    found = run()["ways"]
    assert found["labelled"]["accuracy"]["lacking"] == {
        "moods": "agreement, confidence, texts_per_label"
    }
    assert found["zero_shot"]["accuracy"]["tasks"] == 6


def test_a_predictor_that_nobody_has_is_left_out() -> None:
    """Without an LLM's labels the others remain."""
    for task in TASKS:
        label(task, 0)
    found = run()["ways"]
    assert found["zero_shot"]["accuracy"]["unknown"] == {"agreement": 0}
    assert set(found["zero_shot"]["accuracy"]["skill"]) == {"pilot", "pad", "subjectivity", "all"}
    assert found["labelled"]["accuracy"]["unknown"] == {
        "agreement": 0,
        "confidence": 0,
        "texts_per_label": 0,
    }


def test_few_tasks_have_no_forecast() -> None:
    """Said in place of a number."""
    gaps(dict.fromkeys(TASKS[:5], -0.1))
    found = run()["ways"]["zero_shot"]["accuracy"]
    assert found["withheld"] == "5 tasks with a gap and all predictors; 6 are needed"
    assert files.read_table(paths.FORECAST / "forecasts.parquet").empty


@pytest.mark.parametrize("sources", [["real"], ["zero_shot"]])
def test_nothing_to_compare(sources: list[str]) -> None:
    """Real texts only, or none: no way, no set, and files that can be read."""
    choose(sources)
    gaps({})
    found = run()
    assert (found["ways"], found["sets"]) == ({}, {})


def test_the_same_bytes_again() -> None:
    """All draws are seeded."""
    run()
    made = sorted(paths.FORECAST.iterdir())
    first = [path.read_bytes() for path in made]
    run()
    assert [path.read_bytes() for path in made] == first
