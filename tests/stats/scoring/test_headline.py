"""The few numbers that decide."""

from stages.stats.scoring import rollup
from stages.stats.scoring.headline import headline
from tests.stats.scoring.test_rollup import TABLE

MEANS = rollup.mean_table(TABLE, 0.95)


def test_a_mean_stands_with_the_ends_of_its_interval() -> None:
    """In per cent, gaps signed and in points; only ASCII, for any terminal."""
    found = headline(TABLE, MEANS, "accuracy", 0.05)
    assert found.mean_score["probe"] == {
        "real": "80.0 [72.9, 87.1]",
        "few_shot": "65.0 [57.9, 72.1]",
    }
    assert found.mean_gap["probe"] == {"few_shot": "-15.0 [-19.9, -10.1] 0W 2L"}
    assert "".join(found.mean_gap["probe"].values()).isascii()


def test_outcomes_count_tasks_by_corrected_p_values() -> None:
    """Both accuracies are lost at 0.05, one at 0.03, and no macro-F1."""
    outcomes = {
        (metric, alpha): headline(TABLE, MEANS, metric, alpha).outcomes["probe"]["few_shot"]
        for metric, alpha in (("accuracy", 0.05), ("accuracy", 0.03), ("macro_f1", 0.05))
    }
    assert list(outcomes.values()) == [
        "0 won, 2 lost of 2",
        "0 won, 1 lost of 2",
        "0 won, 0 lost of 2",
    ]


def test_a_won_task_is_one_with_a_sure_positive_gap() -> None:
    """The sign of the gap decides between won and lost."""
    table = TABLE.assign(gap=-TABLE["gap"])
    found = headline(table, rollup.mean_table(table, 0.95), "accuracy", 0.05)
    assert found.outcomes["probe"] == {"few_shot": "2 won, 0 lost of 2"}


def test_a_task_has_the_gap_of_each_source() -> None:
    """In points, rounded as shown."""
    found = headline(TABLE.assign(gap=TABLE["gap"] * 0 - 0.06666), MEANS, "accuracy", 0.05)
    assert found.tasks["probe"]["moods"] == {"few_shot": -6.7}


def test_without_gaps_a_task_has_scores() -> None:
    """In per cent: there is nothing else to tell of it."""
    table = TABLE.assign(mean=0.66666, gap=float("nan"))
    found = headline(table, MEANS, "accuracy", 0.05)
    assert found.tasks["probe"]["moods"] == {"real": 66.7, "few_shot": 66.7}


def test_without_gaps_there_are_no_outcomes() -> None:
    """The model keeps its place, so that its files are written."""
    table = TABLE.assign(gap=float("nan"), p_holm=float("nan"))
    found = headline(table, rollup.mean_table(table, 0.95), "accuracy", 0.05)
    assert found.mean_gap == found.outcomes == {"probe": {}}
