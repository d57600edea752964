"""Scores of all tasks in one table: correction, means, summary."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stages.core import files
from stages.stats.scoring import estimates, rollup
from stages.stats.scoring.evaluated import Basis, Evaluated, Gap, Score, Trained
from stages.stats.scoring.metrics import METRICS
from tests.stats.scoring.test_estimates import answers, score

MANY = 1e9  # degrees of freedom: t is normal


class One(NamedTuple):
    """What the toy run has of one source."""

    score: float
    gap: float | None = None
    se: float = 0.03
    p: float = 0.01
    df: float = MANY


def record(**sources: One) -> Evaluated:
    """A task as evaluate writes it; its macro-F1 has gaps that may be chance."""
    scores: dict[str, dict[str, Score]] = {}
    gaps: dict[str, dict[str, Gap]] = {}
    for source, one in sources.items():
        rest: dict[str, Any] = {"df": one.df, "noise": "test texts, training runs"}
        rest |= {"low": one.score - 0.1, "high": one.score + 0.1}
        own = Score(mean=one.score, sd=0.02, se=0.1 / 1.959964, **rest)
        scores[source] = dict.fromkeys(METRICS, own)
        scores[source]["accuracy"] = own.model_copy(update={"sd": None})
        if one.gap is not None:
            rest |= {"low": one.gap - 0.1, "high": one.gap + 0.1}
            gap = Gap(difference=one.gap, se=one.se, p=one.p, **rest)
            gaps[source] = dict.fromkeys(METRICS, gap.model_copy(update={"p": 1.0}))
            gaps[source]["accuracy"] = gap
    trained = dict.fromkeys(sources, Trained(n_seeds=10, n_train=40, f1={}, confusion={}))
    return Evaluated(
        basis=Basis(n_test=60, few_test_texts={}, level=0.95, signature="v:2"),
        scores={"probe": scores},
        gaps={"probe": gaps},
        against={"probe": {"mixed": gaps}},
        trained={"probe": trained},
    )


EVALUATED = {
    "topics": record(real=One(0.9), few_shot=One(0.8, -0.1, se=0.03, p=0.01)),
    "moods": record(real=One(0.7), few_shot=One(0.5, -0.2, se=0.04, p=0.04)),
}
TABLE = rollup.score_table(EVALUATED, ["probe"], ["real", "few_shot"])


def test_one_row_a_task_model_source_and_metric() -> None:
    """In the grid's order, with nothing where there is no gap or one run."""
    assert list(TABLE.columns) == rollup.SCORES
    assert list(TABLE["task"][:: 2 * len(METRICS)]) == ["topics", "moods"]
    assert len(TABLE) == 2 * 2 * len(METRICS)
    real = TABLE.iloc[0]
    assert (real["source"], real["metric"], real["mean"]) == ("real", "accuracy", 0.9)
    assert real[["sd", "gap", "p", "p_holm"]].isna().all()
    assert TABLE.iloc[1]["sd"] == 0.02
    assert (real["n_train"], real["n_seeds"]) == (40, 10)


def test_a_mean_is_over_the_tasks_that_have_the_source() -> None:
    """A task without it, or without real texts to compare it with, is left out and not counted."""
    tasks = {
        **EVALUATED,
        "alone": record(real=One(0.5)),
        "other": record(few_shot=One(0.1), gpt4=One(0.3)),
    }
    table = rollup.score_table(tasks, ["probe"], ["real", "few_shot", "gpt4"])
    assert len(table) == (2 * 2 + 1 + 2) * len(METRICS)
    means = rollup.mean_table(table, 0.95).set_index(["source", "metric"])
    row = means.xs(("few_shot", "accuracy"))
    assert list(row[["mean", "gap"]]) == pytest.approx([(0.8 + 0.5 + 0.1) / 3, -0.15])
    assert list(row[["tasks", "gap_tasks"]]) == [3, 2]
    assert means.xs(("real", "accuracy"))["mean"] == pytest.approx(0.7)
    assert list(means.xs(("gpt4", "accuracy"))[["tasks", "gap_tasks"]]) == [1, 0]
    found = rollup.summary(
        table,
        rollup.mean_table(table, 0.95),
        rollup.mean_against(rollup.against_table(tasks), 0.95),
    )
    block = found["means"]["probe"]["few_shot"]["accuracy"]
    assert (block["score"]["tasks"], block["gap"]["tasks"]) == (3, 2)


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
    table = rows.assign(model="m", metric="ece", mean=0.0, se=0.1, df=9.0, gap=gaps, gap_df=MANY)
    means = rollup.mean_table(table, 0.95)
    held = (means["gap_low"] <= truth.mean()) & (truth.mean() <= means["gap_high"])
    assert len(means) == 2000
    assert 0.935 < held.mean() < 0.965


