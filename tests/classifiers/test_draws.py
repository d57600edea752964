"""Draws of training texts."""

import numpy as np
import pytest

from stages.classifiers import draws
from stages.core.arrays import Rows

CODES = np.array([0] * 12 + [1] * 5 + [2] * 3)


def test_sizes_are_a_geometric_grid() -> None:
    """From the smallest to all texts, rising, each about the same multiple of the one before."""
    found = draws.sizes(20_000, 10, 11)
    assert (found[0], found[-1], len(found)) == (10, 20_000, 11)
    ratios = np.divide(found[1:], found[:-1])
    np.testing.assert_allclose(ratios, 2_000**0.1, rtol=0.03)
    assert draws.sizes(12, 10, 11) == [10, 11, 12]  # whole numbers, each once
    assert draws.sizes(10, 10, 11) == [10]


@pytest.mark.parametrize("kind", ["natural", "balanced"])
def test_draws_are_permutations_that_more_draws_leave(kind: str) -> None:
    """Every draw holds every text once, differs from the others, and keeps its place."""

    def made(count: int, source: str = "real") -> Rows:
        if kind == "natural":
            return draws.natural(len(CODES), count, 1, source)
        return draws.balanced(CODES, count, 1, source)

    orders = made(5)
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(len(CODES)), (5, 1)))
    assert len(np.unique(np.vstack([orders, made(5, "other")]), axis=0)) == 10
    np.testing.assert_array_equal(made(2), orders[:2])


def test_natural_draws_have_natural_shares() -> None:
    """The first texts have each label's share in the mean over draws."""
    orders = draws.natural(len(CODES), 2_000, 0, "real")
    shares = (CODES[orders[:, :6]] == 0).mean()
    assert abs(shares - 12 / 20) < 3 * np.sqrt(0.6 * 0.4 / (6 * 2_000))


def test_balanced_draws_take_labels_in_turns() -> None:
    """Every three texts have all labels, in changing order, while each has texts left."""
    orders = draws.balanced(CODES, 200, 0, "written")
    first = CODES[orders[:, :9]].reshape(200, 3, 3)
    assert (np.sort(first, axis=2) == [0, 1, 2]).all()
    assert len(np.unique(first[:, 0], axis=0)) == 6
    assert (CODES[orders[:, 13:]] == 0).all()  # the last ones are of the label that has most


def test_a_text_labelled_by_people_takes_the_place_of_its_twin() -> None:
    """Texts 5 and 6 of a source are the real texts 0 and 2; a row of nothing keeps the shape."""
    own, twins, drawn = np.array([4, 5, 6]), np.array([-1, 0, 2]), np.array([[0, 1], [2, 0]])
    found = draws.joined(own, twins, drawn, nothing=9)
    assert found.tolist() == [[4, 9, 6, 0, 1], [4, 9, 9, 2, 0]]
