"""README's tables come from the runs that are kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.tools import keep
from tests import kept_runs


@pytest.fixture
def project(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository with two runs in the place of this one."""
    monkeypatch.chdir(two_runs)
    monkeypatch.setattr(kept_runs, "ROOT", two_runs)
    return two_runs


def cells(table: str) -> list[list[str]]:
    """The cells of a Markdown table's rows, its head and rule left out."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_every_run_has_its_means(project: Path) -> None:
    """A row per source; scores and gaps with the ends that `dvc metrics show` has."""
    keep.main("public", rev="one")
    rows = cells(kept_runs.results())
    settings = yaml.safe_load((project / "params.yaml").read_text())
    names = [source.replace("_shot", "-shot") for source in settings["grid"]["sources"]]
    assert [row[1] for row in rows] == names * 2
    size = settings["train"]["texts_per_label"]
    assert rows[0][0] == f"[the sample corpus, {size} texts per label](plots/pages/table.md)"
    assert (
        rows[len(names)][0]
        == f"[ten public sets, {size} texts per label](metrics/kept/public/table.md)"
    )
    shown = json.loads((project / "metrics/mean_gap/probe.json").read_text())["few_shot"]
    won, lost = re.findall(r"\d+", rows[2][6])[:2]
    assert f"{rows[2][5].replace('−', '-')} {won}W {lost}L" == shown


def test_the_command_repeats_the_run(project: Path) -> None:
    """Said for every run that is kept."""
    keep.main("public", rev="one")
    assert "dvc exp run -S 'train.seeds=[0,1]'" in kept_runs.commands()
    assert str(project) not in kept_runs.commands()


def write_analysis(project: Path, name: str, **analysed: Any) -> None:
    """A kept run with these tasks."""
    folder = project / "metrics" / "kept" / name
    for task, facts in analysed.items():
        path = folder / "details" / "analysis" / f"{task}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts))
    grid = {"tasks": list(analysed), "sources": ["real", "few_shot"]}
    (folder / "params.yaml").write_text(json.dumps({"grid": grid}))


def facts(**slopes: Any) -> Any:
    """What analyze finds of a task whose accuracy has these slopes."""
    agreement = {"items": 1200, "alpha": {"value": 0.5}, "mean_a": {"low": 0.8, "high": 0.9}}
    return {"agreement": agreement, "thresholds": {"items": 100, "slopes": {"probe": slopes}}}


def test_agreement_of_annotators_and_slopes(project: Path) -> None:
    """Real's slopes of both runs; those of synthetic texts beside their difference to real's."""
    real = {"item_slope": {"value": 0.75, "low": 0.5, "high": 1.0, "p": 0.001}}
    few = {**real, "difference": {"item_slope": {"value": -0.25, "low": -0.5, "high": 0.0}}}
    write_analysis(project, "annotated", hate=facts(real=real))
    write_analysis(project, "annotated_synthetic", irony=facts(real=real, few_shot=few))
    slope = "0.75 [0.50, 1.00], p 0.001"
    assert cells(kept_runs.agreement()) == [
        ["hate", "1,200", "0.50", "[0.80, 0.90]", "100", slope, "–"],
        ["irony", "1,200", "0.50", "[0.80, 0.90]", "100", slope, "–"],
    ]
    assert cells(kept_runs.agreement_of_sources()) == [
        ["irony", "few-shot", slope, "−0.25 [−0.50, 0.00]", "–", "–"]
    ]


def test_correlations_of_every_run_stand_beside_each_other(project: Path) -> None:
    """Rho with interval and p-value, and the skill; a dash where there is none."""
    for name, rho in (("public", 0.5), ("public_equal", None)):
        keep.main(name, rev="one")
        numbers: dict[str, float] = {} if rho is None else {"spearman_value": rho}
        numbers |= {"spearman_low": 0.1, "spearman_high": 0.9, "spearman_p": 0.04}
        block = numbers | {"leave_one_out_skill": 0.25}
        found = {"subjectivity": {"probe": {"few_shot": {"accuracy": {"absolute": block}}}}}
        path = project / "metrics" / "kept" / name / "details" / "correlations.json"
        path.write_text(json.dumps(found))
    assert cells(kept_runs.subjectivity()) == [
        ["few-shot", "accuracy", "absolute", "0.50 [0.10, 0.90], p 0.040", "0.25", "–", "–"]
    ]


def test_a_run_that_is_not_kept_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No table, and no error."""
    monkeypatch.setattr(kept_runs, "ROOT", tmp_path)
    assert kept_runs.results() == kept_runs.subjectivity() == kept_runs.NONE
