import numpy as np
import pytest

from stages.stats.worth import worth
from stages.stats.worth.curves import Chance, Curve
from tests.stats.worth import populations
from tests.stats.worth.populations import Design, Normal

SIZES = np.array([10, 40, 160])


def still(*scores: float) -> tuple[Curve, Chance]:
    """A curve without any chance in it, of four draws and 50 replicates."""
    chance = Chance.drawn(30, 4, 50, np.random.default_rng(0))
    table = np.array(scores)[:, None, None]
    return Curve(SIZES[: len(scores)], np.broadcast_to(table, (len(scores), 4, 51)).copy()), chance


@pytest.mark.parametrize(
    ("source", "labels"),
    [(0.6, 20), (0.7, 40), (0.75, 80), (0.8, 160), (0.49, -np.inf), (0.81, np.inf)],
)
def test_read_backwards_on_the_log_scale(source: float, labels: float) -> None:
    """Half way up is the geometric mean of two sizes; outside the curve only that is said."""
    curve, chance = still(0.5, 0.7, 0.8)
    ruler = worth.ruler(curve, chance, None)
    found = worth.worth(ruler, np.full(51, source), 0.95)
    assert found.mean == found.reliable == pytest.approx((labels, labels, labels))
    assert worth.p_monotone(ruler.means) == 1


def test_a_dip_is_levelled() -> None:
    """A size that scores lower than the one before is pooled with it."""
    curves = worth.monotone(np.array([[0.5, 0.8, 0.6, 0.9]] * 2).T)
    sizes = np.array([10, 20, 40, 80])
    found = worth.reached(sizes, curves, np.array([0.6, 0.8]))
    assert found.tolist() == pytest.approx([10 * np.sqrt(2), 40 * np.sqrt(2)])


def test_nine_of_ten_draws_need_more_labels() -> None:
    """The reliable reading is the lower tenth's, not the mean's."""
    spread = np.linspace(-0.1, 0.1, 21)
    scores = np.array([0.5, 0.7, 0.9])[:, None] + spread
    chance = Chance.drawn(30, 21, 50, np.random.default_rng(0))
    curve = Curve(SIZES, np.repeat(scores[:, :, None], 51, axis=2))
    found = worth.worth(worth.ruler(curve, chance, None), np.full(51, 0.7), 0.95)
    assert found.mean.labels == pytest.approx(40)
    below = -np.quantile(spread, 0.1, method="median_unbiased")
    assert found.reliable.labels == pytest.approx(40 * 4 ** (below / 0.2))
    assert found.mean.low < 40 < found.mean.high


def test_saved_labels() -> None:
    """What a mixture saves is where the real curve reaches it, less the labels it has."""
    curve, chance = still(0.5, 0.7, 0.8)
    both = Curve(SIZES[:2], np.broadcast_to(np.array([0.6, 0.65])[:, None, None], (2, 4, 51)))
    few, more = worth.saved(worth.ruler(curve, chance, None), both, chance, None, 0.95)
    assert (few.size, more.size) == (10, 40)
    assert few.labels == pytest.approx((10, 10, 10))
    assert more.labels.labels == pytest.approx(10 * 4**0.75 - 40)  # harm: fewer than it has


def test_falling_curves_are_told_from_noise() -> None:
    """A flat curve is flagged about as often as 5 % says, one that falls always."""
    rng, flags = np.random.default_rng(0), []
    for _ in range(200):
        noise = rng.normal(0, 0.01, size=(6, 400))
        noise[:, 1:] += noise[:, :1]  # replicates vary about the observed curve
        flags.append(worth.p_monotone(0.7 + noise) < 0.05)
    assert np.mean(flags) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    falling = np.array([0.5, 0.6, 0.7, 0.65, 0.6, 0.55])[:, None]
    assert worth.p_monotone(falling + noise) < 0.01


def test_the_interval_of_worth_covers() -> None:
    """On samples of a population with a known curve, the 95 % interval holds the true number."""
    population, design = Normal((0.5, 0.5), apart=0.4), Design(labels=300, resamples=200)
    known = populations.known(population, 600, fresh=50)["accuracy"]
    held = []
    for seed in range(50):
        made = populations.study(population, 0.5, design, seed)["accuracy"]
        truth, _ = known.worth(made.score)
        held.append(populations.covered(truth, made.found.mean, 10, 300))
    assert np.mean(held) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 50)
