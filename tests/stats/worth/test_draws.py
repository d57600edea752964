import numpy as np
import pytest

from stages.stats.worth import draws

CODES = np.array([0] * 12 + [1] * 5 + [2] * 3)


def test_sizes_are_a_geometric_grid() -> None:
    """From the smallest to all texts, rising, each about the same multiple of the one before."""
    found = draws.sizes(20_000)
    assert (found[0], found[-1], len(found)) == (10, 20_000, 11)
    ratios = np.divide(found[1:], found[:-1])
    np.testing.assert_allclose(ratios, 2_000**0.1, rtol=0.03)
    assert draws.sizes(12) == [10, 11, 12]  # whole numbers, each once
    with pytest.raises(ValueError, match="more than 10 texts for a learning curve, found 10"):
        draws.sizes(10)


@pytest.mark.parametrize("kind", ["natural", "balanced"])
def test_draws_are_permutations_that_more_draws_leave(kind: str) -> None:
    """Every draw holds every text once, differs from the others, and keeps its place."""

    def made(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
        if kind == "natural":
            return draws.natural(len(CODES), count, seed=1)
        return draws.balanced(CODES, count, seed=1)

    orders = made(5)
    assert (np.sort(orders, axis=1) == np.arange(len(CODES))).all()
    assert len(np.unique(orders, axis=0)) == 5
    assert (made(2) == orders[:2]).all()


def test_natural_draws_have_natural_shares() -> None:
    """The first texts have each label's share in the mean over draws."""
    orders = draws.natural(len(CODES), 2_000, seed=0)
    shares = (CODES[orders[:, :6]] == 0).mean()
    assert abs(shares - 12 / 20) < 3 * np.sqrt(0.6 * 0.4 / (6 * 2_000))


def test_balanced_draws_take_labels_in_turns() -> None:
    """Every three texts have all labels, in changing order, while each has texts left."""
    orders = draws.balanced(CODES, 200, seed=0)
    first = CODES[orders[:, :9]].reshape(200, 3, 3)
    assert (np.sort(first, axis=2) == [0, 1, 2]).all()
    assert len(np.unique(first[:, 0], axis=0)) == 6
    assert (CODES[orders[:, 13:]] == 0).all()  # the last ones are of the label that has most


def test_missing_labels_are_counted() -> None:
    """Two texts of three labels lack one label or two; all texts lack none."""
    orders = draws.natural(len(CODES), 500, seed=0)
    found = draws.missing(CODES, orders, [2, 20], 3)
    same = sum(count / 20 * (count - 1) / 19 for count in np.bincount(CODES))
    assert found[0] == pytest.approx(1 + same, abs=0.07) and found[1] == 0
