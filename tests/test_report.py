"""The report stage: every page and figure of tiny grids, from what the other stages wrote."""

import json
from pathlib import Path

import pytest
import yaml

from stages import analyze, browse, combine, evaluate, explain, forecast, report
from stages.core import files, paths
from stages.rendering.content.facts import Paper
from stages.rendering.pages import results, scores
from tests import analysis_grid, pipeline, tiny_grid
from tests.analysis_grid import FIVE, facts
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

PAGES = (
    *("verdict", "table", "ways", "worth", "cost", "subjectivity", "forecast", "agreement"),
    *("texts", "mixtures", "datasets", "generators"),
)
FIGURES = (
    *("gaps", "scores", "ranking", "subjectivity", "agreement", "texts", "similarity"),
    *("worth", *(f"curves_{task}" for task in FIVE)),
    *("cost", *(f"cost_{task}" for task in FIVE)),
)
PAPER = pipeline.ROOT / paths.PAPER


@pytest.fixture(autouse=True)
def paper(five_tasks: None) -> None:
    """The paper's accuracies, and worth, lie in the folder of five tasks."""
    for task in FIVE:
        files.write_json(toy.worth(), paths.worth(task))
        files.write_record(toy.verdict(), paths.verdict(task), 6)
    files.write_text(PAPER.read_text(encoding="utf-8"), paths.PAPER)
    for name in ("zero_shot", "few_shot", "label"):
        files.write_text("request: |-\n  Write {k} texts.\n", paths.prompts(name))


def reported() -> dict[str, str]:
    """The pages of the grid, by name."""
    explain.main()
    combine.main()
    forecast.main()
    browse.main()
    report.main()
    return {path.stem: path.read_text(encoding="utf-8") for path in paths.PAGES.glob("*.md")}


def drawn() -> set[str]:
    """The figures that were drawn."""
    return {path.stem for path in paths.FIGURES.iterdir()}


def series(name: str) -> list[dict[str, object]]:
    """The numbers behind a figure."""
    found: list[dict[str, object]] = json.loads((paths.SERIES / f"{name}.json").read_text())
    return found


def test_every_page_and_figure() -> None:
    """Pages with their figures, which exist; no number is missing; names of sources are words."""
    pages = reported()
    assert set(pages) == set(PAGES) and drawn() == set(FIGURES)
    for text in pages.values():
        assert text.startswith("# ") and "> **Warning:**" in text
        assert "nan" not in text.split() and "zero_shot" not in text
    linked = {line for text in pages.values() for line in text.splitlines() if line[:2] == "!["}
    assert {line.rpartition("(")[2] for line in linked} == {f"../figures/{f}.svg)" for f in FIGURES}
    assert "recorded replies of a model" in pages["table"]
    assert "## Annotators\n" in pages["agreement"]
    assert "## Difference to real in top-5 cosine, and the gap" in pages["subjectivity"]


def test_ways_are_shown_where_an_llm_labelled_texts() -> None:
    """A page with scores, agreement and a figure; without labels it says so."""
    assert "An LLM labelled no text of these tasks" in reported()["ways"]
    assert "ways" not in drawn()
    tiny_grid.label("moods", wrong=2)
    evaluate.main()
    found = reported()["ways"]
    assert "## Ways: probe" in found and "(../figures/ways.svg)" in found and "ways" in drawn()


def test_what_dvc_compares_is_always_there() -> None:
    """A series without anything to draw is empty; one row of the others names task and source."""
    reported()
    assert all((paths.SERIES / f"{name}.json").exists() for name in report.COMPARED)
    compared = yaml.safe_load((pipeline.ROOT / "dvc.yaml").read_text())["plots"]
    assert [Path(name) for entry in compared for name in entry] == [
        paths.SERIES / f"{name}.json" for name in report.COMPARED
    ]
    assert series("training_curves") == []
    assert series("gaps")[0]["row"] == "cars, zero-shot"


def test_the_same_bytes_again_and_nothing_stale() -> None:
    """No figure holds a date or a random name; what an earlier run left is removed."""
    reported()
    made = sorted(path for path in paths.PLOTS.rglob("*") if path.is_file())
    first = [path.read_bytes() for path in made]
    (paths.FIGURES / "old.svg").write_text("old")
    report.main()
    assert sorted(path for path in paths.PLOTS.rglob("*") if path.is_file()) == made
    assert [path.read_bytes() for path in made] == first


def test_a_single_task_has_no_means() -> None:
    """Neither in the tables nor in the figures."""
    analysis_grid.choose(("moods",))
    pages = reported()
    assert "| **gap to real** |" in pages["table"] and "mean gap" not in str(pages)
    assert {row["task"] for row in series("gaps")} == {"moods"}