@pytest.mark.parametrize("right", [(0.9, 0.9), (0.6, 0.8)])
def test_a_mean_gap_with_a_tiny_test_set_covers(right: tuple[float, float]) -> None:
    """Of tasks with 9 and 200 test texts: at least 95 % hold the true gap, none has no width."""
    rng, held, studies = np.random.default_rng(1), 0, 300
    for _ in range(studies):
        rows = []
        for task, count in (("tiny", 9), ("large", 200)):
            drawn = (rng.random((2, count)) < np.array(right)[:, None]).astype(int)
            own, base = (answers("".join(map(str, each)))["accuracy"] for each in drawn)
            found = estimates.gap(own, base, "share", 0.95)
            rows.append(dict(zip(("gap", "gap_se", "gap_df"), found[:3], strict=True), task=task))
        keys = {"model": "m", "source": "s", "part": "real", "metric": "accuracy"}
        (mean,) = rollup.mean_against(pd.DataFrame(rows).assign(**keys), 0.95).to_dict("records")
        held += mean["gap_low"] <= right[0] - right[1] <= mean["gap_high"]
        assert mean["gap_se"] > 0
    assert held / studies >= 0.95


def test_a_mean_score_is_a_score() -> None:
    """That of a single task has its own, skewed interval; that of two ends at 1."""
    found = score(answers("1" * 59 + "0"))._asdict()
    gap = dict.fromkeys(("gap", "gap_se", "gap_df"), np.nan)
    row = pd.DataFrame([{"model": "m", "source": "s", "metric": "accuracy", **found, **gap}])
    one, two = (rollup.mean_table(pd.concat([row] * tasks), 0.95).iloc[0] for tasks in (1, 2))
    assert one["low"] == found["low"] < 0.92 and one["high"] == found["high"] < 1
    assert two["low"] > one["low"] and two["high"] == 1


def test_a_task_with_few_texts_counts_by_what_it_knows() -> None:
    """Of 9 and infinitely many degrees of freedom: Welch's, so that t is larger than normal."""
    tasks = {
        "nine": record(real=One(0.9), few_shot=One(0.9, 0.0, se=0.1, df=8)),
        "many": record(real=One(0.9), few_shot=One(0.8, -0.1, se=0.02)),
    }
    table = rollup.score_table(tasks, ["probe"], ["real", "few_shot"])
    row = rollup.mean_table(table, 0.95).set_index(["source", "metric"]).xs(("few_shot", "ece"))
    se = np.hypot(0.1, 0.02) / 2
    assert row["gap_se"] == pytest.approx(se)
    assert row["gap_df"] == pytest.approx(8 * (0.1**2 + 0.02**2) ** 2 / 0.1**4)
    assert row["gap_high"] == pytest.approx(-0.05 + stats.t.ppf(0.975, row["gap_df"]) * se)
    assert row["gap_p"] == pytest.approx(2 * stats.t.sf(0.05 / se, row["gap_df"]))


def test_holm_is_the_published_procedure() -> None:
    """Equal to R's p.adjust(method = "holm") on its own order, capped at one, empty for none."""
    found = rollup.holm(np.array([0.05, 0.01, 0.04, 0.02, 0.03]))
    assert found == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])
    assert rollup.holm(np.array([0.7, 0.8])).tolist() == [1, 1]
    assert rollup.holm(np.array([])).tolist() == []


def test_mixtures_have_a_row_per_part() -> None:
    """With p-values corrected over tasks, mixtures and parts, and means over tasks."""
    table = rollup.against_table(EVALUATED)
    assert list(table.columns) == rollup.AGAINST
    own = table[table["metric"] == "accuracy"]
    assert own[["source", "part"]].drop_duplicates().to_numpy().tolist() == [["mixed", "few_shot"]]
    assert own["p_holm"].tolist() == pytest.approx([0.02, 0.04])
    mean = rollup.mean_against(table, 0.95).iloc[0]
    assert (mean["part"], mean["gap"]) == ("few_shot", pytest.approx(-0.15))
    assert mean["gap_se"] == pytest.approx(0.025)


AGAINST = rollup.mean_against(rollup.against_table(EVALUATED), 0.95)


def test_summary_is_a_metrics_object(tmp_path: Path) -> None:
    """Means by source, corrected p-values by task; gaps only where there are some; no NaN."""
    content = rollup.summary(TABLE, rollup.mean_table(TABLE, 0.95), AGAINST)
    files.write_json(content, tmp_path / "summary.json")
    means = content["means"]["probe"]
    assert means["few_shot"]["accuracy"]["gap"]["value"] == pytest.approx(-0.15)
    assert means["few_shot"]["accuracy"]["gap"]["se"] == pytest.approx(0.025)
    assert means["few_shot"]["accuracy"]["score"]["value"] == pytest.approx(0.65)
    assert set(means["real"]["accuracy"]) == {"score"}
    p_values = content["p_holm"]["probe"]["moods"]["few_shot"]
    assert p_values["accuracy"] == pytest.approx(0.04) and p_values["macro_f1"] == 1
    against = content["against"]["probe"]["mixed"]["few_shot"]["accuracy"]
    assert against["value"] == pytest.approx(-0.15) and against["p"] < 0.05
