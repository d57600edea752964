"""The result tables say what the scores are, and nothing more."""

import pandas as pd
import pytest

from stages.core.records import CURVE
from stages.rendering.content.page import plain
from stages.rendering.content.run import Run
from stages.rendering.pages import results
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

PART = ("trained on", ("real", "zero_shot"))


def shown(run: Run, sources: tuple[str, ...] = PART[1]) -> list[list[str]]:
    """The score table of such a run."""
    tables = run.tables
    part = (PART[0], sources)
    return words(results.scores(tables["scores"], tables["means"], "probe", part, run))


def test_scores_gaps_and_marks() -> None:
    """A task's scores in per cent with interval and mark, then means, then mean gaps."""
    origins = {"topics": toy.origin(), "moods": toy.origin(per_label=20)}
    real, synthetic = ["90.0 [85.0, 95.0]"] * 2, ["80.0 [75.0, 85.0]†"] * 2
    assert shown(toy.run(origins=origins)) == [
        ["topics", "40", "60", *real, *synthetic],
        ["moods", "40", "40", *real, *synthetic],
        ["mean of 2", "", "", "90.0", "90.0", "80.0", "80.0"],
        ["mean gap to real", "", "", "", "", *["−10.0 [−14.0, −6.0]"] * 2],
    ]


def test_a_single_task_has_no_means() -> None:
    """Its gap is called its gap, and no row repeats its scores."""
    found = shown(toy.run(tasks=("topics",)))
    assert [row[0] for row in found] == ["topics", "gap to real"]
    assert "mean of tasks" not in set(results.gap_series(toy.run(tasks=("topics",)))["task"])


def test_a_gap_that_may_be_chance_has_no_mark() -> None:
    """The mark needs a corrected p below one less the level."""
    assert shown(toy.run(toy.scores(p_holm=0.06)))[0][-1] == "80.0 [75.0, 85.0]"


def test_sources_of_different_size_show_all_sizes() -> None:
    """Training texts of each source, in the sources' order."""
    table = toy.scores()
    table.loc[table["source"] == "real", "n_train"] = 38
    assert shown(toy.run(table))[0][1] == "38/40"


def test_without_real_no_gap_is_shown() -> None:
    """The row of gaps and the figure are left out, and the note says so."""
    table = toy.scores(sources=("zero_shot",)).assign(gap=float("nan"))
    found = toy.run(table)
    assert [row[0] for row in shown(found, ("zero_shot",))] == ["topics", "moods", "mean of 2"]
    assert results.notes(found)[-1] == "No gaps: real texts are not among the sources."
    assert [picture.name for picture in results.pictures(found)] == ["scores"]


def test_the_paper_stands_above_ours() -> None:
    """Tasks that the paper's confirmed numbers cover; what is not confirmed is a dash."""
    reported = [("topics", "BERT", {"real": 0.953, "zero_shot": 0.893}), ("other", "BERT", {})]
    found = results.beside_paper(toy.scores(), reported)
    assert found is not None
    assert words(found) == [
        ["topics", "BERT, the paper", "95.3", "89.3", "–"],
        ["topics", "probe, here", "90.0", "80.0", "–"],
    ]
    assert results.beside_paper(toy.scores(), reported[1:]) is None


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


def test_gaps_are_drawn_in_points_with_their_means() -> None:
    """Two tasks and their mean; a sentence tells the means and how many gaps are no chance."""
    found = results.gap_series(toy.run())
    assert list(found["task"].unique()) == ["topics", "moods", "mean of tasks"]
    assert found["value"].tolist() == pytest.approx([-10.0] * 6) and found["sure"].all()
    assert results.gap_message(found) == (
        "Gap to real in points, probe: accuracy: zero-shot −10.0 [−14.0, −6.0]. "
        "4 of 4 gaps of single tasks are beyond chance."
    )


def test_training_curves_are_drawn_where_there_are_any() -> None:
    """One picture more, and its series."""
    steps = pd.DataFrame([("topics", "real", "bert", 0, 1, 1.0, 1.0, 0.5)])
    steps.columns = pd.Index(["task", "source", "model", *CURVE])
    found = results.pictures(toy.run(tables={"curves": steps}))
    assert [picture.name for picture in found] == ["gaps", "scores", "training_curves"]
    assert found[-1].series["panel"][0] == "topics, bert, real"


def test_the_page_says_what_it_rests_on() -> None:
    """Who wrote, how many seeds, and what an interval is."""
    page = results.page(toy.run(), [])
    assert "recorded replies of some model" in plain(page.lead[0])
    assert "Means over 3 seeds; in brackets the 95 % bootstrap interval" in plain(page.notes[0])
