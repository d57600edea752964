"""Learning curves with both kinds of chance in them: which test texts, which training texts.

Every source of a task is scored on the same resampled test sets, and draws of real texts are
resampled in step with and without a source beside them: what is compared stays paired.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from stages.core.arrays import Floats, Ints
from stages.stats.scoring.scores import f1_of_counts

METRICS = ("accuracy", "macro_f1")
BESIDE = 2  # sizes of a curve on either side that tell together how much of its spread is noise


class Chance(NamedTuple):
    """What is resampled, the same for all curves of a task. The first replicate is the observed.

    A replicate takes test texts with replacement and, independently, draws with replacement.
    """

    tests: NDArray[np.float32]  # (1 + resamples, tests): how often each test text is taken
    draws: NDArray[np.intp]  # (1 + resamples, draws): which draws are taken

    @classmethod
    def drawn(cls, tests: int, draws: int, resamples: int, rng: np.random.Generator) -> "Chance":
        """`resamples` replicates beside the observed one.

        Raises `ValueError` for fewer than two draws: their spread is unknown.
        """
        if draws < 2:
            raise ValueError(f"expected at least 2 draws of each size, found {draws}")
        counts = rng.multinomial(tests, np.full(tests, 1 / tests), size=resamples)
        weights = np.vstack([np.ones(tests), counts]).astype(np.float32)
        return cls(weights, _picks(draws, resamples, rng))

    def other_draws(self, rng: np.random.Generator) -> "Chance":
        """The same test texts with draws of their own: those of a source drawn by itself."""
        resamples, draws = self.draws.shape
        return Chance(self.tests, _picks(draws, resamples - 1, rng))


def _picks(draws: int, resamples: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.vstack([np.arange(draws), rng.integers(draws, size=(resamples, draws))])


class Curve(NamedTuple):
    """Scores of one source at each size, for each draw, on each replicate's test set."""

    sizes: Ints  # (sizes,)
    scores: Floats  # (sizes, draws, 1 + resamples)


def scored(
    sizes: Ints, predicted: NDArray[np.integer], truth: Ints, labels: int, chance: Chance
) -> dict[str, Curve]:
    """A curve in each of METRICS from label codes predicted (sizes, draws, tests), truth (tests,).

    A label that neither the truth nor the predictions hold has F1 = 0.
    """
    flat = predicted.reshape(-1, len(truth))
    weights = chance.tests.T  # (tests, 1 + resamples); sums of counts are exact in float32
    correct = np.zeros((len(flat), weights.shape[1]))
    f1 = np.zeros_like(correct)
    for label in range(labels):
        mine, named = truth == label, (flat == label).astype(np.float32)
        hits = named[:, mine] @ weights[mine]
        correct += hits
        f1 += f1_of_counts(hits, named @ weights + weights[mine].sum(axis=0))
    shape = (*predicted.shape[:2], -1)
    parts = (correct / len(truth), f1 / labels)
    return {
        metric: Curve(sizes, part.reshape(shape))
        for metric, part in zip(METRICS, parts, strict=True)
    }


def replicates(curve: Curve, chance: Chance, pool: int | None) -> Floats:
    """Scores (sizes, draws, 1 + resamples) in each replicate: its test set, its draws.

    If the texts are a sample of a population (`pool` of them), as a user's own labels are, draws
    from them are too much alike: two draws of n texts share n of the pool's N, and all draws of N
    are one. With rho = n / N, draws from the population vary by v = s^2 / (1 - rho), where s^2 is
    the variance between draws from the pool, and the mean of D draws from the pool varies by
    v (rho + (1 - rho) / D) (Nadeau & Bengio 2003, "Inference for the generalization error", with
    their share of test data as 1 - rho). Both are brought to that. With `pool` None the texts are
    all there are, and only the draws are chance.
    """
    every = curve.scores.mean(axis=1, keepdims=True)
    apart = curve.scores - every
    draws, rho = apart.shape[1], np.zeros(len(curve.sizes))
    if pool is not None:
        rho = curve.sizes / pool
        if rho[-1] >= 1:  # all draws are one: those of the size below show where chance would go
            if len(rho) < 2:
                raise ValueError("expected two sizes of a learning curve, found one")
            apart[-1] = apart[-2]
    # What resampled test texts add to the variance between draws, once more in each replicate.
    noise = apart[:, :, 1:].var(axis=2).sum(axis=1) / (draws - 1)
    seen = (apart[:, :, 0] ** 2).sum(axis=1) / (draws - 1)
    found, variance = np.repeat(seen[:, None], apart.shape[2], axis=1), seen
    if pool is not None:
        found[:, 1:] += noise[:, None]
        variance = _of_population(curve.sizes, seen, noise, rho)
    per_draw = _ratio(variance[:, None], found)
    of_mean = per_draw * ((rho + (1 - rho) / draws) * draws**2 / (draws - 1))[:, None]
    taken = np.take_along_axis(apart, chance.draws.T[None], axis=1)
    shift = taken.mean(axis=1, keepdims=True)
    parts = shift * np.sqrt(of_mean)[:, None], (taken - shift) * np.sqrt(per_draw)[:, None]
    whole: Floats = every + sum(parts)
    return whole


