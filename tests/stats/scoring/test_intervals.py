"""Bootstrap intervals: the same distribution as resampling rows, honest error rates."""

import numpy as np
import pytest
from scipy import stats

from stages.stats.scoring import intervals, scores
from stages.stats.scoring.scores import Floats, Ints


def simulate(items: int, labels: int, right: tuple[float, ...], seed: int) -> tuple[Ints, Ints]:
    """A truth (n,) and one prediction for each share of right answers (P, n)."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(labels, size=items, p=np.arange(1, labels + 1) / sum(range(labels + 1)))
    noise = rng.integers(labels, size=(len(right), items))
    keep = rng.random((len(right), items)) < np.array(right)[:, None]
    return truth, np.where(keep, truth, noise)


def row_resamples(truth: Ints, predicted: Ints, labels: int, resamples: int) -> intervals.Scores:
    """The scores of test sets whose rows are drawn one by one: the textbook bootstrap."""
    rng = np.random.default_rng(77)
    found = []
    for _ in range(resamples):
        rows = rng.integers(len(truth), size=len(truth))
        found.append(intervals.observed(truth[rows], predicted[:, rows], labels))
    return intervals.Scores(*(np.array(part) for part in zip(*found, strict=True)))


@pytest.mark.parametrize(("items", "labels"), [(30, 2), (60, 4), (400, 3)])
def test_drawing_counts_is_drawing_rows(items: int, labels: int) -> None:
    """Scores, their mean over seeds and paired gaps have the row bootstrap's distribution."""
    truth, predicted = simulate(items, labels, (0.8, 0.7, 0.5, 0.4), seed=items)
    rng = np.random.default_rng(1)
    counts = intervals.resampled(truth, predicted, labels, 4000, rng)
    rows = row_resamples(truth, predicted, labels, 4000)
    for drawn, expected in zip(counts, rows, strict=True):
        for view in (_first, _seed_mean, _gap):
            assert stats.ks_2samp(view(drawn), view(expected)).pvalue > 0.01


def _first(draws: Floats) -> Floats:
    first: Floats = draws[:, 0]
    return first


def _seed_mean(draws: Floats) -> Floats:
    mean: Floats = draws[:, :2].mean(axis=1)
    return mean


def _gap(draws: Floats) -> Floats:
    return _seed_mean(draws[:, 2:]) - _seed_mean(draws)


def test_counts_are_multinomial() -> None:
    """Draws keep the number of items; means, variances and covariances are the multinomial's."""
    counts = np.array([40, 20, 7, 4, 3, 2, 1, 1, 1, 1])
    rng = np.random.default_rng(2)
    drawn = np.concatenate(list(intervals._draws(counts, 40_000, rng)))
    shares = counts / counts.sum()
    covariance = counts.sum() * (np.diag(shares) - np.outer(shares, shares))
    assert (drawn.sum(axis=1) == counts.sum()).all()
    assert drawn.mean(axis=0) == pytest.approx(counts, abs=0.1)
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.5)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws come in chunks of bounded size, and all of them come."""
    monkeypatch.setattr(intervals, "_CELLS", 100)
    counts = np.array([9, 5, 2, 1, 1, 1])
    chunks = list(intervals._draws(counts, 1000, np.random.default_rng(3)))
    assert max(chunk.size for chunk in chunks) <= 100
    assert sum(len(chunk) for chunk in chunks) == 1000


def test_observed_scores_are_scores() -> None:
    """The scores of the test set itself are those of its confusion tables."""
    truth, predicted = simulate(50, 3, (0.9, 0.2), seed=4)
    seen = intervals.observed(truth, predicted, 3)
    table = scores.confusion(truth, predicted[1], 3)
    assert seen.accuracy[1] == scores.accuracy(table)
    assert seen.macro_f1[1] == scores.macro_f1(table)


def test_accuracy_has_the_binomial_standard_error() -> None:
    """The bootstrap's standard error of one accuracy p over n items is sqrt(p (1 - p) / n)."""
    truth = np.zeros(200, dtype=np.int64)
    predicted = (np.arange(200) >= 150).astype(np.int64)[None]
    drawn = intervals.resampled(truth, predicted, 2, 40_000, np.random.default_rng(5))
    assert drawn.accuracy.std() == pytest.approx(np.sqrt(0.75 * 0.25 / 200), rel=0.02)


def test_the_seed_is_the_argument() -> None:
    """The same generator gives the same draws, another one other draws."""
    truth, predicted = simulate(80, 2, (0.7,), seed=6)
    first, again, other = (
        intervals.resampled(truth, predicted, 2, 100, np.random.default_rng(seed)).macro_f1
        for seed in (0, 0, 1)
    )
    assert first.tolist() == again.tolist() != other.tolist()


def test_equal_predictions_have_no_gap() -> None:
    """Difference and interval are zero and the p-value is one."""
    truth, predicted = simulate(80, 2, (0.7,), seed=7)
    both = np.vstack([predicted, predicted])
    drawn = intervals.resampled(truth, both, 2, 500, np.random.default_rng(0)).accuracy
    found = intervals.gap(0.0, drawn[:, 0] - drawn[:, 1], 0.95)
    assert found == (0, 0, 0, 0, 1)


def test_gap_by_hand() -> None:
    """Of nine draws around -0.2 one lies 0.2 away: p = (1 + 1) / (1 + 9)."""
    draws = np.array([-0.2] * 5 + [-0.1, -0.15, -0.3, -0.4])
    found = intervals.gap(-0.2, draws, 0.5)
    assert found.p == pytest.approx(0.2)
    assert (found.low, found.high) == (-0.2, -0.2)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_p_values_are_uniform_without_a_difference(metric: str) -> None:
    """Between equally good classifiers p-values are uniform, and 95 % intervals hold zero."""
    found = []
    for seed in range(400):
        truth, predicted = simulate(300, 3, (0.6, 0.6, 0.6, 0.6), seed=seed)
        seen = getattr(intervals.observed(truth, predicted, 3), metric)
        rng = np.random.default_rng(seed)
        drawn = getattr(intervals.resampled(truth, predicted, 3, 400, rng), metric)
        difference = float(seen[:2].mean() - seen[2:].mean())
        found.append(intervals.gap(difference, -_gap(drawn), 0.95))
    p_values = [gap.p for gap in found]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert 0.92 < np.mean([gap.low <= 0 <= gap.high for gap in found]) < 0.98


def test_holm_is_the_published_procedure() -> None:
    """Equal to R's p.adjust(method = "holm") on its own order, capped at one, empty for none."""
    assert intervals.holm([0.05, 0.01, 0.04, 0.02, 0.03]) == pytest.approx(
        [0.09, 0.05, 0.09, 0.08, 0.09]
    )
    assert intervals.holm([0.7, 0.8]).tolist() == [1, 1]
    assert intervals.holm([]).tolist() == []
