"""The result tables say what the scores are, and nothing more."""

import pandas as pd
import pytest

from stages.core.records import CURVE
from stages.rendering.content.facts import Scoring
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
        ["mean of 2", "", "", *real, *["80.0 [75.0, 85.0]"] * 2],
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
    """Who wrote, how many training runs, and what an interval holds."""
    page = results.page(toy.run(), [])
    assert "recorded replies of some model" in plain(page.lead[0])
    said = "over 3 training runs per source; in brackets the 95 % interval, which holds test texts"
    assert said in plain(page.notes[0])
    assert "t test that holds test texts and training runs, p < 0.05" in plain(page.notes[-1])


@pytest.mark.parametrize(
    ("least", "most", "runs", "noise"),
    [
        (1, 1, "1 training run", "test texts"),
        (10, 10, "10 training runs", "test texts and training runs"),
        (
            1,
            10,
            "1 to 10 training runs",
            "test texts and training runs (a single run: test texts",
        ),
    ],
)
def test_what_an_interval_holds_is_said(least: int, most: int, runs: str, noise: str) -> None:
    """Of a model that takes all texts without chance there is one run, and nothing of it varies."""
    scoring = Scoring(level=0.95, least_runs=least, most_runs=most)
    run = toy.run()
    run = run._replace(explained=run.explained.model_copy(update={"scores": scoring}))
    assert f"over {runs} per source" in plain(results.notes(run)[0])
    assert f"holds {noise}" in plain(results.notes(run)[0])


def test_probabilities_have_a_table_of_their_own() -> None:
    """Log loss in nats, calibration error in per cent, with interval, mark and gap."""
    run = toy.run(tasks=("topics",))
    tables = run.tables
    found = results.scores(
        tables["scores"], tables["means"], "probe", PART, run, results.PROBABILITIES
    )
    assert found.title == "probe: probabilities, trained on"
    real, made = ["0.900 [0.850, 0.950]", "90.0 [85.0, 95.0]"], ["0.800 [0.750, 0.850]†"]
    assert words(found)[0] == ["topics", "40", "60", *real, *made, "80.0 [75.0, 85.0]†"]
    assert words(found)[1][-2:] == ["−0.100 [−0.140, −0.060]", "−10.0 [−14.0, −6.0]"]


def test_mixtures_are_compared_with_their_parts() -> None:
    """The mixture less each part, task by task and in the mean; without mixtures no such table."""
    row = {"gap": 0.05, "gap_low": 0.01, "gap_high": 0.09, "p_holm": 0.02}
    one = {"model": "probe", "source": "augmented", "part": "real_pool"}
    metrics = ("accuracy", "macro_f1")
    own = [{**one, **row, "task": task, "metric": m} for task in toy.TASKS for m in metrics]
    mean = [{**one, **row, "metric": metric} for metric in metrics]
    tables = {"against": pd.DataFrame(own), "against_means": pd.DataFrame(mean)}
    found = results.against(toy.run(tables=tables), "probe")
    assert [column.name for column in found.columns[1:]] == [
        "accuracy, less real pool",
        "macro-F1, less real pool",
    ]
    assert words(found) == [
        ["topics", *["+5.0 [+1.0, +9.0]†"] * 2],
        ["moods", *["+5.0 [+1.0, +9.0]†"] * 2],
        ["mean of 2", *["+5.0 [+1.0, +9.0]"] * 2],
    ]
    titles = [table.title for table in results.page(toy.run(), []).tables]
    assert not [title for title in titles if "less their parts" in title]
