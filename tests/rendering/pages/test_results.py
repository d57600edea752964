"""The result tables say what the scores are, and nothing more."""

import pandas as pd
import pytest

from stages.core.records import CURVE
from stages.rendering.content.facts import Paper
from stages.rendering.content.page import plain
from stages.rendering.pages import results
from tests.rendering.pages import toy

PAPER = Paper(citation="Somebody (2023)", accuracies=())


def test_without_real_there_is_no_gap() -> None:
    """No figure of gaps, and the note says so."""
    found = toy.run(toy.scores(sources=("zero_shot",)).assign(gap=float("nan")))
    assert results.notes(found)[-1] == "No gaps: real texts are not among the sources."
    assert [picture.name for picture in results.pictures(found)] == ["scores"]


def test_a_single_task_has_no_mean() -> None:
    """Neither in the figure nor in what is said of it."""
    found = toy.run(tasks=("topics",))
    (picture, _) = results.pictures(found)
    assert set(picture.series["task"]) == {"topics"}
    assert "mean" not in picture.figure.get_supxlabel()


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
    """One picture more, its series, and on whose held-out texts training stops."""
    steps = pd.DataFrame([("topics", "real", "bert", 0, 1, 1.0, 1.0, 0.5)])
    steps.columns = pd.Index(["task", "source", "model", *CURVE])
    for texts, said in (("own", "of the source"), ("real", "labels of real validation texts")):
        run = toy.run(tables={"curves": steps.assign(stops_on=texts)})
        note = plain(results.notes(run)[-1])
        assert "Trained in steps: bert." in note and said in note
    assert "Trained in steps" not in plain(results.notes(toy.run())[-1])
    found = results.pictures(run)
    assert [picture.name for picture in found] == ["gaps", "scores", "training_curves"]
    assert found[-1].series["panel"][0] == "topics, bert, real"


def test_the_page_says_what_it_rests_on() -> None:
    """Who wrote, what is better, what an interval holds; figures say it, too."""
    page = results.page(toy.run(), PAPER)
    assert "recorded replies of some model" in plain(page.lead[0])
    assert plain(page.notes[0]).startswith("Accuracy (per cent): higher is better; ")
    assert "log loss (nats): lower is better" in plain(page.notes[0])
    assert "hold the noise of test texts and training runs" in plain(page.notes[1])
    assert "3 training runs per source" in page.pictures[0].figure.get_supxlabel()


def test_every_model_has_scores_gaps_and_probabilities() -> None:
    """In this order; tables without rows are left out."""
    titles = [table.title for table in results.page(toy.run(), PAPER).tables]
    kind = "trained on real or on synthetic texts"
    assert titles == [f"probe: {kind}", "probe: gaps, in points", f"probe: probabilities, {kind}"]
