"""The predictions of two runs side by side."""

import pytest

from stages.stats.scoring import metrics
from stages.tools import predictions, runs

TASKS = ("ag_news", "humor")


@pytest.mark.usefixtures("project")
def test_predictions_that_are_there_are_read() -> None:
    """Every source of both runs; their mean is the score that evaluate found."""
    run = runs.read("workspace")
    found = predictions.both(run, run, TASKS)
    assert set(found) == {(task, "probe") for task in TASKS}
    for (task, model), sources in found.items():
        assert set(sources) == set(run.sources)
        for source, both in sources.items():
            score = run.scores[task].scores[model][source]["macro_f1"].mean
            assert metrics.mean(both.new["macro_f1"]) == pytest.approx(score, abs=1e-4)


@pytest.mark.usefixtures("project")
def test_predictions_that_are_not_in_the_cache_are_left_out() -> None:
    """As in a clone without `dvc pull`: the runs are compared by their details."""
    assert predictions.both(runs.read("one"), runs.read("workspace"), TASKS) == {}


@pytest.mark.usefixtures("project")
def test_predictions_of_other_scores_are_left_out() -> None:
    """Those of a workspace that was trained again and not evaluated."""
    run, other = runs.read("workspace"), runs.read("one")
    stale = run._replace(scores=other.scores)
    assert predictions.both(stale, run, TASKS) == {}
