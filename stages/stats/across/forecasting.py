"""A number per task, forecast from the other tasks: skill, and an interval that assumes little.

Every forecast is a weighted sum of the other tasks' numbers, so that permuted numbers and many
draws of the features cost a product of matrices. With some fifteen tasks no search among features
is possible: candidates are named beforehand, and all of them are reported.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.arrays import Floats
from stages.stats.resampling import Bootstrap, percentile

LEAST = 6  # tasks; with fewer, four features fit anything
FORECASTS = ("task", "gap", "gap_low", "gap_high", "forecast", "low", "high")
_TINY = 1e-9  # penalty of a plain line, so that a feature that does not vary has no part
_NEAR = 1e-12


class Intervals(NamedTuple):
    """Each task's forecast from the others, and its interval: (draws, tasks)."""

    forecast: Floats
    low: Floats
    high: Floats
    level: float  # that the number of tasks allows, at most the one asked for


def weights(features: Floats, kept: NDArray[np.bool_], penalty: float) -> Floats:
    """Of each task's forecast, how much each fitted task's number counts.

    A ridge regression on standardised features, its intercept free (Hoerl and Kennard 1970).

    Args:
        features: (draws, tasks, features); without features the forecast is the mean.
        kept: (fits, tasks), the tasks that each regression is fitted to.
        penalty: of the squared coefficients, where squared errors are summed over tasks.

    Returns:
        (draws, fits, tasks, tasks): forecast of task t by fit f is `weights[:, f, t] @ y`.
    """
    share = kept / kept.sum(axis=1, keepdims=True)
    centred = features[:, None] - (share @ features)[:, :, None]  # (draws, fits, tasks, features)
    spread = np.sqrt((share[None, :, :, None] * centred**2).sum(axis=2, keepdims=True))
    scaled = centred / np.where(spread > _NEAR, spread, np.inf)
    fitted = np.swapaxes(scaled * kept[None, :, :, None], 2, 3)
    gram = fitted @ scaled + max(penalty, _TINY) * np.eye(features.shape[2])
    found: Floats = share[None, :, None, :] + scaled @ np.linalg.solve(gram, fitted)
    return found


def penalty(features: Floats) -> float:
    """None for a line; else the number of features, as if they explained half of the variance."""
    count = features.shape[2]
    return float(count) if count > 1 else 0.0


def left_out(features: Floats) -> Floats:
    """The weights (draws, tasks, tasks) of each task's forecast from all the others."""
    places = np.arange(features.shape[1])
    every = weights(features, ~np.eye(len(places), dtype=bool), penalty(features))
    return every[:, places, places]


def skills(
    candidates: Mapping[str, Floats], y: Floats, bootstrap: Bootstrap
) -> dict[str, dict[str, float]]:
    """The skill of each candidate's features (draws, tasks, features), with low, high and p.

    Skill is 1 - SSE / SSE of the other tasks' mean, tasks left out in turn, squared errors averaged
    over draws: below 0 the mean does better. Intervals are over resampled tasks' errors, the fits
    unchanged. p is the share of permuted tasks in which the best of all the candidates does as
    well: it is corrected for the number tried (Westfall and Young 1993, single step).
    """
    rng, tasks = bootstrap.rng("forecast"), len(y)
    drawn = rng.integers(tasks, size=(bootstrap.resamples, tasks))
    orders = rng.permuted(np.tile(np.arange(tasks), (bootstrap.resamples, 1)), axis=1)
    base = _squares(np.full((1, tasks, tasks), 1 / (tasks - 1)) * ~np.eye(tasks, dtype=bool), y)
    best = np.full(bootstrap.resamples, -np.inf)
    found: dict[str, dict[str, float]] = {}
    for name, features in candidates.items():
        chosen = left_out(features)
        own = _squares(chosen, y)
        ratios = 1 - own[drawn].sum(axis=1) / base[drawn].sum(axis=1)
        low, high = percentile(ratios, bootstrap.level)
        found[name] = {"value": float(1 - own.sum() / base.sum()), "low": low, "high": high}
        null = 1 - _squares(chosen, y[orders]).sum(axis=1) / base.sum()
        best = np.maximum(best, null)
    for block in found.values():
        above = int((best >= block["value"] - _NEAR).sum())
        block["p"] = (1 + above) / (1 + len(best))
    return found


def _squares(chosen: Floats, y: Floats) -> Floats:
    """Squared errors (..., tasks) of y (..., tasks) under weights (draws, tasks, tasks)."""
    errors = y - np.einsum("dtj,...j->d...t", chosen, y)
    mean: Floats = (errors**2).mean(axis=0)
    return mean


