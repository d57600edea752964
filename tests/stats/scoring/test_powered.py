"""Prediction-powered scores and gaps: formulas, limits, and coverage by simulation."""

import numpy as np
import pytest

from stages.core.arrays import Floats, Ints
from stages.stats.scoring import estimates, metrics, powered, scores
from stages.stats.scoring.noise import Values
from stages.stats.scoring.powered import FORMS, Guessed, Labelled
from stages.stats.scoring.predicted import Predicted
from tests.stats.scoring import powered_study as study

LABELS = 3


def drawn(
    tests: int = 80, spare: int = 300, right: float = 0.9, seed: int = 0
) -> tuple[Labelled, Guessed, Guessed]:
    """Test and spare texts, an LLM that is `right` so often, and two sources' guesses."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(LABELS), rng.integers(LABELS, size=tests + spare - LABELS)])

    def noisy(share: float, runs: int = 1) -> Ints:
        other = rng.integers(LABELS, size=(runs, len(truth)))
        return np.where(rng.random((runs, len(truth))) < share, truth, other)

    said = noisy(right)[0]
    sides = (noisy(0.7, 2), noisy(0.6, 3))
    one, two = (Guessed(side[:, :tests], side[:, tests:]) for side in sides)
    return Labelled(truth[:tests], said[:tests], said[tests:]), one, two


def values(labelled: Labelled, side: Guessed, metric: str) -> Values:
    """The classic values of a metric."""
    runs = tuple(range(len(side.tests)))
    none = np.zeros((*side.tests.shape, LABELS), np.float32)
    guessed = Predicted(runs, runs, side.tests, none)
    return metrics.METRICS[metric].values(labelled.truth, guessed)


def test_mean_as_in_ppi_py() -> None:
    """Without pseudo-texts lambda and value are those of ppi_py 0.2.3, as is the width but for df.

    lambda = _calc_lam_glm(clip=True), ppi_mean_pointestimate and ppi_mean_ci(alpha=0.05).
    """
    i, j = np.arange(40), np.arange(200)
    human = ((i * 7) % 10 < 7).astype(float)
    said = ((i * 7 + (i % 9 == 0) * 5) % 10 < 7).astype(float)
    spare = ((j * 3) % 11 < 8).astype(float)
    weight, ratio = powered.tune(human, said, spare, pseudo=0)
    assert weight == pytest.approx(0.7319903373306877, rel=1e-12)
    value = human.mean() + weight * (spare.mean() - said.mean())
    assert value == pytest.approx(0.74025947, abs=1e-8)
    half = 1.959964 * np.sqrt(ratio * human.var() / len(human))
    assert half == pytest.approx((0.83261119 - 0.64790775) / 2 * (39 / 38) ** 0.5, rel=1e-6)


@pytest.mark.parametrize(("rho", "labels"), [(0.3, 219), (0.5, 263), (0.7, 378), (0.8, 520)])
def test_effective_labels_as_in_the_power_analysis(rho: float, labels: int) -> None:
    """n (n + N) / (n + (1 - rho^2) N) for 200 test and 5,000 spare texts."""
    rng = np.random.default_rng(0)
    one, two = np.linalg.qr(rng.normal(size=(200, 3)) - 0)[0][:, :2].T
    own, other = (_standard(each) for each in (one, two - one * (one @ two)))
    other = _standard(other - own * (own @ other) / len(own))
    said = rho * own + np.sqrt(1 - rho**2) * other
    weight, ratio = powered.tune(own, said, np.tile(_standard(rng.normal(size=500)), 10), pseudo=0)
    found = powered.effective(200, powered.Tuned(0.0, weight, ratio))
    assert found == pytest.approx(labels, rel=0.01)


def _standard(row: Floats) -> Floats:
    centred = row - row.mean()
    found: Floats = centred / centred.std()
    return found


@pytest.mark.parametrize("metric", FORMS)
def test_a_form_is_its_metric(metric: str) -> None:
    """On the classic cells it has the metric's value; an unreadable answer is never a hit."""
    labelled, side, _ = drawn()
    cells = scores.confusion(labelled.truth, side.tests, LABELS + 1) / len(labelled.truth)
    assert FORMS[metric].value(cells) == pytest.approx(values(labelled, side, metric).runs)
    unread = np.zeros((LABELS + 1, LABELS + 1))
    unread[-1, :-1] = 1 / LABELS
    assert FORMS[metric].value(unread) == 0


