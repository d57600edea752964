"""The page on votes, and on correlations with the gap."""

from typing import Any

import pandas as pd

from stages.rendering.content.page import plain
from stages.rendering.pages import subjectivity
from tests.rendering.pages import toy
from tests.rendering.pages.toy import VOTES, words

ROW = {
    **{"of": "subjectivity", "model": "m", "source": "zero_shot", "metric": "accuracy"},
    **{"scale": "absolute", "tasks": 10},
    **{"spearman_value": -0.5, "spearman_low": -0.9, "spearman_high": 0.1, "spearman_p": 0.04},
    **{"kendall_value": -0.4, "kendall_low": -0.8, "kendall_high": 0.1, "kendall_p": 0.05},
    **{"leave_one_out_mae_value": 0.03, "leave_one_out_mean_mae_value": 0.04},
    **{"leave_one_out_skill": -0.25, "withheld": None},
}
WITHHELD = {key: value for key, value in ROW.items() if "_" not in key} | {
    "tasks": 3,
    "withheld": "3 tasks; a correlation needs at least 4",
}


def test_correlations_have_a_typographic_minus_everywhere() -> None:
    """In values, intervals and skill; errors in points, or in per cent of real's score."""
    rows: list[dict[str, Any]] = [ROW, ROW | {"scale": "relative"}]
    first, second = words(subjectivity.correlations(pd.DataFrame(rows), "a title", toy.METRICS))
    assert first[4:] == [
        "−0.50 [−0.90, 0.10], p 0.040",
        "−0.40 [−0.80, 0.10], p 0.050",
        "3.0",
        "4.0",
        "−0.25",
    ]
    assert second[3] == "relative" and second[6] == "3.0 %"


def test_withheld_correlation_keeps_its_row() -> None:
    """The reason stands in the first column of numbers, and in the figure."""
    table = subjectivity.correlations(pd.DataFrame([ROW, WITHHELD])[1:], "a title", toy.METRICS)
    reason = "3 tasks; a correlation needs at least 4"
    head = ["m", "zero-shot", "accuracy", "absolute"]
    assert words(table) == [[*head, f"none: {reason}", *[""] * 4]]
    assert len(table.rows[0]) == len(table.columns)
    assert subjectivity.said(WITHHELD) == f"no correlation: {reason}"
    assert subjectivity.said(ROW) == "rho −0.50 [−0.90, 0.10], p 0.04, 10 tasks"


def test_votes_in_words() -> None:
    """Who voted, how far they agree, and voters who contradict themselves."""
    assert subjectivity.cast(VOTES) == "8 votes by 2 voters: panel"
    votes = VOTES.model_copy(update={"agreement": 0.96, "kendall_u": 0.92, "note": "b copied a."})
    first, second, third = map(plain, subjectivity.vote_notes(votes, interval=True))
    said = "Votes: 1 of 4 triples of tasks are circular; two voters agree on 96 % of the pairs"
    assert first == f"{said} (u = 0.92)."
    assert second == "Note on the votes: b copied a."
    assert "as if they had voted independently" in third
    votes = VOTES.model_copy(update={"ties": 2, "contradictions": 1})
    said = plain(subjectivity.vote_notes(votes, interval=True)[0])
    assert "each side: 2" in said and "in different ways (all their votes count): 1" in said


def test_voters_who_agree_have_no_interval() -> None:
    """The note says why, and nothing about intervals."""
    notes = [plain(note) for note in subjectivity.vote_notes(VOTES, interval=False)]
    assert notes[-1] == f"Subjectivity: {subjectivity.NO_INTERVAL}."


def test_tasks_that_won_or_lost_all_votes_are_named() -> None:
    """Their distance rests on the prior."""
    rows = pd.DataFrame({"task": ["a", "b", "c"], "wins": [4, 1, 0], "comparisons": 4})
    (note,) = map(plain, subjectivity.unbeaten(rows))
    assert note.startswith("All votes on a, c went one way")
    assert subjectivity.unbeaten(rows[1:2]) == []


def test_tasks_without_votes_are_named() -> None:
    """They are neither ranked nor drawn."""
    run = toy.run()
    assert subjectivity.missing(run) == []
    assert subjectivity.missing(run._replace(tasks=(*run.tasks, "humor"))) == ["No votes on humor."]


def test_the_ranking_is_drawn_even_without_gaps() -> None:
    """And the page says why there is no correlation."""
    page = subjectivity.page(toy.run(toy.scores(sources=("real",))))
    assert [picture.name for picture in page.pictures] == ["ranking"]
    assert [table.title for table in page.tables] == ["Tasks, most objective first"]
    assert "the only source" in plain(page.notes[-1])


def test_what_the_correlations_leave_out_is_said() -> None:
    """Their number is not corrected for, and the noise of votes and scores is not held."""
    said = " ".join(map(plain, subjectivity.correlation_notes(24)))
    assert "24 correlations were tried; p-values are not corrected" in said
    assert "the noise of votes, training and test texts is not" in said
