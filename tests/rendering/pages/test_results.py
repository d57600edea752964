"""The result tables say what the scores are, and nothing more."""

from collections.abc import Callable

import pandas as pd

from stages.rendering.pages import results
from stages.rendering.table import Table

Build = Callable[..., pd.DataFrame]
FACTS = results.Facts(0.95, 10_000, 3, {"topics": 60, "moods": 40})
PART = ("trained on", ("real", "zero_shot"))


def words(table: Table) -> list[list[str]]:
    """The rows and totals of a table as text."""
    rows = (*table.rows, *table.totals)
    return [[f"{cell.text} {cell.detail}".strip() for cell in row.cells] for row in rows]


def test_scores_gaps_and_marks(score_rows: Build, averages: Build) -> None:
    """A task's scores in per cent with interval and mark, then means, then mean gaps."""
    table = score_rows(["topics", "moods"], ["probe"], PART[1])
    found = words(results.scores(table, averages(table), "probe", PART, FACTS))
    real, synthetic = ["90.0 [85.0, 95.0]"] * 2, ["80.0 [75.0, 85.0]†"] * 2
    assert found == [
        ["topics", "40", "60", *real, *synthetic],
        ["moods", "40", "40", *real, *synthetic],
        ["mean of 2", "", "", "90.0", "90.0", "80.0", "80.0"],
        ["mean gap to real", "", "", "", "", *["−10.0 [−14.0, −6.0]"] * 2],
    ]


def test_a_gap_that_may_be_chance_has_no_mark(score_rows: Build, averages: Build) -> None:
    """The mark needs a corrected p below one less the level."""
    table = score_rows(["topics"], ["probe"], PART[1], p_holm=0.06)
    found = words(results.scores(table, averages(table), "probe", PART, FACTS))
    assert found[0][-1] == "80.0 [75.0, 85.0]"


def test_sources_of_different_size_show_all_sizes(score_rows: Build, averages: Build) -> None:
    """Training texts of each source, in the sources' order."""
    table = score_rows(["topics"], ["probe"], PART[1])
    table.loc[table["source"] == "real", "n_train"] = 38
    found = words(results.scores(table, averages(table), "probe", PART, FACTS))
    assert found[0][1] == "38/40"


def test_without_real_no_gap_is_shown(score_rows: Build, averages: Build) -> None:
    """The row of gaps is left out and the note says so."""
    table = score_rows(["topics"], ["probe"], ["zero_shot"]).assign(gap=float("nan"))
    part = ("trained on", ("zero_shot",))
    found = words(results.scores(table, averages(table), "probe", part, FACTS))
    assert [row[0] for row in found] == ["topics", "mean"]
    assert results.notes(table, FACTS)[-1] == "No gaps: `real` is not among the sources."


def test_the_paper_stands_above_ours(score_rows: Build) -> None:
    """Tasks that the paper's confirmed numbers cover; what is not confirmed is a dash."""
    table = score_rows(["moods", "topics"], ["probe"], ["real", "zero_shot"])
    reported = [("topics", "BERT", {"real": 0.953, "zero_shot": 0.893}), ("other", "BERT", {})]
    found = results.beside_paper(table, reported)
    assert found is not None
    assert words(found) == [
        ["topics", "BERT, the paper", "95.3", "89.3", "–"],
        ["topics", "probe, here", "90.0", "80.0", "–"],
    ]
    assert results.beside_paper(table, reported[1:]) is None


def test_mixtures_have_a_table_of_their_own() -> None:
    """Each mixture beside its parts; without one there is no second table."""
    mixtures = {"augmented": ["real_pool", "few_shot"], "unused": ["real"]}
    sources = ["real", "zero_shot", "few_shot", "real_pool", "augmented"]
    assert results.parts(sources, mixtures) == {
        results.MAIN: ("real", "zero_shot", "few_shot"),
        results.MIXING: ("few_shot", "real_pool", "augmented"),
    }
    assert results.parts(sources[:2], mixtures) == {results.MAIN: ("real", "zero_shot")}
    assert results.parts(["real"], mixtures) == {results.REAL: ("real",)}


def test_the_origin_is_said_plainly() -> None:
    """The sample corpus is called no evidence; a folder is named without its place; who wrote."""
    writers = {("recorded", "some model"): ["zero_shot", "few_shot"], ("openai", "gpt"): ["mine"]}
    said = results.provenance(["sample"], writers)
    assert "a language model wrote for this repository" in said
    assert "no evidence" in said
    assert "Synthetic texts (zero-shot, few-shot): recorded replies of some model." in said
    assert "Synthetic texts (mine): replies of gpt." in said
    folder = results.provenance(["../somewhere/mirror"], {})
    assert folder == "Real texts: origin mirror, a folder or URL."


def test_a_figure_says_what_it_rests_on() -> None:
    """Test texts, seeds and origin in a line."""
    said = "40 to 60 test texts a task, 3 seeds; real texts: mirror"
    assert results.basis(FACTS, ["../mirror"]) == said
    one = results.Facts(0.95, 100, 1, {"topics": 60})
    said = "60 test texts a task, one seed; real texts: the sample corpus, written by a language"
    assert results.basis(one, ["sample"]).startswith(said)


def test_facts_of_evaluated_metrics() -> None:
    """Level, draws and seeds of the first task, test texts of each."""
    block = {"level": 0.9, "resamples": 100, "n_seeds": 2}
    found = results.Facts.of({"a": block | {"n_test": 5}, "b": block | {"n_test": 7}})
    assert found == results.Facts(0.9, 100, 2, {"a": 5, "b": 7})
