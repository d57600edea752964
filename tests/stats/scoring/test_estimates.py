"""Intervals and p-values: published values, degenerate tests, coverage by simulation."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from stages.core.arrays import Floats
from stages.stats.scoring import estimates, metrics
from stages.stats.scoring.estimates import GapEstimate, ScoreEstimate
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Values
from stages.stats.scoring.predicted import Predicted

TEXT, RUN, REST = (
    0.7,
    0.25,
    0.6,
)  # standard deviations of a text's difficulty, of a run, of the rest


class Study(NamedTuple):
    """Two sources on the same test texts."""

    one: dict[str, Values]
    two: dict[str, Values]


def accuracy(threshold: float, runs: int) -> float:
    """The share of right answers over all texts and runs; a single run is that of the mean."""
    run = RUN if runs > 1 else 0.0
    return float(stats.norm.cdf(threshold / np.sqrt(TEXT**2 + run**2 + REST**2)))


def study(texts: int, runs: int, thresholds: tuple[float, float], seed: int) -> Study:
    """A run answers a text right where difficulty, run and rest add up to less than a threshold.

    Two labels, equally frequent and equally hard: macro-F1 and accuracy of the population agree.
    """
    rng = np.random.default_rng([seed, texts, runs])
    difficulty, truth = rng.normal(0, TEXT, size=texts), rng.integers(2, size=texts)
    sides = []
    for threshold in thresholds:
        run = RUN if runs > 1 else 0.0
        noise = rng.normal(0, run, size=(runs, 1)) + rng.normal(0, REST, size=(runs, texts))
        right = difficulty + noise < threshold
        labels = np.where(right, truth, 1 - truth)
        shares = np.eye(2, dtype=np.float32)[labels] * 0.6 + 0.2
        sides.append(Predicted(tuple(range(runs)), (1,) * runs, labels, shares))
    return Study(*(metrics.values(truth, side) for side in sides))


def score(found: dict[str, Values], metric: str = "accuracy") -> ScoreEstimate:
    """The estimate at 95 %."""
    return estimates.score(found[metric], METRICS[metric].scale, 0.95)


def gap(found: Study, metric: str = "accuracy") -> GapEstimate:
    """The first source less the second, at 95 %."""
    return estimates.gap(found.one[metric], found.two[metric], METRICS[metric].scale, 0.95)


def answers(*runs: str) -> dict[str, Values]:
    """Accuracy of runs, written as 1 for a right answer and 0 for a wrong one."""
    hits: Floats = np.array([[float(sign) for sign in run] for run in runs])
    return {"accuracy": Values(hits.mean(axis=1), hits, hits.shape[1])}


@pytest.mark.parametrize(
    ("right", "count", "ends"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_interval_is_the_published_one(
    right: int, count: int, ends: tuple[float, float]
) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I."""
    found = estimates.wilson(right / count, count, estimates.quantile(np.inf, 0.95))
    assert found == pytest.approx(ends, abs=5e-5)


def test_one_run_on_many_texts_has_wilsons_interval() -> None:
    """Without runs to vary there are yes-or-no answers alone."""
    found = score(answers("1" * 450 + "0" * 50))
    assert (found.low, found.high) == pytest.approx(estimates.wilson(0.9, 500, 1.96), abs=2e-3)
    assert found.sd is None


def test_nine_texts_on_which_sources_agree_are_no_certain_gap() -> None:
    """The gap is 0 with room to both sides, and nine right answers are no proof of perfection."""
    right = answers("1" * 9)["accuracy"]
    found = estimates.gap(right, right, "share", 0.95)
    assert (found.difference, found.p) == (0, 1)
    assert found.low < -0.2 and found.high > 0.2
    own = score(answers("1" * 9))
    assert own.low < 0.72 and own.high == pytest.approx(1) and own.se > 0.05


def test_three_texts_of_a_label_are_no_certain_macro_f1() -> None:
    """Among 60, all right, they know as little as a dozen texts; so does a gap between equals."""
    truth = np.repeat([0, 1], [57, 3])
    shares = np.eye(2, dtype=np.float32)[truth][None]
    found = metrics.values(truth, Predicted((0,), (1,), truth[None], shares))
    right = 4 / (1 / 57 + 1 / 3)
    ends = estimates.wilson(1.0, right, estimates.quantile(59, 0.95))
    assert (score(found, "macro_f1").low, score(found).low) == pytest.approx(
        (ends[0], 0.937), abs=1e-3
    )
    assert gap(Study(found, found), "macro_f1").high > 2 * gap(Study(found, found)).high


def test_four_texts_against_none_decide_nothing() -> None:
    """As in the exact McNemar test, whose p is 0.125; ten against none decide."""
    base = answers("0" * 10 + "1" * 50)["accuracy"]
    four = estimates.gap(answers("1" * 4 + "0" * 6 + "1" * 50)["accuracy"], base, "share", 0.95)
    ten = estimates.gap(answers("1" * 60)["accuracy"], base, "share", 0.95)
    assert four.p > 0.05 > ten.p


def test_the_gap_has_the_sign_of_the_better_one() -> None:
    """Exchanged sides give the opposite difference and interval, and the same p."""
    found = study(200, 5, (0.9, 0.4), seed=0)
    one, two = gap(found), gap(Study(found.two, found.one))
    assert one.difference == -two.difference > 0
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low))
    assert one.p == pytest.approx(two.p)


def test_pairing_narrows_the_gap() -> None:
    """On the same texts it is known better than from two scores by themselves."""
    found = study(400, 1, (0.8, 0.6), seed=1)
    alone = np.hypot(score(found.one).se, score(found.two).se)
    assert gap(found).se < 0.9 * alone


def test_few_runs_widen_the_interval() -> None:
    """With two runs that differ, t has hardly more than one degree of freedom."""
    found = score(answers("1" * 90 + "0" * 10, "1" * 60 + "0" * 40))
    assert found.df < 2 and found.high - found.low > 0.7


@pytest.mark.parametrize("metric", ["log_loss", "ece"])
def test_errors_never_fall_below_zero(metric: str) -> None:
    """A log loss has an interval above 0, a calibration error one from 0 at least."""
    found = score(study(20, 3, (2.0, 0.0), seed=2).one, metric)
    assert 0 <= found.low <= found.mean <= found.high


@pytest.mark.parametrize(("texts", "runs"), [(60, 10), (300, 10), (300, 1), (300, 5)])
def test_intervals_cover_and_p_is_honest(texts: int, runs: int) -> None:
    """400 studies: 95 % hold the true score and gap, 5 % find a difference where there is none.

    Three standard errors of the simulation are allowed.
    """
    true = accuracy(0.8, runs)
    difference = true - accuracy(0.5, runs)
    held, rejected = [], []
    for seed in range(400):
        found = study(texts, runs, (0.8, 0.5), seed)
        same = study(texts, runs, (0.7, 0.7), seed + 1_000)
        for metric in ("accuracy", "macro_f1"):
            own, other = score(found.one, metric), gap(found, metric)
            held.append((own.low <= true <= own.high, other.low <= difference <= other.high))
            rejected.append(gap(same, metric).p < 0.05)
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.033)
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.033)
