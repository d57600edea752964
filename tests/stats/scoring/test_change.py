"""Changes between two runs are judged by their noise."""

import numpy as np
import pandas as pd
import pytest

from stages.stats.scoring import change, pairing
from stages.stats.scoring.change import APART, GONE, MEAN, MOVED, NEW, NOISE, UNCHANGED

NO_ERRORS = pairing.errors({}, tasks=1)  # no predictions: nothing is paired


def run(**values: float) -> pd.DataFrame:
    """Scores of sources on the task `topics`, with a well-known standard error of 0.03."""
    rows = [
        ("topics", "probe", "accuracy", "score", source, v, 0.03, 1e9)
        for source, v in values.items()
    ]
    return pd.DataFrame(rows, columns=[*change.KEY, "value", "se", "df"])


def marks(old: pd.DataFrame, new: pd.DataFrame, **apart: str) -> dict[str, str]:
    """The mark of each source."""
    table = change.changes(old, new, NO_ERRORS, apart, 0.95)
    return dict(zip(table["source"], table["mark"], strict=True))


def test_noise_is_that_of_a_difference() -> None:
    """Standard errors of 0.03 and 0.04 make 0.05; its 95 % interval reaches 1.96 times as far."""
    new = run(real=0.6).assign(se=0.04)
    row = change.changes(run(real=0.5), new, NO_ERRORS, {}, 0.95).iloc[0]
    assert row["change"] == pytest.approx(0.1)
    assert row["noise"] == pytest.approx(1.959964 * 0.05)
    assert row["mark"] == MOVED


def test_standard_errors_of_few_runs_make_more_noise() -> None:
    """Two of 9 degrees of freedom each: t with 18 in place of the normal distribution."""
    few = run(real=0.5).assign(df=9.0)
    row = change.changes(few, few.assign(value=0.6), NO_ERRORS, {}, 0.95).iloc[0]
    assert row["noise"] == pytest.approx(2.100922 * 0.03 * np.sqrt(2))


def test_every_number_gets_a_mark() -> None:
    """Larger than the noise or not, equal, only in one of the runs."""
    old = run(far=0.5, near=0.5, same=0.5, gone=0.5)
    new = run(far=0.7, near=0.52, same=0.5, new=0.5)
    found = marks(old, new)
    assert found == {"far": MOVED, "near": NOISE, "same": UNCHANGED, "new": NEW, "gone": GONE}


def test_other_test_texts_cannot_be_compared() -> None:
    """The reason stands in the mark, and neither a change nor its noise is given."""
    table = change.changes(
        run(real=0.5), run(real=0.9), NO_ERRORS, {"topics": "other test texts"}, 0.95
    )
    assert table["mark"].tolist() == [f"{APART}: other test texts"]
    assert table[["change", "noise"]].isna().all(axis=None)


def test_equal_runs_differ_by_chance_at_most_as_often_as_said() -> None:
    """Two studies of one truth: 5 % are marked if independent, fewer if they share test texts."""
    rng = np.random.default_rng(0)
    names = [f"study {number}" for number in range(4000)]

    def share(shared: float) -> float:
        common = rng.normal(0, 0.03 * np.sqrt(shared), len(names))
        errors = rng.normal(0, 0.03 * np.sqrt(1 - shared), (2, len(names)))
        old, new = (run(**dict(zip(names, common + own, strict=True))) for own in errors)
        found = marks(old, new)
        return sum(mark == MOVED for mark in found.values()) / len(names)

    assert 0.04 < share(0.0) < 0.06
    assert share(0.8) < 0.01


def test_estimates_are_task_by_task_with_the_means_first() -> None:
    """Scores, then gaps; a source without a gap has none."""
    numbers = {"mean": 0.5, "se": 0.1, "df": 9.0, "gap": [np.nan, -0.1], "gap_se": [np.nan, 0.2]}
    numbers |= {"gap_df": [np.nan, 8.0]}
    means = pd.DataFrame({"model": "m", "source": ["real", "few_shot"], "metric": "f", **numbers})
    found = change.estimates(pd.concat([means.assign(task=t) for t in "ba"]), means)
    table = change.changes(found, found, NO_ERRORS, {}, 0.95)
    assert list(table["task"].unique()) == [MEAN, "b", "a"]
    assert list(table["what"][:3]) == ["score", "score", "gap"]
    assert list(table["source"][:3]) == ["real", "few_shot", "few_shot"]


def test_paired_errors_take_the_place_of_those_of_the_runs() -> None:
    """Where there are some; a change that the runs' own errors would hide then shows."""
    errors = run(near=0.0).drop(columns="value").assign(se=0.005)
    table = change.changes(run(near=0.5, far=0.5), run(near=0.52, far=0.52), errors, {}, 0.95)
    assert table["paired"].tolist() == [True, False]
    assert table["mark"].tolist() == [MOVED, NOISE]
    assert table["noise"].iloc[0] == pytest.approx(1.959964 * 0.005)
