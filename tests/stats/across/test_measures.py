"""The measures of all tasks in one table."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.stats.across import measures

BLOCK = {"value": 0.5, "error": 0.03, "low": 0.44, "high": 0.56}
REAL = BLOCK | {"value": 0.75}


def analysed() -> dict[str, dict[str, Any]]:
    """Three tasks: one with all measures, one that withholds them, one with real's only."""
    similar = {"sources": {"real": {"c2st": BLOCK | {"p": 0.25}}}}
    sources = {"a": {"chamfer": BLOCK}, "real": {"chamfer": REAL}}
    withheld = {"withheld": "few"}
    return {
        "x": {"diversity": {"texts": 9, "sources": sources}, "similarity": similar},
        "y": {"diversity": withheld, "similarity": withheld},
        "z": {"diversity": {"sources": {"real": sources["real"]}}, "similarity": withheld},
    }


def test_every_measure_has_a_row() -> None:
    """In the order of tasks and sources; p where a measure has one."""
    found = measures.table(analysed(), ["real", "a"])
    keys = list(zip(found["task"], found["source"], found["measure"], strict=True))
    assert keys == [
        *(("x", "real", "chamfer"), ("x", "real", "c2st"), ("x", "a", "chamfer")),
        ("z", "real", "chamfer"),
    ]
    assert (~found["p"].isna()).tolist() == [False, True, False, False]


def test_difference_to_real_by_task() -> None:
    """Only of tasks in which both sides have the measure; none without real."""
    found = measures.table(analysed(), ["real", "a"])
    assert measures.differences(found, "chamfer", "a").to_dict() == {"x": -0.25}
    alone = measures.table(analysed(), ["a"])
    assert measures.differences(alone, "chamfer", "a").empty


def test_measures_are_averaged_over_the_tasks_that_have_them() -> None:
    """Errors of independent tasks add up in squares, 0.3 and 0.4 to 0.5 / 2; ends do not count."""
    rows = [("a", "vendi", 1, 0.3), ("a", "vendi", 2, 0.4), ("a", "coverage", 1, 0.3)]
    table = pd.DataFrame(rows, columns=["source", "measure", "value", "error"])
    found = measures.means(table, 0.95).set_index("measure")
    half = 1.959964 * 0.5 / 2
    ends = found.loc[["vendi"], ["value", "low", "high"]].to_numpy().ravel()
    assert ends.tolist() == pytest.approx([1.5, 1.5 - half, 1.5 + half])
    assert list(found.index) == ["vendi", "coverage"]


def test_mean_interval_covers_the_mean_of_independent_tasks() -> None:
    """Errors add up in squares: over simulated runs, 95 % of the intervals hold the true mean."""
    rng, inside = np.random.default_rng(0), []
    errors = np.array([0.01, 0.02, 0.05])
    for _ in range(1000):
        table = pd.DataFrame({"source": "a", "measure": "m", "value": rng.normal(0.5, errors)})
        (row,) = measures.means(table.assign(error=errors), 0.95).to_dict("records")
        inside.append(row["low"] <= 0.5 <= row["high"])
    assert np.mean(inside) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 1000))


def test_spread_is_quantiles_over_texts() -> None:
    """Of the numbers 0 to 100 the quantiles are the numbers themselves."""
    table = pd.DataFrame({"task": "t", "source": "s", "top5_cosine": np.arange(101.0)})
    found = measures.spread(table).iloc[0]
    assert [found[name] for name in measures.SPREAD] == [5, 25, 50, 75, 95]
    assert measures.spread(table[:0]).empty
