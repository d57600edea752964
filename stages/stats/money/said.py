"""All ways of a task in numbers that can be written down."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from stages.core.arrays import Floats
from stages.stats.money import frontier, targets
from stages.stats.money.outlay import Tariff
from stages.stats.money.targets import Reached
from stages.stats.money.ways import Way
from stages.stats.worth.curves import METRICS

Tree = dict[str, dict[str, Any]]  # by kind of way and source


def estimate(replicates: Floats, level: float) -> dict[str, float]:
    """The first replicate with the central `level` share of the others, as far as it is finite.

    >>> estimate(np.array([2.0, 1.0, 2.0, np.inf]), 0.9)
    {'value': 2.0, 'low': 1.0}
    """
    low = np.quantile(replicates[1:], (1 - level) / 2, method="lower")
    high = np.quantile(replicates[1:], (1 + level) / 2, method="higher")
    ends = {"value": replicates[0], "low": low, "high": high}
    return {name: float(end) for name, end in ends.items() if np.isfinite(end)}


def found(
    ways: Sequence[Way], real: Way, tariff: Tariff, shares: Iterable[float], level: float
) -> dict[str, Any]:
    """Each way's points by size, and by metric what it takes to reach `shares` of real's score."""
    content: dict[str, Any] = {"ways": points(ways, tariff, level), "targets": {}}
    for metric in METRICS:
        curves = targets.rising(ways, metric)
        full = real.scores[metric][-1]
        content["targets"][metric] = {}
        for share in shares:
            reached = [
                targets.reach(way, metric, share * full, curves[way.name], tariff) for way in ways
            ]
            record = {
                "score": estimate(share * full, level),
                **_target(reached, ways, tariff, level),
            }
            content["targets"][metric][f"{share:g}"] = record
    return content


def points(ways: Sequence[Way], tariff: Tariff, level: float) -> Tree:
    """Labels, hours, money and scores of every point; its place where it is on a frontier."""
    tree: Tree = {}
    records, totals = [], []
    for way in ways:
        own = tree.setdefault(way.name.kind, {}).setdefault(way.name.source, {})
        resamples = len(way.scores[METRICS[0]][0]) - 1
        for size, spent in zip(way.sizes, way.points(tariff, resamples), strict=True):
            record: dict[str, Any] = {
                "labels": spent.labels,
                "hours": spent.hours,
                "training": estimate(spent.training, level),
                "total": estimate(spent.total, level),
                "scores": {},
                "frontier": {},
            }
            own[str(size)] = record
            records.append(record)
            totals.append(spent.total[0])
    for metric in METRICS:
        scores = np.concatenate([way.scores[metric] for way in ways])
        for record, own in zip(records, scores, strict=True):
            record["scores"][metric] = estimate(own, level)
        for place, block in on_frontier(np.array(totals), scores, level).items():
            records[place]["frontier"][metric] = block
    return tree


def on_frontier(costs: Floats, scores: Floats, level: float) -> dict[int, dict[str, Any]]:
    """Of the points (points, 1 + resamples) on the frontier their order, and the gain of each.

    The gain is over the next cheaper point on it, which the first one lacks.
    """
    places = frontier.frontier(costs, scores[:, 0])
    gains = frontier.gains(scores, places)
    blocks = [{"gain": estimate(gain, level)} for gain in gains]
    return {
        place: {"order": order, **block}
        for order, (place, block) in enumerate(zip(places, [{}, *blocks], strict=True))
    }


def _target(
    reached: Sequence[Reached], ways: Sequence[Way], tariff: Tariff, level: float
) -> dict[str, Any]:
    """What each way takes to reach a score, and which is the cheapest; of all, of classifiers."""
    tree: Tree = {}
    asked = {way.name: way.asked for way in ways if way.asked is not None}
    for each in reached:
        if np.isfinite(each.total[0]):
            tree.setdefault(each.way.kind, {})[each.way.source] = {
                "size": estimate(each.size, level),
                "labels": estimate(each.labels, level),
                "hours": estimate(each.labels * tariff.seconds / 3600, level),
                "training": estimate(each.training, level),
                "total": estimate(each.total, level),
                "reached": float(np.isfinite(each.size[1:]).mean()),
            }
    record: dict[str, Any] = {"ways": tree}
    if best := targets.cheapest(reached):
        record["cheapest"] = {**best[0].way._asdict(), "share": best[1]}
    if best := targets.cheapest([each for each in reached if each.way not in asked]):
        record["classifier"] = {**best[0].way._asdict(), "share": best[1]}
        for price in asked.values():
            texts = targets.break_even(best[0].training, price, tariff.classified)
            record["classifier"]["break_even"] = estimate(texts, level)
    return record
