"""Tables of scores and gaps say what the numbers are, and nothing more."""

from typing import Literal

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content.facts import Paper, Reported
from stages.rendering.content.run import Run
from stages.rendering.pages import scores
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

REAL, MADE = "90.0 [85.0, 95.0]", "80.0 [75.0, 85.0]"


def shown(run: Run, needs: Literal["labels", "probabilities"] = "labels") -> list[list[str]]:
    """The score table of all sources of such a run."""
    metrics = about.metrics(run, needs)
    return words(scores.scores(run, "probe", "a title", run.sources, metrics))


def test_scores_means_gaps_and_marks() -> None:
    """A task's scores in per cent with interval and mark, then means, then mean gaps."""
    origins = {"topics": toy.origin(), "moods": toy.origin(per_label=20)}
    assert shown(toy.run(origins=origins)) == [
        ["topics", "40", "60", REAL, REAL, f"{MADE}†", f"{MADE}†"],
        ["moods", "40", "40", REAL, REAL, f"{MADE}†", f"{MADE}†"],
        ["mean of 2", "", "", REAL, REAL, MADE, MADE],
        ["mean gap to real", "", "", "", "", *["−10.0 [−14.0, −6.0]"] * 2],
    ]


def test_probabilities_have_a_table_of_their_own() -> None:
    """Log loss in nats, calibration error in per cent, with interval, mark and gap."""
    found = shown(toy.run(tasks=("topics",)), "probabilities")
    made = ["0.800 [0.750, 0.850]†", f"{MADE}†"]
    assert found[0] == ["topics", "40", "60", "0.900 [0.850, 0.950]", REAL, *made]
    assert found[1][-2:] == ["−0.100 [−0.140, −0.060]", "−10.0 [−14.0, −6.0]"]


def test_a_single_task_has_no_means() -> None:
    """Its gap is called its gap, and no row repeats its numbers."""
    run = toy.run(tasks=("topics",))
    assert [row[0] for row in shown(run)] == ["topics", "gap to real"]
    assert [row[0] for row in words(scores.gaps(run, "probe"))] == ["topics"]


def test_a_gap_that_may_be_chance_has_no_mark() -> None:
    """The mark needs a corrected p below one less the level."""
    assert shown(toy.run(toy.scores(p_holm=0.06)))[0][-1] == MADE


def test_sources_of_different_size_show_all_sizes() -> None:
    """Training texts of each source, in the sources' order."""
    table = toy.scores()
    table.loc[table["source"] == "real", "n_train"] = 38
    assert shown(toy.run(table))[0][1] == "38/40"


def test_without_real_no_gap_is_shown() -> None:
    """The row of gaps is left out, and so is the table of gaps."""
    run = toy.run(toy.scores(sources=("zero_shot",)).assign(gap=float("nan")))
    assert [row[0] for row in shown(run)] == ["topics", "moods", "mean of 2"]
    assert not scores.gaps(run, "probe").rows


def test_a_source_that_a_task_lacks_is_an_empty_cell() -> None:
    """Means say over how many tasks they are where these are not all."""
    table = toy.scores()
    run = toy.run(table[(table["task"] == "topics") | (table["source"] == "real")])
    found = shown(run)
    assert [row[5] for row in found[:2]] == ["80.0 [75.0, 85.0]†", ""]
    assert found[2][3] == "90.0 [85.0, 95.0]" and found[2][5].endswith("] of 1 task")
    assert [row[1] for row in words(scores.gaps(run, "probe"))[:2]] == [
        "−10.0 [−14.0, −6.0]†",
        "",
    ]


def test_gaps_are_to_real_and_of_mixtures_to_their_parts() -> None:
    """Each pair has its columns: task by task with its mark, and in the mean."""
    row = {"gap": 0.05, "gap_low": 0.01, "gap_high": 0.09, "p_holm": 0.2}
    one = {"model": "probe", "source": "augmented", "part": "real_pool"}
    metrics = ("accuracy", "macro_f1", "log_loss")
    own = [{**one, **row, "task": task, "metric": m} for task in toy.TASKS for m in metrics]
    mean = [{**one, **row, "metric": metric, "gap_tasks": 2} for metric in metrics]
    tables = {"against": pd.DataFrame(own), "against_means": pd.DataFrame(mean)}
    found = scores.gaps(toy.run(tables=tables), "probe")
    sources = ["zero-shot − real"] * 2 + ["augmented − real pool"] * 2
    assert [column.source for column in found.columns[1:]] == sources
    assert [column.name for column in found.columns[1:]] == ["accuracy", "macro-F1"] * 2
    gap, part = "−10.0 [−14.0, −6.0]", "+5.0 [+1.0, +9.0]"
    assert words(found) == [
        ["topics", *[f"{gap}†"] * 2, part, part],
        ["moods", *[f"{gap}†"] * 2, part, part],
        ["mean", gap, gap, part, part],
    ]


def test_the_paper_stands_above_ours() -> None:
    """Tasks that the paper's confirmed numbers cover; what is not confirmed is a dash."""
    theirs = [
        Reported(task="topics", model="BERT", accuracy={"real": 0.953, "zero_shot": 0.893}),
        Reported(task="other", model="BERT", accuracy={}),
    ]
    paper = Paper(citation="Somebody (2023)", accuracies=tuple(theirs))
    found = scores.beside_paper(toy.scores(), paper)
    assert words(found) == [
        ["topics", "BERT, the paper", "95.3", "89.3", "–"],
        ["topics", "probe, here", "90.0", "80.0", "–"],
    ]
    assert "Somebody (2023)" in str(found.notes[0])
    assert not scores.beside_paper(toy.scores(("moods",)), paper).rows


def test_mixtures_have_a_table_of_their_own() -> None:
    """Each mixture beside its parts; without one there is no second table."""
    mixtures = {"augmented": ["real_pool", "few_shot"], "unused": ["real"]}
    sources = ["real", "zero_shot", "few_shot", "real_pool", "augmented"]
    assert scores.parts(sources, mixtures) == {
        scores.MAIN: ("real", "zero_shot", "few_shot"),
        scores.MIXING: ("few_shot", "real_pool", "augmented"),
    }
    assert scores.parts(sources[:2], mixtures) == {scores.MAIN: ("real", "zero_shot")}
    assert scores.parts(["real"], mixtures) == {scores.ONLY_REAL: ("real",)}
