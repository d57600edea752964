"""Three tasks with sources of their own in one grid, from the first stage to the pages."""

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from stages.core import files, paths
from tests.classifiers import toy
from tests.pipeline import ROOT, declared, module_of

STUDY, ALONE, READY = "relation", "mini", "bought"  # the sample's, real texts only, with ready ones
SOURCES = ["real", "zero_shot", "few_shot", "labelled"]
OWN = {STUDY: SOURCES, ALONE: ["real"], READY: ["real", "gpt4"]}
CARD: dict[str, Any] = {
    "labels": {"fruit": "what one eats", "tool": "what one works with"},
    "own": {"train": {"file": "train.csv"}, "test": {"file": "test.csv"}},
}


def _files(task: str, **counts: int) -> None:
    """Toy texts as CSV files of a user."""
    for seed, (name, count) in enumerate(counts.items()):
        texts, labels = toy.texts(count, seed + 10 * len(task))
        path = Path("data/own", task, f"{name}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"text": texts, "label": labels}).to_csv(path, index=False)


def _params() -> dict[str, Any]:
    """Those of the repository, of these tasks and quick."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    content["grid"] |= {"tasks": list(OWN), "sources": [*SOURCES, "gpt4"], "sources_of": OWN}
    content["train"]["seeds"] = [0, 1]
    content["curves"] |= {"sizes": 3, "draws": 3}
    content["combine"]["draws"] = 2
    for section in content.values():
        if isinstance(section, dict) and "resamples" in section:
            section["resamples"] = 100
    return content


def _run(content: dict[str, Any]) -> None:
    """Run the pipeline as dvc.yaml declares it."""
    grid = content["grid"]
    filled = {"task": grid["tasks"], "strategy": grid["strategies"], "model": grid["probes"]}
    for stage in declared().values():
        main, axes = import_module(module_of(stage["cmd"])).main, stage.get("matrix", {})
        if "source" in axes:  # of models that read texts; here there are none
            continue
        arguments: list[tuple[str, ...]] = [()]
        for axis in axes:
            arguments = [(*some, name) for some in arguments for name in filled[axis]]
        for some in arguments:
            main(*some, *((None, None) if "model" in axes else ()))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the three tasks."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("sample", "recorded", "prompts", "votes", "tasks"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    shutil.copy(ROOT / paths.PAPER, folder / paths.PAPER)
    content = _params()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _files(ALONE, train=60, test=40)
        _files(READY, train=60, test=40, gpt4=50)
        ready = {"gpt4": {"file": "gpt4.csv", "by": "GPT-4, a vendor"}}
        for task, card in ((ALONE, CARD), (READY, CARD | {"ready": ready})):
            files.write_text(yaml.safe_dump(card, sort_keys=False), paths.card(task))
        files.write_text(yaml.safe_dump(content, sort_keys=False), Path("params.yaml"))
        _run(content)
    return folder


@pytest.mark.parametrize("task", OWN)
def test_a_task_has_results_of_its_own_sources_only(project: Path, task: str) -> None:
    """Texts, scores, learning curves and worth; ready texts among them like written ones."""
    tables = (project / paths.sources(task)).glob("*.parquet")
    assert {path.stem for path in tables} == set(OWN[task])
    found = files.read_json(project / paths.evaluated(task))
    assert set(found["scores"]["probe"]) == set(OWN[task])
    assert set(found["gaps"]["probe"]) == set(OWN[task]) - {"real"}
    arrays = files.read_arrays(project / paths.curves(task))
    assert {name.split("/")[0] for name in arrays} == set(OWN[task])
    worth = files.read_json(project / paths.worth(task)).get("sources", {})
    assert set(worth) == set(OWN[task]) - {"real"}


def test_no_llm_is_asked_for_a_task_that_needs_none(project: Path) -> None:
    """Its replies are empty, though no card of it has prompts and nothing is recorded."""
    for task in (ALONE, READY):
        for strategy in ("zero_shot", "few_shot"):
            assert (project / paths.replies(task, strategy)).read_bytes() == b""
    assert (project / paths.replies(STUDY, "zero_shot")).stat().st_size


def test_means_are_over_the_tasks_that_have_the_source(project: Path) -> None:
    """Two tasks have something beside real texts, each another; three have real ones."""
    found = files.read_json(project / paths.DETAILS / "summary.json")["means"]["probe"]
    tasks = {source: found[source]["accuracy"]["score"]["tasks"] for source in found}
    assert tasks == {"real": 3, "zero_shot": 1, "few_shot": 1, "labelled": 1, "gpt4": 1}


def test_pages_have_empty_cells_and_say_so(project: Path) -> None:
    """A row for each task; a mean says over how many tasks; ready texts stand with their author."""
    page = next((project / paths.PLOTS).rglob("table.md")).read_text()
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {ALONE} ")][:1]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[3] and not any(cells[5:])
    assert "of 1 task" in page and "Not every task has every source" in page
    assert "GPT-4, a vendor" in page
