"""Two-sample tests: how often they find a difference, without one and with one."""

import numpy as np
import pytest

from stages.core.arrays import Floats
from stages.stats.scoring import alike


def unit(rng: np.random.Generator, count: int, shift: float = 0.0) -> Floats:
    """Points on a sphere around one side of it."""
    rows = rng.normal(size=(count, 20)) + shift
    found: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def test_one_population_is_seldom_called_two() -> None:
    """p < 0.1 in about a tenth of the pairs of samples, for embeddings and for labels."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        one = alike.embeddings(unit(rng, 30), unit(rng, 60), rng)
        found.append((one, alike.labels(rng.integers(3, size=50), rng.integers(3, size=80), rng)))
    few = (np.array(found) < 0.1).mean(axis=0)
    assert (few <= 0.22).all() and few.sum() > 0


def test_two_populations_are_told_apart() -> None:
    """Texts of another kind, and labels with other shares."""
    rng = np.random.default_rng(1)
    assert alike.embeddings(unit(rng, 40), unit(rng, 80, shift=0.4), rng) < 0.01
    assert alike.labels(rng.integers(2, size=60), rng.integers(3, size=90), rng) < 0.01


def test_no_difference_at_all() -> None:
    """Texts or labels that are all the same have p = 1."""
    rng = np.random.default_rng(2)
    same = np.ones((10, 1))
    assert alike.embeddings(same, same, rng) == 1
    assert alike.labels(np.zeros(10, np.int64), np.zeros(20, np.int64), rng) == 1


def test_labels_as_in_the_chi_squared_test() -> None:
    """The p-value is near that of scipy's test where counts are large."""
    from scipy import stats

    rng = np.random.default_rng(3)
    left, right = rng.integers(3, size=200), rng.choice(3, size=300, p=[0.4, 0.35, 0.25])
    table = [np.bincount(codes, minlength=3) for codes in (left, right)]
    expected = stats.chi2_contingency(np.array(table)).pvalue
    assert alike.labels(left, right, rng) == pytest.approx(expected, abs=0.04)
