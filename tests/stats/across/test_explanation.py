"""Gaps and their correlation with subjectivity, from evaluate's metrics."""

from typing import Any

import pandas as pd
import pytest

from stages.stats.across import explanation


def evaluated(difference: float) -> dict[str, Any]:
    """Evaluate's metrics of a task whose zero-shot gap is `difference`."""
    gap = {"difference": difference, "low": difference - 0.1, "high": difference + 0.1}
    score = {"mean": 0.8}
    return {
        "probe": {
            "real": {"accuracy": score, "macro_f1": score},
            "zero_shot": {"gap": {"accuracy": gap, "macro_f1": gap}},
        }
    }


def table(count: int) -> pd.DataFrame:
    """Gaps of tasks t0, t1, ... that fall by a point from task to task."""
    return pd.concat(
        [
            explanation.gaps(f"t{i}", evaluated(-0.01 * i), ["probe"], ["real", "zero_shot"])
            for i in range(count)
        ]
    )


def test_gaps_absolute_and_relative() -> None:
    """Relative to real's score; real itself has no gap."""
    found = explanation.gaps("t", evaluated(-0.2), ["probe"], ["real", "zero_shot"])
    gap = found.set_index(["metric", "scale"])["gap"]
    assert set(found["source"]) == {"zero_shot"} and len(found) == 4
    assert gap["accuracy", "absolute"] == -0.2
    assert gap["macro_f1", "relative"] == pytest.approx(-0.25)


def test_correlations_leave_tasks_without_votes_out() -> None:
    """A perfect fall over the tasks that have votes."""
    subjectivity = pd.Series({f"t{i}": float(i) for i in range(6)})
    found = explanation.correlations(table(8), subjectivity, 200, 0.95, 0)
    block = found["probe"]["zero_shot"]["accuracy"]["absolute"]
    assert block["tasks"] == 6 and block["spearman"]["value"] == pytest.approx(-1)
    assert explanation.tested(found) == 4 and len(explanation.flat(found)) == 4


def test_too_few_tasks_have_neither_correlation_nor_line() -> None:
    """Withheld everywhere, so none was tried."""
    subjectivity = pd.Series({f"t{i}": float(i) for i in range(3)})
    found = explanation.correlations(table(3), subjectivity, 200, 0.95, 0)
    assert explanation.tested(found) == 0
    drawn = table(3).assign(subjectivity=lambda t: t["task"].map(subjectivity))
    drawn = drawn[(drawn["metric"] == "accuracy") & (drawn["scale"] == "absolute")]
    assert explanation.bands(drawn, 0.95).empty


def test_bands_hold_the_line() -> None:
    """The line runs through its band over the range of the tasks."""
    drawn = table(6).assign(subjectivity=lambda t: t["task"].str[1:].astype(float))
    drawn = drawn[(drawn["metric"] == "accuracy") & (drawn["scale"] == "absolute")]
    found = explanation.bands(drawn, 0.95)
    assert found["x"].min() == 0 and found["x"].max() == 5
    assert (found["low"] <= found["fit"] + 1e-12).all()
    assert (found["fit"] <= found["high"] + 1e-12).all()
