"""Are the texts on which annotators agree easier? Accuracy on the items with a_i >= gamma.

The paper's sweep (Li et al. 2023, section 5 and appendix C): gamma is raised, accuracy is taken on
the items left, and a line is fitted to the points. The points share items, so a standard error from
the line's residuals, and a p-value of their rank correlation, would be wrong. Here intervals come
from resampled items, the whole sweep on each, all sources and models on the same resample; and
p-values are of the slope over single items, which has no shared points. A slope is tested by
permuting a_i among items. That makes every slope zero, but two slopes can be equal without being
zero: a difference of slopes is tested by its resamples.

Where the rarer label is the more disputed one, a classifier that never predicts it does better on
agreed items without having understood anything; so there is also the slope within labels.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.core.arrays import Floats, Ints
from stages.stats.resampling import paired, percentile

SLOPES = ("item_slope", "label_slope")  # over single items: all together; within their labels
POINT = ["source", "model", "gamma", "items", "accuracy", "low", "high", "fit"]
POINTS = 3  # thresholds needed for a line: two always lie on one
_CELLS = 2**22  # resampled items held at a time: 32 MiB
_NEAR = 1e-9  # a_i closer than this are equal


class Data(NamedTuple):
    """Items with a known a_i. Columns are pairs (source, model)."""

    share: Floats  # (items,)
    correct: Floats  # (items, columns): share of the seeds that are right, so that seeds count once
    gammas: Floats  # (thresholds,) ascending; the first keeps all items
    bucket: Ints  # (items,): the highest threshold that the item reaches
    label: Ints  # (items,): code of the true label

    def groups(self, slope: str) -> Ints:
        """The items (items,) that are compared with each other for one of `SLOPES`."""
        return self.label if slope == "label_slope" else np.zeros_like(self.label)


class Draws(NamedTuple):
    """The statistics on resampled items."""

    accuracy: Floats  # (resamples, thresholds, columns)
    slopes: dict[str, Floats]  # of each of SLOPES (resamples, columns)


class Statistic(NamedTuple):
    """One number per column; the same on resampled and, where it is tested, on permuted items."""

    seen: Floats  # (columns,)
    draws: Floats  # (resamples, columns)
    null: Floats | None = None  # (resamples, columns)


def thresholds(share: Floats, least: int) -> Floats:
    """The values of a_i worth a threshold: at least `least` items between it and the next.

    Chosen from the top, where the paper's effect is looked for; the lowest keeps all items.

    Gamma changes the result only at values that a_i takes; points between them would repeat the
    same items and make the fit look better than it is.

    >>> thresholds(np.array([0.5, 0.5, 0.75, 1.0, 1.0, 1.0]), 2).tolist()
    [0.5, 1.0]
    """
    levels = np.unique(share.round(9))
    chosen: list[float] = []
    for level in levels[::-1]:
        below = share < (chosen[-1] if chosen else np.inf) - _NEAR
        if (below & (share >= level - _NEAR)).sum() >= least:
            chosen.append(float(level))
    return np.array([levels[0], *chosen[-2::-1]])


def prepare(share: Floats, correct: Floats, label: Ints, least: int) -> Data:
    """Items with NaN for a_i left out, thresholds chosen. At least one item must have an a_i."""
    known = np.isfinite(share)
    gammas = thresholds(share[known], least)
    bucket = np.searchsorted(gammas, share[known] + _NEAR, side="right") - 1
    return Data(share[known], correct[known].astype(np.float64), gammas, bucket, label[known])


def withheld(data: Data, least: int) -> str | None:
    """Why no line is drawn, or None."""
    found = len(data.gammas)
    if found >= POINTS:
        return None
    return f"too little spread for {POINTS} thresholds with {least} texts between them"


def accuracy(data: Data, weights: Floats) -> Floats:
    """Accuracy at each threshold, (..., thresholds, columns), for item weights (..., items)."""
    hits, kept = [], []
    for bucket in range(len(data.gammas)):
        inside = data.bucket == bucket
        hits.append(weights[..., inside] @ data.correct[inside])
        kept.append(weights[..., inside].sum(axis=-1))
    total = _above(np.stack(kept, axis=-1))[..., None]
    with np.errstate(invalid="ignore"):
        shares: Floats = _above(np.stack(hits, axis=-1)).swapaxes(-1, -2) / total
    return shares


def _above(values: Floats) -> Floats:
    """Sums over each threshold and all higher ones, on the last axis."""
    return np.flip(np.cumsum(np.flip(values, axis=-1), axis=-1), axis=-1)


def line(gammas: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Slope and R squared (...,) of the least-squares line through values (thresholds, ...).

    R squared is NaN where the values do not vary.
    """
    flat = values.reshape(len(gammas), -1)
    design = np.column_stack([gammas, np.ones_like(gammas)])
    coefficients = np.linalg.lstsq(design, flat, rcond=None)[0]
    left = ((flat - design @ coefficients) ** 2).sum(axis=0)
    total = ((flat - flat.mean(axis=0)) ** 2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = np.where(total > _NEAR**2, 1 - left / total, np.nan)
    return coefficients[0].reshape(values.shape[1:]), fit.reshape(values.shape[1:])


def spearman(gammas: Floats, values: Floats) -> Floats:
    """Spearman's rho (...,) of gamma with values (thresholds, ...); NaN where they do not vary."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    order = np.arange(len(gammas)) - (len(gammas) - 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        rho: Floats = np.tensordot(order, ranks, axes=1) / np.sqrt(
            (order**2).sum() * (ranks**2).sum(axis=0)
        )
    return rho


def item_slope(data: Data, weights: Floats, groups: Ints) -> Floats:
    """Slope (..., columns) of correctness on a_i over single items weighted by (..., items).

    Items are compared within their group only; NaN where a_i does not vary inside any.
    """
    centred = _centred(data.share, weights, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope: Floats = (centred @ data.correct) / (centred @ data.share)[..., None]
    return slope


def _centred(share: Floats, weights: Floats, groups: Ints) -> Floats:
    """Weights times a_i less its weighted mean in the item's group."""
    found = np.empty(weights.shape)
    for group in np.unique(groups):
        inside = groups == group
        own = weights[..., inside]
        mean = own @ share[inside] / np.maximum(own.sum(axis=-1), _NEAR)
        found[..., inside] = own * (share[inside] - mean[..., None])
    return found


def _blocks(items: int, resamples: int) -> Iterator[int]:
    size = max(1, _CELLS // items)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def resample(data: Data, resamples: int, rng: np.random.Generator) -> Draws:
    """The sweep and the slopes over items on `resamples` draws of the items with replacement."""
    items = len(data.share)
    sweeps, slopes = [], {name: list[Floats]() for name in SLOPES}
    for size in _blocks(items, resamples):
        drawn = rng.integers(items, size=(size, items)) + items * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * items)
        weights = counts.reshape(size, items).astype(np.float64)
        sweeps.append(accuracy(data, weights))
        for name, parts in slopes.items():
            parts.append(item_slope(data, weights, data.groups(name)))
    return Draws(
        np.concatenate(sweeps), {name: np.concatenate(parts) for name, parts in slopes.items()}
    )


def permuted(data: Data, resamples: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Each of `SLOPES` (resamples, columns) with a_i permuted among the items of a group."""
    found = {}
    for name in SLOPES:
        groups, parts = data.groups(name), []
        centred = _centred(data.share, np.ones(len(groups)), groups)
        for size in _blocks(len(centred), resamples):
            shuffled = np.tile(centred, (size, 1))
            for group in np.unique(groups):
                inside = groups == group
                shuffled[:, inside] = rng.permuted(shuffled[:, inside], axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                parts.append(shuffled @ data.correct / (centred @ centred))
        found[name] = np.concatenate(parts)
    return found


def statistics(data: Data, draws: Draws, null: Mapping[str, Floats]) -> dict[str, Statistic]:
    """Every statistic that the thresholds allow.

    slope, r2, spearman: of the paper's line through the thresholds, given three of them.
    `SLOPES`: over single items, with p-values, given two.
    """
    found: dict[str, Statistic] = {}
    everyone = np.ones(len(data.share))
    if len(data.gammas) >= POINTS:
        seen, drawn = accuracy(data, everyone), np.moveaxis(draws.accuracy, 1, 0)
        lines = line(data.gammas, seen), line(data.gammas, drawn)
        found["slope"] = Statistic(lines[0][0], lines[1][0])
        found["r2"] = Statistic(lines[0][1], lines[1][1])
        found["spearman"] = Statistic(spearman(data.gammas, seen), spearman(data.gammas, drawn))
    if len(data.gammas) >= POINTS - 1:
        for name in SLOPES:
            seen = item_slope(data, everyone, data.groups(name))
            found[name] = Statistic(seen, draws.slopes[name], null[name])
    return found


def describe(
    found: dict[str, Statistic], column: int, base: int | None, level: float
) -> dict[str, Any]:
    """The statistics of one column with intervals; `difference` is its slopes less the base's."""
    block: dict[str, Any] = {
        name: estimate
        for name, statistic in found.items()
        if (estimate := _estimate(statistic, column, level))
    }
    if base is not None:
        block["difference"] = {
            name: estimate
            for name in ("slope", *SLOPES)
            if name in found and (estimate := _difference(found[name], column, base, level))
        }
    return block


def _estimate(found: Statistic, column: int, level: float) -> dict[str, float]:
    """Value, percentile interval and permutation p; empty where the statistic is not defined."""
    value, draws = float(found.seen[column]), found.draws[:, column]
    if not np.isfinite(value):
        return {}
    low, high = percentile(draws[np.isfinite(draws)], level)
    estimate = {"value": value, "low": low, "high": high}
    if found.null is not None:
        # One added to both counts keeps the test exact (Phipson and Smyth 2010).
        far = np.abs(found.null[:, column]) >= abs(value) - _NEAR
        estimate["p"] = float((1 + far.sum()) / (1 + len(far)))
    return estimate


def _difference(found: Statistic, column: int, base: int, level: float) -> dict[str, float]:
    """Value, percentile interval and p (`resampling.paired`) of a column less the base."""
    value = float(found.seen[column] - found.seen[base])
    if not np.isfinite(value):
        return {}
    draws = found.draws[:, column] - found.draws[:, base]
    judged = paired(value, draws[np.isfinite(draws)], level)
    estimate = {"value": value, "low": judged.low, "high": judged.high}
    return estimate if found.null is None else estimate | {"p": judged.p}


def sweep(data: Data, draws: Draws, level: float, columns: list[tuple[str, str]]) -> pd.DataFrame:
    """The points of the sweep (`POINT`); `fit` is the line at gamma, NaN where there is none."""
    seen = accuracy(data, np.ones(len(data.share)))
    fit = np.full_like(seen, np.nan)
    if len(data.gammas) >= POINTS:
        tilt = np.outer(data.gammas - data.gammas.mean(), line(data.gammas, seen)[0])
        fit = seen.mean(axis=0) + tilt
    ends = np.nanquantile(draws.accuracy, [(1 - level) / 2, (1 + level) / 2], axis=0)
    items = [int((data.bucket >= bucket).sum()) for bucket in range(len(data.gammas))]
    return pd.concat(
        [
            pd.DataFrame(
                {"source": source, "model": model, "gamma": data.gammas, "items": items}
            ).assign(accuracy=seen[:, c], low=ends[0, :, c], high=ends[1, :, c], fit=fit[:, c])
            for c, (source, model) in enumerate(columns)
        ],
        ignore_index=True,
    )