def _of_population(sizes: Ints, seen: Floats, noise: Floats, rho: Floats) -> Floats:
    """The variance (sizes,) between draws from a population, from that `seen` between a pool's.

    Two equally good draws differ on any few test texts; this `noise` is no difference between them.
    What remains is a share of what is seen, told by sizes beside one another. All draws of the
    whole pool are one; a draw's variance falls about as 1 / n, as the sizes below tell.
    """
    places = np.arange(len(sizes))
    near = np.abs(np.subtract.outer(places, places)) <= BESIDE
    share = _ratio(near @ (sizes * (seen - noise)), near @ (sizes * seen)).clip(min=0)
    variance = _ratio(seen * share, 1 - rho)
    if rho[-1] >= 1:
        below = slice(-1 - BESIDE, -1)
        told = np.average((sizes * variance)[below], weights=(1 - rho[below]) ** 2)
        variance[-1] = told / sizes[-1]
    return variance


def _ratio(above: Floats, below: Floats) -> Floats:
    """`above` over `below`, 0 where that is 0."""
    shape = np.broadcast_shapes(above.shape, below.shape)
    found: Floats = np.divide(above, below, out=np.zeros(shape), where=below > 0)
    return found


def expanded(level: float, draws: int) -> float:
    """The share of replicates that is to be inside an interval of this level: somewhat more.

    Percentiles of resampled samples lie too close together: for a mean by sqrt((n - 1) / n), and as
    those of a normal do to Student's t with n - 1 degrees of freedom. Taken farther out by both
    (Hesterberg 2015, "What teachers should know about the bootstrap"), n being the draws, which are
    fewer than test texts.

    >>> round(expanded(0.95, 20), 3), round(expanded(0.95, 2_000), 3)
    (0.968, 0.95)
    """
    far = special.stdtrit(draws - 1, (1 + level) / 2) * np.sqrt(draws / (draws - 1))
    return float(1 - 2 * special.ndtr(-far))


def luck(own: Curve, chance: Chance, pool: int) -> Floats:
    """What other samples of `pool` texts would add to a score at full size (1 + resamples,).

    For a source that is a random sample, whose own curve shows how much its texts matter.
    """
    moved = replicates(own, chance, pool)[-1].mean(axis=0)
    added: Floats = moved - own.scores[-1].mean(axis=0)
    return added


class Point(NamedTuple):
    """One size of a curve: the mean over draws with its interval, and their spread."""

    size: int
    mean: float
    low: float
    high: float
    sd: float  # between draws, as from the population where there is one


def points(curve: Curve, chance: Chance, pool: int | None, level: float) -> list[Point]:
    """The curve as it is shown; intervals hold for test texts and draws at once."""
    made = replicates(curve, chance, pool)
    means = made.mean(axis=1)
    low, high = np.quantile(means[:, 1:], [(1 - level) / 2, (1 + level) / 2], axis=1).clip(0, 1)
    spreads = made[:, :, 0].std(axis=1, ddof=1)
    columns = (curve.sizes, means[:, 0], low, high, spreads)
    return [Point(int(size), *map(float, rest)) for size, *rest in zip(*columns, strict=True)]
