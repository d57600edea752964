"""Blocked neighbours against the whole matrix, with blocks smaller than the data."""

from fractions import Fraction

import numpy as np
import pytest

from stages.stats.texts import neighbours
from stages.stats.texts.neighbours import Matrix


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that divide the data unevenly."""
    monkeypatch.setattr(neighbours, "ROWS", 7)
    monkeypatch.setattr(neighbours, "COLUMNS", 5)


def cloud(n: int, seed: int, dim: int = 6) -> Matrix:
    """Random directions."""
    return neighbours.unit(np.random.default_rng(seed).normal(size=(n, dim)))


@pytest.mark.parametrize("n", [1, 4, 5, 23])
def test_top_equals_sorting_all(n: int) -> None:
    """The k greatest cosines are those of the whole sorted row."""
    queries, others = cloud(17, 0), cloud(n, 1)
    k = min(3, n)
    whole = np.sort(queries @ others.T, axis=1)[:, -k:]
    found = np.sort(neighbours.top(queries, others, k), axis=1)
    np.testing.assert_allclose(found, whole, rtol=1e-6)


def test_top_needs_enough_others() -> None:
    """Five neighbours cannot come from four texts."""
    with pytest.raises(ValueError, match="expected at least 5 texts to compare with, found 4"):
        neighbours.top(cloud(3, 0), cloud(4, 1), 5)


def test_nearest_equals_argmax() -> None:
    """Value and place are those of the whole row."""
    queries, others = cloud(16, 2), cloud(13, 3)
    whole = queries @ others.T
    found = neighbours.nearest(queries, others)
    np.testing.assert_array_equal(found.place, whole.argmax(axis=1))
    np.testing.assert_allclose(found.cosine, whole.max(axis=1), rtol=1e-6)


@pytest.mark.parametrize("n", [2, 5, 6, 24])
def test_nearest_other_leaves_the_row_itself_out(n: int) -> None:
    """Multiplying each pair of blocks once gives what the whole matrix gives."""
    rows = cloud(n, 4)
    whole = rows @ rows.T
    np.fill_diagonal(whole, -np.inf)
    found = neighbours.nearest_other(rows)
    np.testing.assert_array_equal(found.place, whole.argmax(axis=1))
    np.testing.assert_allclose(found.cosine, whole.max(axis=1), rtol=1e-6)


def test_nearest_other_of_one_row() -> None:
    """One text has no other."""
    with pytest.raises(ValueError, match="expected at least 2 texts, found 1"):
        neighbours.nearest_other(cloud(1, 0))


def test_unit_restores_the_length_and_refuses_zero() -> None:
    """Half precision rounds lengths; a row of zeros has no direction."""
    halved = cloud(5, 5).astype(np.float16)
    np.testing.assert_allclose(np.linalg.norm(neighbours.unit(halved), axis=1), 1.0, rtol=1e-6)
    with pytest.raises(ValueError, match="zero or not finite"):
        neighbours.unit(np.zeros((2, 3), dtype=np.float16))


def test_cosines_do_not_depend_on_the_order_of_sums() -> None:
    """Sums of products of unit rows are exact, whatever their order and the block."""
    rows = cloud(40, 5, dim=384)
    expected = np.array([[sum(map(Fraction, a * b)) for b in rows[:5]] for a in rows[:5]])
    order = np.random.default_rng(6).permutation(384)
    for columns in (slice(None), order, order[::-1]):
        assert ((rows[:5, columns] @ rows[:5, columns].T) == expected).all()
    whole = rows @ rows.T
    assert all((rows[[row]] @ rows.T == whole[row]).all() for row in range(40))


def test_length_is_one() -> None:
    """The grid moves a length by less than one in a million."""
    np.testing.assert_allclose(np.linalg.norm(cloud(40, 7, dim=384), axis=1), 1, atol=1e-6)
