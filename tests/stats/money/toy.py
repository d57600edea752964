"""Ways of a made-up task, whose costs can be computed by hand, and the files made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stages.core import files, paths
from stages.stats.money import said, spread
from stages.stats.money.outlay import Part, Tariff
from stages.stats.money.ways import ALONE, PROMPTED, RUN_TIME, WITH_REAL, Name, Way
from stages.stats.worth.curves import METRICS

TARIFF = Tariff(label=0.1, seconds=36, read=0, texts=1000, classified=0)
FREE, CENT = np.zeros(3), np.array([0.01, 0.01, 0.02])


def way(kind: str, source: str, sizes: list[int], *scores: float, **fields: Any) -> Way:
    """A way with these scores in both metrics and all resamples."""
    table = np.repeat(np.array(scores)[:, None], 3, axis=1)
    name = Name(kind, source)
    return Way(name, np.array(sizes), dict.fromkeys(METRICS, table), population=1000, **fields)


REAL = way(ALONE, "real", [10, 100, 1000], 0.5, 0.7, 0.9, parts=[Part(1, FREE, real=1)])
WRITTEN = way(ALONE, "zero_shot", [10, 100], 0.6, 0.7, parts=[Part(1, CENT, llm=True)])
BOTH = way(
    WITH_REAL, "zero_shot", [10, 100], 0.75, 0.85, parts=[Part(1, CENT, llm=True)], texts=100
)
ASKED = way(RUN_TIME, "prompted", [0], 0.88, asked=np.array([0.002, 0.002, 0.002]))
WAYS = [REAL, WRITTEN, BOTH, ASKED]


PRICED = {"replies": 40, "tokens": "estimated", "price": "assumed"}
BASIS = {
    "metric": "accuracy",
    "level": 0.9,
    "tests": 60,
    "label": {"usd": 0.1, "seconds": 36},
    "read": 0,
    "tokens": {"prompt": 3, "completion": 15},
    "uncounted": {"prompt": 200, "answer": 15},
    "texts": 1000,
    "classified": 0,
}


def content(ways: Sequence[Way] = WAYS) -> dict[str, Any]:
    """The file of a task, with prices where an LLM has a part."""
    prices = {
        way.name.source: {"usd_per_1000": said.estimate(1000 * price, 0.9), **PRICED}
        for way in ways
        for price in [way.parts[0].price if way.parts else way.asked]
        if price is not None and price.any()
    }
    found = said.found(ways, REAL, TARIFF, [0.65, 0.95, 1.2], 0.9)
    return {"basis": BASIS, "prices": prices, "left_out": {}, **found}


def mean(tasks: int, ways: Sequence[Way] = WAYS) -> dict[str, Any]:
    """The file of the mean over so many tasks."""
    basis = {"metric": "accuracy", "tasks": tasks, "level": 0.9}
    return {"basis": basis, **spread.mean([spread.read_off(ways, TARIFF)] * tasks, 0.9)}


def write(tasks: Sequence[str], sources: Sequence[str]) -> None:
    """Write what stage `cost` leaves of a grid, the same for each task."""
    withheld = {"basis": BASIS | {"withheld": "real texts are not among the sources"}}
    ways = [way for way in WAYS if way.name.source in (*sources, PROMPTED)]
    for task in tasks:
        files.write_json(content(ways) if "real" in sources else withheld, paths.costs(task))
    files.write_json(mean(len(tasks), ways), paths.costs_over())