def attainable(level: float, calibrating: int) -> float:
    """The highest level, at most `level`, of a finite interval from so many tasks.

    >>> attainable(0.9, 15), attainable(0.9, 4)
    (0.9, 0.8)
    """
    return min(level, calibrating / (calibrating + 1))


def intervals(features: Floats, y: Floats, level: float) -> Intervals:
    """Each task's forecast from the others, with the jackknife+ interval (Barber et al. 2021).

    Where tasks are exchangeable it covers a new task's number with at least 2 level - 1, whatever
    the features and the distribution, and with about `level` in practice. A task whose y is NaN is
    forecast, and has no part in other tasks' forecasts.
    """
    known = ~np.isnan(y)
    values, several = np.where(known, y, 0.0), penalty(features)
    draws, tasks = features.shape[:2]
    forecast, low, high = (np.empty((draws, tasks)) for _ in range(3))
    for task in range(tasks):
        others = np.flatnonzero(known & (np.arange(tasks) != task))
        kept = np.isin(np.arange(tasks), others)
        forecast[:, task] = weights(features, kept[None], several)[:, 0, task] @ values
        without = np.tile(kept, (len(others), 1))
        without[np.arange(len(others)), others] = False
        made = weights(features, without, several) @ values  # (draws, fits, tasks)
        residual = np.abs(values[others] - made[:, np.arange(len(others)), others])
        reached = attainable(level, len(others))
        rank = math.ceil(reached * (len(others) + 1) - _TINY)
        high[:, task] = np.sort(made[:, :, task] + residual, axis=1)[:, rank - 1]
        low[:, task] = np.sort(made[:, :, task] - residual, axis=1)[:, len(others) - rank]
    return Intervals(forecast, low, high, attainable(level, int(known.sum()) - 1))


def judged(found: Intervals, y: Floats) -> dict[str, float]:
    """Mean absolute error, share of numbers in their intervals, mean width; over tasks and draws.

    Of tasks whose y is known.
    """
    known = ~np.isnan(y)
    inside = (found.low <= y) & (y <= found.high)
    return {
        "error": float(np.abs(found.forecast - y)[:, known].mean()),
        "coverage": float(inside[:, known].mean()),
        "width": float((found.high - found.low)[:, known].mean()),
    }


def of_tasks(
    gaps: pd.DataFrame,
    known: Mapping[str, Mapping[str, Floats]],
    wanted: Sequence[str],
    bootstrap: Bootstrap,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """How well the predictors `wanted` forecast tasks' gaps, each alone and all; and `FORECASTS`.

    A predictor that fewer than `LEAST` tasks with a gap have is left out (`unknown`: how many have
    it), then the tasks that lack one of the others (`lacking`: which). A task without a gap is
    forecast from the others. Withheld, with the reason, where too few tasks are left.

    Args:
        gaps: gap, low, high by task.
        known: task -> predictor -> values (draws,); the forecasts are those of the first draw.
        wanted: predictors, chosen before any forecast was seen.
        bootstrap: of tasks; its level is the intervals', too.
    """
    having = {name: [task for task in known if name in known[task]] for name in wanted}
    names = [name for name in wanted if len(set(having[name]) & set(gaps.index)) >= LEAST]
    lacking = {task: [n for n in names if n not in own] for task, own in known.items()}
    tasks = [task for task, missing in lacking.items() if not missing]
    measured = gaps.reindex(tasks)[["gap", "low", "high"]].to_numpy(np.float64).T
    facts: dict[str, Any] = {
        "unknown": {name: len(having[name]) for name in wanted if name not in names},
        "lacking": {task: ", ".join(missing) for task, missing in lacking.items() if missing},
    }
    there = np.isfinite(measured[0])
    if there.sum() < LEAST or not names:
        reason = f"{there.sum()} tasks with a gap and all predictors; {LEAST} are needed"
        return facts | {"withheld": reason}, pd.DataFrame(columns=list(FORECASTS))
    features = np.stack([[known[task][name] for task in tasks] for name in names]).T
    candidates = {name: features[:, there, place : place + 1] for place, name in enumerate(names)}
    candidates |= {"all": features[:, there]}
    found = intervals(features, measured[0], bootstrap.level)
    plain = intervals(features[:, :, :0], measured[0], bootstrap.level)
    facts |= {
        "tasks": int(there.sum()),
        "level": found.level,
        "skill": skills(candidates, measured[0, there], bootstrap),
        "by_all": judged(found, measured[0]),
        "by_mean": judged(plain, measured[0]),
    }
    columns = (tasks, *measured, found.forecast[0], found.low[0], found.high[0])
    return facts, pd.DataFrame(dict(zip(FORECASTS, columns, strict=True)))