@pytest.mark.parametrize("metric", FORMS)
def test_a_slope_is_the_derivative(metric: str) -> None:
    """Of the value by each cell, as a difference quotient finds it."""
    labelled, side, _ = drawn()
    cells = (scores.confusion(labelled.truth, side.tests, LABELS + 1) / len(labelled.truth))[0]
    slope, step = FORMS[metric].slope(cells), 1e-6
    for row in range(LABELS + 1):
        for column in range(LABELS):
            moved = cells.copy()
            moved[row, column] += step
            quotient = (FORMS[metric].value(moved) - FORMS[metric].value(cells)) / step
            assert slope[row, column] == pytest.approx(float(quotient), abs=1e-4)


@pytest.mark.parametrize("metric", FORMS)
def test_useless_labels_change_nothing(metric: str) -> None:
    """An LLM that always says the same has lambda 0 for accuracy's sake: the classic interval."""
    labelled, one, two = drawn()
    rng = np.random.default_rng(3)
    random = Labelled(
        labelled.truth, (labelled.truth + 1 + rng.integers(2, size=80)) % 3, labelled.spare
    )
    found = powered.tuned(random, [one], LABELS, FORMS[metric])
    assert (found.weight, found.ratio) == (0.0, 1.0)
    own, base = values(labelled, one, metric), values(labelled, two, metric)
    classic = estimates.score(own, "share", 0.95)
    expected = (classic.mean, classic.low, classic.high)
    assert powered.score(own, found, 0.95) == pytest.approx(expected)
    gap = powered.tuned(random, [one, two], LABELS, FORMS[metric])._replace(ratio=1.0, weight=0.0)
    apart = estimates.gap(own, base, "share", 0.95)
    same = powered.gap(own, base, gap._replace(mean=apart.difference), 0.95)
    assert tuple(same) == pytest.approx(tuple(apart))


@pytest.mark.parametrize("metric", FORMS)
def test_good_labels_narrow_the_interval(metric: str) -> None:
    """Around a score between 0 and 1, the more the better the labels are."""
    widths, labels = [], []
    for right in (0.5, 0.8, 1.0):
        labelled, one, _ = drawn(right=right)
        found = powered.tuned(labelled, [one], LABELS, FORMS[metric])
        value, low, high = powered.score(values(labelled, one, metric), found, 0.95)
        assert 0 <= low < value < high <= 1
        widths.append(high - low)
        labels.append(powered.effective(80, found))
    assert widths[0] > widths[1] > widths[2]
    assert 80 <= labels[0] < labels[1] < labels[2] <= 380


def test_a_wider_level_is_a_wider_interval() -> None:
    """Of a gap, within -1 to 1, with p below what the interval without 0 says."""
    labelled, one, two = drawn()
    found = powered.tuned(labelled, [one, two], LABELS, FORMS["accuracy"])
    own, base = (values(labelled, side, "accuracy") for side in (one, two))
    narrow, wide = (powered.gap(own, base, found, level) for level in (0.8, 0.9999999))
    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high
    assert wide.low >= -1 and wide.high <= 1
    assert (narrow.p < 0.2) == (narrow.low > 0)


def test_all_right_is_no_proof() -> None:
    """Classifier and LLM right on every text: an interval with a width, as the classic one."""
    truth = np.arange(40) % 2
    guessed = Guessed(truth[None], np.tile(truth, 5)[None])
    labelled = Labelled(truth, truth, np.tile(truth, 5))
    none = np.zeros((1, 40, 2), np.float32)
    own = metrics.METRICS["accuracy"].values(truth, Predicted((0,), (0,), truth[None], none))
    found = powered.tuned(labelled, [guessed], 2, FORMS["accuracy"])
    value, low, high = powered.score(own, found, 0.95)
    classic = estimates.score(own, "share", 0.95)
    assert (value, low, high) == pytest.approx((1.0, classic.low, 1.0))


@pytest.mark.parametrize("accuracy", [0.6, 0.95])
def test_coverage(accuracy: float) -> None:
    """95 % intervals on 50 test texts hold the truth, and are no wider than the classic ones.

    A small version of tests/benchmarks/bench_powered.py.
    """
    known = study.world("two labels", classifiers=30)
    said = study.llm(known, accuracy)
    assert (said == known.truth).mean() == pytest.approx(accuracy, abs=0.02)
    found = list(study.studies(known, said, tests=50, spare=500, runs=10, count=200))
    for metric in study.METRICS:
        for what in ("score", "gap"):
            classic, sharper = (
                np.array([each[metric, what, kind] for each in found], dtype=float)
                for kind in ("classic", "powered")
            )
            assert sharper[:, 0].mean() >= 0.92
            assert sharper[:, 1].mean() < (0.92 if accuracy > 0.9 else 1.01) * classic[:, 1].mean()
