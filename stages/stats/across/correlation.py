"""Does one number per task explain another? Rank correlation, and prediction of a new task.

With about ten tasks no large-sample formula holds: p-values come from permuting the tasks (all
orders up to eight tasks, random ones above), intervals from resampled tasks.
"""

from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from stages.core.arrays import Floats, Ints
from stages.stats.resampling import Bootstrap, percentile

LEAST = 4  # tasks: of three, any order comes up by chance in one case of six
_ALL = 8  # tasks of which every order is tried: 40,320
_NEAR = 1e-9  # statistics closer than this are equal


class Prediction(NamedTuple):
    """Each task's y, predicted by the line through the others and by their mean alone: (tasks,)."""

    line: Floats
    mean: Floats


class Line(NamedTuple):
    """A least-squares line at the places asked for, and the band of its mean."""

    fit: Floats
    low: Floats
    high: Floats


def withheld(x: Floats, y: Floats) -> str | None:
    """Why nothing can be said of x and y, or None."""
    if len(x) < LEAST:
        return f"{len(x)} task{'s' * (len(x) != 1)}; a correlation needs at least {LEAST}"
    if np.ptp(x) < _NEAR or np.ptp(y) < _NEAR:
        return "all tasks have the same value"
    return None


def correlate(x: Floats, y: Floats, bootstrap: Bootstrap) -> dict[str, Any]:
    """Spearman's rho and Kendall's tau-b of x and y (tasks,), and how well a line predicts y.

    Each has value, low, high (percentiles over resampled tasks; resamples in which a side does not
    vary are left out) and p (two-sided, permutation). Withheld, with the reason, where too little
    is known.
    """
    from scipy import stats

    reason = withheld(x, y)
    if reason:
        return {"tasks": len(x), "withheld": reason}
    rng, level = bootstrap.rng("tasks"), bootstrap.level
    drawn = rng.integers(len(x), size=(bootstrap.resamples, len(x)))
    orders = _orders(len(x), bootstrap.resamples, rng)
    exact = len(x) <= _ALL
    found: dict[str, Any] = {"tasks": len(x), "p_orders": len(orders), "p_exact": exact}
    values = {"spearman": stats.spearmanr(x, y)[0], "kendall": stats.kendalltau(x, y)[0]}
    for name, statistic in (("spearman", spearman), ("kendall", kendall)):
        draws = statistic(x[drawn], y[drawn])
        low, high = percentile(draws[np.isfinite(draws)], level)
        null = statistic(np.broadcast_to(x, orders.shape), y[orders])
        p = p_value(float(values[name]), null, exact)
        found[name] = {"value": float(values[name]), "low": low, "high": high, "p": p}
    return found | {"leave_one_out": judged(y, leave_one_out(x, y), drawn, level)}


def _orders(tasks: int, resamples: int, rng: np.random.Generator) -> Ints:
    """Permutations of the tasks: all of them where they are few."""
    if tasks <= _ALL:
        return np.array(list(permutations(range(tasks))))
    return rng.permuted(np.tile(np.arange(tasks), (resamples, 1)), axis=1)


def p_value(value: float, null: Floats, exact: bool) -> float:
    """Share of the permutations at least as far from 0 as `value`.

    Random permutations count the observed one, too, which keeps the test exact (Phipson and Smyth
    2010); it is already among all permutations.
    """
    far = int((np.abs(null) >= abs(value) - _NEAR).sum())
    return far / len(null) if exact else (1 + far) / (1 + len(null))


def spearman(x: Floats, y: Floats) -> Floats:
    """Spearman's rho of each row of x and y (..., tasks); NaN where a side does not vary."""
    from scipy.stats import rankdata

    a, b = (rankdata(side, axis=-1) for side in (x, y))
    a, b = (side - side.mean(axis=-1, keepdims=True) for side in (a, b))
    return _ratio((a * b).sum(axis=-1), (a**2).sum(axis=-1), (b**2).sum(axis=-1))


def kendall(x: Floats, y: Floats) -> Floats:
    """Kendall's tau-b of each row of x and y (..., tasks); NaN where a side does not vary."""
    first, second = np.triu_indices(x.shape[-1], 1)
    a, b = (np.sign(side[..., first] - side[..., second]) for side in (x, y))
    return _ratio((a * b).sum(axis=-1), (a**2).sum(axis=-1), (b**2).sum(axis=-1))


def _ratio(product: Floats, left: Floats, right: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = np.where((left > 0) & (right > 0), product / np.sqrt(left * right), np.nan)
    return ratio


def leave_one_out(x: Floats, y: Floats) -> Prediction:
    """Each task predicted from all others, by their least-squares line and by their mean.

    With h the leverage, a residual without the task itself is its residual / (1 - h). A task whose
    removal leaves one single x has no line; its prediction is the others' mean.
    """
    centred, n = x - x.mean(), len(x)
    leverage = 1 / n + centred**2 / (centred**2).sum()
    residual = y - y.mean() - centred * (centred @ y) / (centred @ centred)
    mean = (y.sum() - y) / (n - 1)
    alone = leverage > 1 - _NEAR
    line = y - residual / np.where(alone, 1.0, 1 - leverage)
    return Prediction(np.where(alone, mean, line), mean)


def judged(y: Floats, predicted: Prediction, drawn: Ints, level: float) -> dict[str, Any]:
    """Mean absolute error of both predictions, and the share of squared error that the line saves.

    `skill` below 0: on a new task the line does worse than the plain mean of the known ones.
    Intervals are over resampled tasks' errors, the fits unchanged.
    """
    errors = {"mae": np.abs(y - predicted.line), "mean_mae": np.abs(y - predicted.mean)}
    found: dict[str, Any] = {}
    for name, values in errors.items():
        low, high = percentile(values[drawn].mean(axis=1), level)
        found[name] = {"value": float(values.mean()), "low": low, "high": high}
    squares = float((errors["mae"] ** 2).sum()), float((errors["mean_mae"] ** 2).sum())
    return found | {"skill": 1 - squares[0] / squares[1]}


def line(x: Floats, y: Floats, places: Floats, level: float) -> Line:
    """The least-squares line of y on x at `places`, with the t band of its mean."""
    from scipy.special import stdtrit

    centred, n = x - x.mean(), len(x)
    spread = centred @ centred
    slope = centred @ y / spread
    fit = y.mean() + slope * (places - x.mean())
    error = np.sqrt(((y - y.mean() - slope * centred) ** 2).sum() / (n - 2))
    reach = stdtrit(n - 2, (1 + level) / 2) * error
    reach = reach * np.sqrt(1 / n + (places - x.mean()) ** 2 / spread)
    return Line(fit, fit - reach, fit + reach)
