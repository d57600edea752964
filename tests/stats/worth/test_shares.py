import numpy as np
import pytest

from stages.core.arrays import Floats
from stages.stats.worth import shares

EVEN = np.array([0.5, 0.5])


def posteriors(count: int, trained: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Exact posteriors under `trained` and under `wanted` shares of points from two normals."""
    rng = np.random.default_rng(0)
    codes = rng.choice(2, size=count, p=wanted)
    points = rng.normal(size=count) + 1.5 * codes
    odds = np.stack([np.ones(count), np.exp(1.5 * points - 1.5**2 / 2)], axis=1)
    before, after = odds * trained, odds * wanted
    return before / before.sum(1, keepdims=True), after / after.sum(1, keepdims=True)


def test_known_shares_give_bayes_rule() -> None:
    """Posteriors for one set of shares become exactly those for another."""
    wanted = np.array([0.9, 0.1])
    before, after = posteriors(500, EVEN, wanted)
    np.testing.assert_allclose(shares.corrected(before, EVEN, wanted), after)
    np.testing.assert_allclose(shares.corrected(before, EVEN, EVEN), before)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_em_finds_the_shares(share: float) -> None:
    """From unlabelled texts and calibrated probabilities, within three standard errors."""
    wanted = np.array([share, 1 - share])
    before, after = posteriors(20_000, EVEN, wanted)
    found = shares.estimated(before, EVEN)
    slopes = after[:, 0] / wanted[0] - after[:, 1] / wanted[1]  # of the log-likelihood
    assert abs(found[0] - share) < 3 / np.sqrt((slopes**2).sum())
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("power", [0.5, 1.0, 4.0])
def test_sharpness_is_found(power: float) -> None:
    """Probabilities that were made too even, or too sharp, are brought back to what they were."""
    before, _ = posteriors(20_000, EVEN, EVEN)
    codes = (np.random.default_rng(1).random(20_000) < before[:, 1]).astype(int)
    spoiled = shares.sharpened(before, 1 / power)
    assert shares.sharpness(spoiled, codes) == pytest.approx(power, rel=0.05)
    np.testing.assert_allclose(shares.sharpened(spoiled, power), before)


def test_labels_without_a_share_in_training() -> None:
    """What was never trained stays at 0, whatever is wanted."""
    probabilities = np.array([[0.7, 0.3, 0.0]])
    trained, wanted = np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.2, 0.6])
    np.testing.assert_allclose(shares.corrected(probabilities, trained, wanted), [[0.7, 0.3, 0.0]])
    with pytest.raises(ValueError, match="found a text without"):
        shares.corrected(np.array([[1.0, 0.0]]), EVEN, np.array([0.0, 1.0]))


def test_few_labels_keep_every_share_above_zero() -> None:
    """Counts plus half a text each: 7 of 9, 1 of 9 and 0 of 9 with none out of reach."""
    found = shares.counted(np.array([0] * 7 + [1]), 3)
    assert found.tolist() == pytest.approx([7.5 / 9.5, 1.5 / 9.5, 0.5 / 9.5])


def test_no_texts() -> None:
    """Neither shares nor sharpness can be estimated from no texts."""
    with pytest.raises(ValueError, match="unlabelled texts to estimate shares from, found none"):
        shares.estimated(np.empty((0, 2)), EVEN)
    with pytest.raises(ValueError, match="held-out texts to calibrate on, found none"):
        shares.sharpness(np.empty((0, 2)), np.empty(0, dtype=int))
