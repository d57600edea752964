"""Variance components and degrees of freedom: published values, and what is known in advance."""

import numpy as np
import pytest
from scipy import stats

from stages.stats.scoring import noise
from stages.stats.scoring.noise import Part

# Shrout & Fleiss (1979), table 2: six targets (here texts), rated by four judges (here runs).
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
).T.astype(np.float64)


def test_the_runs_part_is_the_published_analysis_of_variance() -> None:
    """Mean squares 32.49 between judges and 1.02 of the rest, so (32.49 - 1.02) / (4 * 6)."""
    found = noise.run_part(RATINGS)
    between, within = 32.486 / 24, 1.019 / 24
    assert found.variance == pytest.approx(between - within, rel=1e-3)
    df = (between - within) ** 2 / (between**2 / 3 + within**2 / 15)
    assert found.df == pytest.approx(df, rel=1e-3)


def test_the_texts_part_is_that_of_the_means_over_runs() -> None:
    """The mean square 11.24 between targets, over 4 * 6."""
    found = noise.text_part(RATINGS.mean(axis=0))
    assert found.variance == pytest.approx(11.242 / 24, rel=1e-3) and found.df == 5


def test_runs_that_differ_less_than_the_rest_add_nothing() -> None:
    """A negative component is taken for none; one run has no component at all."""
    rest = np.array([[1.0, -1, 0], [-1, 1, 0]])
    assert noise.run_part(rest) == (0, np.inf)
    assert noise.run_part(rest[:1]) == (0, np.inf)


def test_degrees_of_freedom_are_welchs() -> None:
    """Two groups of unequal size and variance: those of Welch's t test in scipy."""
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=8), rng.normal(scale=3, size=15)
    found = noise.added(noise.text_part(one), noise.text_part(two))
    assert found.df == pytest.approx(stats.ttest_ind(one, two, equal_var=False).df)
    assert noise.added() == (0, np.inf)
    assert noise.added(Part(2.0, 7), Part(0.0, np.inf)) == (2, 7)


def test_a_share_of_yes_or_no_answers_has_the_binomial_variance() -> None:
    """As n / (n - 1) times p (1 - p) / n; and nothing like it where graded answers scatter less."""
    answers = np.repeat([1.0, 0.0], [150, 50])
    assert noise.share_part(answers, 0.75, 200).variance == pytest.approx(0.1875 / 200, rel=0.006)
    graded = 0.5 + 0.1 * (answers - 0.75)
    assert noise.share_part(graded, 0.5, 200).variance < 0.05 * 0.25 / 200


def test_a_difference_by_hand() -> None:
    """Three of ten texts differ: of them 4 of 12 are taken to differ, and by 2.433 / 3.1."""
    found = noise.difference_part(np.array([1.0] * 3 + [0.0] * 7), 10, share=True)
    squares = 10 * (3 - 0.9) / 9
    assert found.variance == pytest.approx(4 / 12 * (squares + 0.1) / 3.1 / 10)
    assert found.df == 9


def test_many_small_differences_have_the_variance_of_their_mean() -> None:
    """Pseudo-texts matter only where hardly any text differs."""
    values = np.random.default_rng(1).normal(scale=0.3, size=400)
    usual = noise.text_part(values).variance
    assert noise.difference_part(values, 400, share=True).variance == pytest.approx(usual, rel=0.01)
    assert noise.difference_part(values, 400, share=False).variance == pytest.approx(
        usual, rel=0.01
    )


@pytest.mark.parametrize("share", [True, False])
def test_texts_that_all_agree_are_no_proof(share: bool) -> None:
    """Nine texts without any difference have the variance of one in eleven."""
    found = noise.difference_part(np.zeros(9), 9, share=share)
    assert found.variance == pytest.approx(1 / 11 / 9)