def test_real_texts_only() -> None:
    """No strategy and no other source: every page says why it is short; gaps are not drawn."""
    analysis_grid.choose(FIVE, {"sources": ["real"], "strategies": []})
    evaluate.main()
    analyze.main()
    pages = reported()
    assert "the only source" in pages["subjectivity"] and "the only source" in pages["table"]
    assert "No generator has run" in pages["generators"]
    assert drawn() == set(FIGURES) - {"gaps", "subjectivity", "worth"}
    assert series("subjectivity") == []


def test_without_real_there_are_no_gaps() -> None:
    """Scores are there, and the page says why gaps are not."""
    analysis_grid.choose(FIVE, {"sources": ["few_shot"], "strategies": ["few_shot"]})
    evaluate.main()
    analyze.main()
    for task in FIVE:
        basis = {"tests": 30, "level": 0.95, "withheld": "no curve of real texts"}
        files.write_json({"basis": basis}, paths.worth(task))
    pages = reported()
    assert "No gaps: real texts are not among the sources." in pages["table"]
    assert "cars: no worth. No curve of real texts." in pages["worth"]
    assert {"gaps", "worth", "cost"}.isdisjoint(drawn()) and "scores" in drawn()
    assert "No costs (real texts are not among the sources)" in pages["cost"]


@pytest.mark.usefixtures("two_tasks")
def test_few_tasks_are_said_to_be_too_few() -> None:
    """The reason stands in place of the correlation, on the page and in the figure's message."""
    page = reported()["subjectivity"]
    assert "none: 2 tasks; a correlation needs at least 4" in page
    assert "no correlation: 2 tasks" in page


@pytest.mark.usefixtures("two_tasks")
def test_generators_are_compared() -> None:
    """A strategy with a model of its own has a row of its own, named after that model."""
    for task in ("moods", "topics"):
        reply = {"provider": "openai", "model": "mini"}
        files.write_lines([reply], paths.replies(task, "few_shot"))
    pages = reported()
    rows = [line.split(" | ") for line in pages["generators"].splitlines()]
    found = {row[1]: row for row in rows if len(row) == 8}
    assert found["zero-shot"][0] == "| a model" and found["few-shot"][0] == "| mini"
    assert found["few-shot"][2] == "2" and found["real"][3] == "–"
    assert all("[" in cell for cell in found["few-shot"][3:])
    assert "Synthetic texts (few-shot): replies of mini." in pages["table"]


@pytest.mark.usefixtures("two_tasks")
def test_panel_annotators_are_called_a_proxy() -> None:
    """On the page of agreement, for the tasks that have them."""
    found = facts(paths.analyzed("moods"))
    found["agreement"]["by"] = "LLM panel trio: a proxy for people"
    files.write_json(found, paths.analyzed("moods"))
    page = reported()["agreement"]
    assert "| moods | LLM panel: a proxy for people |" in page
    assert "| topics | named annotators |" in page
    assert "Annotators of moods: LLM panel trio: a proxy for people." in page


@pytest.mark.usefixtures("two_tasks")
def test_training_curves_are_drawn_where_there_are_any() -> None:
    """Each row says task, source, model and seed."""
    tiny_grid.learn("topics", "real", "probe", [0, 1], steps=3)
    assert "figures/training_curves.svg" in reported()["table"]
    rows = series("training_curves")
    assert len(rows) == 6 and "training_curves" in drawn()
    assert rows[0] == {
        **{"task": "topics", "source": "real", "model": "probe", "stops_on": "own"},
        **{
            "seed": 0,
            "step": 10,
            "train_loss": 1.0,
            "validation_loss": 1.09,
            "validation_macro_f1": 0.3,
        },
        "panel": "topics, probe, real",
    }


def test_only_confirmed_numbers_of_the_paper_are_given() -> None:
    """Three rows, eight accuracies, nothing for few-shot on sarcasm; on our tasks none of them."""
    found = Paper.model_validate(files.read_yaml(paths.PAPER))
    rows = found.accuracies
    assert len(rows) == 3 and sum(len(row.accuracy) for row in rows) == 8
    assert set(rows[-1].accuracy) == {"real", "zero_shot"} and "2310.07849" in found.citation
    assert "BERT" not in reported()["table"]
    table = scores.beside_paper(toy.scores(("ag_news", "sarcasm_news")), found)
    assert words(table)[0] == ["ag_news", "BERT, the paper", "95.3", "89.3", "91.6"]
    assert words(table)[3] == ["sarcasm_news", "BERT, the paper", "90.3", "51.2", "–"]


def test_a_mixture_gets_the_mixing_table() -> None:
    """Few real texts, synthetic ones, and both together."""
    run = toy.run(toy.scores(sources=("real", "few_shot", "real_pool", "augmented")))
    run = run._replace(mixtures={"augmented": ("real_pool", "few_shot")})
    tables = {
        table.title: table for table in results.tables(run, Paper(citation="", accuracies=()))
    }
    columns = tables[f"probe: {scores.MIXING}"].columns
    sources = [column.source for column in columns if column.source]
    assert list(dict.fromkeys(sources)) == ["few_shot", "real_pool", "augmented"]
