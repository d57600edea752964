"""Gaps and their correlation with a number per task, from the score table."""

import numpy as np
import pandas as pd
import pytest

from stages.stats.across import explanation
from stages.stats.resampling import Bootstrap
from stages.stats.scoring.evaluated import Evaluated, Gap, Labelling, Prompted, Score

BOOTSTRAP = Bootstrap(200, 0.95, 0)


def scores(count: int) -> pd.DataFrame:
    """Score 0.8 on real texts in tasks t0, t1, ...; zero-shot gaps fall by a point per task."""
    rows = [
        (f"t{i}", "probe", source, metric, 0.8 + gap, gap, gap - 0.1, gap + 0.1)
        for i in range(count)
        for source, gap in (("real", np.nan), ("zero_shot", -0.01 * i))
        for metric in ("accuracy", "macro_f1")
    ]
    ends = ["gap", "gap_low", "gap_high"]
    table = pd.DataFrame(rows, columns=["task", "model", "source", "metric", "mean", *ends])
    return table.fillna({"mean": 0.8})


def subjectivity(count: int) -> pd.Series:
    """Rises by one from task to task."""
    return pd.Series({f"t{i}": float(i) for i in range(count)})


def drawn(count: int) -> pd.DataFrame:
    """The gaps in accuracy beside subjectivity."""
    table = explanation.gaps(scores(count))
    table = table[(table["metric"] == "accuracy") & (table["scale"] == "absolute")]
    return table.assign(subjectivity=table["task"].map(subjectivity(count)))


def test_gaps_absolute_and_relative() -> None:
    """Relative to real's score; real itself has no gap; a score of 0 has no relative gap."""
    found = explanation.gaps(scores(21))
    assert list(found) == explanation.GAPS and set(found["source"]) == {"zero_shot"}
    last = found[found["task"] == "t20"].set_index(["metric", "scale"])
    assert last.loc[("accuracy", "absolute"), "gap"] == pytest.approx(-0.2)
    assert last.loc[("macro_f1", "relative"), "gap"] == pytest.approx(-0.25)
    assert last.loc[("accuracy", "relative"), "low"] == pytest.approx(-0.375)
    none = scores(2).assign(mean=0.0)
    assert set(explanation.gaps(none)["scale"]) == {"absolute"}


def test_the_llm_at_run_time_has_gaps_to_real() -> None:
    """On the texts that it was asked, relative to real's score there; other tasks have none."""
    score = Score(mean=0.9, se=0.05, df=30, low=0.8, high=1.0, noise="test texts")
    gap = Gap(difference=0.1, se=0.05, df=30, low=0.0, high=0.2, p=0.1, noise="test texts")
    gaps = {"probe": {"real": {"accuracy": gap}}}
    asked = Prompted(n=40, scores={"accuracy": score}, gaps=gaps)
    record = Evaluated.model_construct(labelling=Labelling.model_construct(prompted=asked))
    none = Evaluated.model_construct(labelling=None)
    found = explanation.prompted({"t0": record, "t1": none}).set_index("scale")
    assert list(found["source"]) == ["prompted"] * 2 and set(found["task"]) == {"t0"}
    assert found["gap"].to_dict() == pytest.approx({"absolute": 0.1, "relative": 0.1 / 0.8})
    assert found["low"].tolist() == [0.0, 0.0] and found["high"]["absolute"] == 0.2
    assert list(explanation.prompted({"t1": none})) == explanation.GAPS


def test_correlations_leave_tasks_without_a_number_out() -> None:
    """A perfect fall over the tasks that have votes; nested numbers have joint names."""
    found = explanation.correlations(explanation.gaps(scores(8)), subjectivity(6), BOOTSTRAP)
    assert set(found["tasks"]) == {6} and set(found["metric"]) == {"accuracy", "macro_f1"}
    assert found["spearman_value"].tolist() == pytest.approx([-1.0] * 4)
    assert {"kendall_p", "leave_one_out_mae_low", "leave_one_out_skill"} <= set(found)
    assert explanation.tested(found) == len(found) == 4


def test_too_few_tasks_have_neither_correlation_nor_line() -> None:
    """Withheld everywhere, with the reason, so none was tried."""
    found = explanation.correlations(explanation.gaps(scores(3)), subjectivity(3), BOOTSTRAP)
    assert explanation.tested(found) == 0 and found["withheld"].str.startswith("3 tasks").all()
    assert explanation.bands(drawn(3), 0.95).empty


def test_a_run_without_gaps_has_empty_tables() -> None:
    """Real texts only: nothing is correlated, and nothing fails."""
    real = scores(5).query("source == 'real'")
    gaps = explanation.gaps(real)
    assert gaps.empty and list(gaps) == explanation.GAPS
    found = explanation.correlations(gaps, subjectivity(5), BOOTSTRAP)
    assert found.empty and explanation.tested(found) == 0


def test_bands_hold_the_line() -> None:
    """The line runs through its band over the range of the tasks."""
    found = explanation.bands(drawn(6), 0.95)
    assert found["x"].min() == 0 and found["x"].max() == 5
    assert (found["low"] <= found["fit"] + 1e-12).all()
    assert (found["fit"] <= found["high"] + 1e-12).all()
