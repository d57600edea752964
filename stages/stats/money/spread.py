"""Ways of several tasks, read off at the same sums of money, and their mean."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from stages.core.arrays import Floats
from stages.stats.money import said
from stages.stats.money.outlay import Tariff
from stages.stats.money.ways import RUN_TIME, Name, Way
from stages.stats.worth.curves import METRICS

LEAST = 1e-3  # US dollars: what costs less, or nothing, counts as this
SUMS = np.geomspace(LEAST, 1e7, 41)  # US dollars, four to a decade


class Read(NamedTuple):
    """The ways of a task, read off."""

    ends: Mapping[Name, tuple[float, float]]  # the least and the most that a way costs
    scores: Mapping[str, Mapping[Name, Floats]]  # metric -> way -> (sums, 1 + resamples)


def read_off(ways: Sequence[Way], tariff: Tariff) -> Read:
    """The score of each way for each sum of SUMS; of the LLM at run time its only score."""
    ends, scores = {}, {metric: dict[Name, Floats]() for metric in METRICS}
    for way in ways:
        resamples = len(way.scores[METRICS[0]][0]) - 1
        costs = np.array([spent.total[0] for spent in way.points(tariff, resamples)])
        ends[way.name] = float(costs[0]), float(costs[-1])
        for metric, own in way.scores.items():
            asked = way.name.kind == RUN_TIME
            scores[metric][way.name] = own if asked else at(SUMS, costs, own)
    return Read(ends, scores)


def at(sums: Floats, costs: Floats, scores: Floats) -> Floats:
    """Scores (sums, 1 + resamples) for so much money, from those at rising `costs` (sizes,).

    Linear between costs on the log scale. Too little money: nan; more than the way can use: its
    last score.

    >>> at(np.array([0.1, 10.0, 999.0]), np.array([1.0, 100.0]), np.array([[0.5], [0.7]]))[:, 0]
    array([nan, 0.6, 0.7])
    """
    places, wanted = np.log(np.maximum(costs, LEAST)), np.log(sums)
    after = np.searchsorted(places, wanted).clip(1, max(1, len(costs) - 1))
    upper = np.minimum(after, len(costs) - 1)
    wide = places[upper] - places[after - 1]
    share = np.divide(wanted - places[after - 1], wide, out=np.ones_like(wanted), where=wide > 0)
    share = share.clip(0, 1)[:, None]
    found: Floats = (1 - share) * scores[after - 1] + share * scores[upper]
    found[wanted < places[0]] = np.nan
    return found


def shared(found: Sequence[Read]) -> tuple[list[Read], list[Name]]:
    """Tasks and ways whose means can be compared: each of these tasks has each of these ways.

    The ways of some task or those common to all tasks, whichever make the most pairs of a task and
    a way; so neither a task with few ways nor a way of few tasks empties the comparison.
    """
    if not found:
        return [], []
    common = [name for name in found[0].ends if all(name in read.ends for read in found)]
    candidates = [common, *(list(read.ends) for read in found)]
    having = [[r for r in found if set(names) <= set(r.ends)] for names in candidates]
    pairs = [len(tasks) * len(names) for tasks, names in zip(having, candidates, strict=True)]
    best = int(np.argmax(pairs))
    return having[best], candidates[best]


def mean(found: Sequence[Read], level: float) -> dict[str, Any]:
    """By metric, kind, source and number of the sum: the sum, and the mean score of all tasks.

    For the `shared` tasks and ways, from the sum that is enough in every one to the one that no
    task can use up. Of the LLM at run time: its mean cost.
    """
    found, names = shared(found)
    content: dict[str, Any] = {}
    for metric in METRICS:
        tree: said.Tree = {}
        records, costs, scores = [], [], []
        for name in names:
            own = tree.setdefault(name.kind, {}).setdefault(name.source, {})
            for number, (cost, drawn) in enumerate(_line(found, metric, name)):
                own[f"{number:02d}"] = {"usd": cost, "score": said.estimate(drawn, level)}
                records.append(own[f"{number:02d}"])
                costs.append(cost)
                scores.append(drawn)
        for place, block in said.on_frontier(np.array(costs), np.stack(scores), level).items():
            records[place]["frontier"] = block
        content[metric] = tree
    return {"means": content}


def _line(found: Sequence[Read], metric: str, name: Name) -> list[tuple[float, Floats]]:
    """A way's sums of money, and its mean scores (1 + resamples,) for them."""
    scores = np.mean([read.scores[metric][name] for read in found], axis=0)
    most = [read.ends[name][1] for read in found]
    if name.kind == RUN_TIME:
        return [(float(np.mean(most)), scores[0])]
    last = int(np.searchsorted(SUMS, max(max(most), LEAST)))
    return [
        (float(cost), own)
        for cost, own in zip(SUMS[: last + 1], scores[: last + 1], strict=True)
        if not np.isnan(own[0])
    ]
