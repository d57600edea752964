"""Scores of all tasks in one table: correction, means, summary."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.core import files
from stages.stats.scoring import rollup


def block(score: float, gap: float | None = None, se: float = 0.03, p: float = 0.01) -> Any:
    """One source's metrics as evaluate writes them."""
    value = {"mean": score, "low": score - 0.1, "high": score + 0.1}
    found: dict[str, Any] = {"accuracy": value, "macro_f1": value | {"sd": 0.02}, "n_train": 40}
    if gap is not None:
        numbers = {"difference": gap, "se": se, "low": gap - 0.1, "high": gap + 0.1, "p": p}
        found["gap"] = {"accuracy": numbers, "macro_f1": numbers | {"p": 1.0}}
    return found


TOPICS = {"real": block(0.9), "few_shot": block(0.8, -0.1, se=0.03, p=0.01)}
MOODS = {"real": block(0.7), "few_shot": block(0.5, -0.2, se=0.04, p=0.04)}
EVALUATED: Any = {
    "topics": {"level": 0.95, "probe": TOPICS},
    "moods": {"level": 0.95, "probe": MOODS},
}
TABLE = rollup.score_table(EVALUATED, ["probe"], ["real", "few_shot"])


def test_one_row_a_task_model_source_and_metric() -> None:
    """In the grid's order, with nothing where there is no gap or one seed."""
    assert list(TABLE.columns) == rollup.SCORES
    assert list(TABLE["task"][::4]) == ["topics", "moods"]
    assert len(TABLE) == 2 * 2 * 2
    real = TABLE.iloc[0]
    assert (real["source"], real["metric"], real["mean"]) == ("real", "accuracy", 0.9)
    assert real[["sd", "gap", "p", "p_holm"]].isna().all()
    assert TABLE.iloc[1]["sd"] == 0.02


def test_p_values_are_corrected_within_a_metric() -> None:
    """Two accuracies with p 0.01 and 0.04: Holm gives 0.02 and 0.04; macro-F1 is a family apart."""
    p_holm = TABLE[TABLE["p"].notna()].set_index(["metric", "task"])["p_holm"]
    assert p_holm["accuracy"].tolist() == pytest.approx([0.02, 0.04])
    assert p_holm["macro_f1"].tolist() == [1, 1]


def test_mean_gap_by_hand() -> None:
    """Gaps -0.1 and -0.2 with standard errors 0.03 and 0.04: -0.15 +- 1.96 x 0.05 / 2."""
    means = rollup.mean_table(TABLE, 0.95).set_index(["source", "metric"])
    row = means.xs(("few_shot", "accuracy"))
    assert list(row[["mean", "gap"]]) == pytest.approx([0.65, -0.15])
    ends = [-0.15 - 1.959964 * 0.025, -0.15 + 1.959964 * 0.025]
    assert list(row[["gap_low", "gap_high"]]) == pytest.approx(ends)
    assert means.xs(("real", "accuracy"))[["gap", "gap_low"]].isna().all()


def test_the_mean_gaps_interval_covers() -> None:
    """Over simulated tasks whose gaps scatter by their standard errors, 95 % hold the true mean."""
    rng = np.random.default_rng(0)
    truth, se = np.array([-0.1, -0.2, 0.0, -0.3]), np.array([0.02, 0.05, 0.01, 0.08])
    runs = [f"run {number}" for number in range(2000)]
    rows = pd.DataFrame({"source": np.repeat(runs, 4), "gap_se": np.tile(se, 2000)})
    gaps = rng.normal(np.tile(truth, 2000), rows["gap_se"])
    table = rows.assign(model="m", metric="f", mean=0.0, se=0.1, gap=gaps)
    means = rollup.mean_table(table, 0.95)
    held = (means["gap_low"] <= truth.mean()) & (truth.mean() <= means["gap_high"])
    assert len(means) == 2000
    assert 0.935 < held.mean() < 0.965


def test_summary_is_a_metrics_object(tmp_path: Path) -> None:
    """Means by source, corrected p-values by task; gaps only where there are some; no NaN."""
    content = rollup.summary(TABLE, rollup.mean_table(TABLE, 0.95))
    files.write_json(content, tmp_path / "summary.json")
    means = content["means"]["probe"]
    assert means["few_shot"]["accuracy"]["gap"]["value"] == pytest.approx(-0.15)
    assert means["few_shot"]["accuracy"]["gap"]["se"] == pytest.approx(0.025)
    assert means["few_shot"]["accuracy"]["score"]["value"] == pytest.approx(0.65)
    assert set(means["real"]["accuracy"]) == {"score"}
    p_values = {"accuracy": pytest.approx(0.04), "macro_f1": 1}
    assert content["p_holm"]["probe"]["moods"] == {"few_shot": p_values}
