"""How far texts lie from real ones: by hand and by definition."""

import numpy as np
import pytest

from stages.core.arrays import Floats
from stages.stats.texts import overlap


def unit(rng: np.random.Generator, rows: int, centre: float = 0.0) -> Floats:
    """Rows of length 1 around a direction."""
    found: Floats = rng.normal(size=(rows, 5)) + centre
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def test_mmd_is_its_definition() -> None:
    """The three sums over pairs, the kernel's width the median squared distance."""
    rng = np.random.default_rng(0)
    a, b = unit(rng, 4), unit(rng, 6, 0.5)
    both = np.concatenate([a, b])
    squared = ((both[:, None] - both[None]) ** 2).sum(axis=2)
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(10, 1)]))
    own = [kernel[i, j] for i in range(4) for j in range(4) if i != j]
    other = [kernel[i, j] for i in range(4, 10) for j in range(4, 10) if i != j]
    expected = np.mean(own) + np.mean(other) - 2 * kernel[:4, 4:].mean()
    assert overlap.mmd(a, b) == pytest.approx(expected)


def test_mmd_of_one_population_is_zero_in_the_mean() -> None:
    """And grows with the distance."""
    rng = np.random.default_rng(1)
    same = [overlap.mmd(unit(rng, 12), unit(rng, 30)) for _ in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(200)
    assert overlap.mmd(unit(rng, 12), unit(rng, 30, 2.0)) > max(same)


def test_cosines_by_hand() -> None:
    """The medoid is the real text that is nearest to all."""
    real = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    rows = np.array([[1.0, 0.0], [0.8, 0.6]])
    assert overlap.to_medoid(rows, real) == pytest.approx((0.8 + 1.0) / 2)
    pairs = [one @ other for one in rows for other in real]
    assert overlap.mean_cosine(rows, real) == pytest.approx(np.mean(pairs))
