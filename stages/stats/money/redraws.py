"""Every point of every way in each redraw, as arrays: for those who choose among them.

A redraw takes test texts, training texts and replies at random from those that there are, the same
for all ways, so that their differences are paired.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints
from stages.stats.money.ways import RUN_TIME, WITH_REAL, Name, Way


class Redrawn(NamedTuple):
    """A way at its sizes; scores and money (sizes, 1 + redraws), the observed ones first."""

    name: Name
    sizes: Ints  # of its curve
    texts: Ints  # of the source at each size
    labels: Floats  # by people, for real texts
    read: Floats  # texts of an LLM that people read, each like a label
    bought: Floats  # US dollars for the LLM's texts and labels; nan where no price is known
    asked: Floats  # US dollars per text that is classified (1, 1 + redraws); likewise
    scores: Mapping[str, Floats]  # by metric
    tested: Mapping[str, Floats]  # the same with nothing but the test texts drawn again


def arrays(ways: Iterable[Redrawn]) -> dict[str, NDArray[Any]]:
    """The ways as named arrays, money and scores in single precision."""
    found: dict[str, NDArray[Any]] = {}
    for way in ways:
        place = "/".join(way.name)
        for part in ("sizes", "texts"):
            found[f"{place}/{part}"] = getattr(way, part)
        for part in ("labels", "read", "bought", "asked"):
            found[f"{place}/{part}"] = getattr(way, part).astype(np.float32)
        for part in ("scores", "tested"):
            for metric, values in getattr(way, part).items():
                found[f"{place}/{part}/{metric}"] = values.astype(np.float32)
    return found


def read(found: Mapping[str, NDArray[Any]]) -> list[Redrawn]:
    """The ways that `arrays` has named, in their order."""
    places = dict.fromkeys(tuple(key.split("/")[:2]) for key in found)
    return [_way(found, Name(*place)) for place in places]


def _way(found: Mapping[str, NDArray[Any]], name: Name) -> Redrawn:
    place = "/".join(name)

    def wide(part: str) -> Floats:
        return found[f"{place}/{part}"].astype(np.float64)

    def by_metric(part: str) -> dict[str, Floats]:
        start = f"{place}/{part}/"
        keys = [key for key in found if key.startswith(start)]
        return {key.removeprefix(start): found[key].astype(np.float64) for key in keys}

    return Redrawn(
        name,
        found[f"{place}/sizes"],
        found[f"{place}/texts"],
        wide("labels"),
        wide("read"),
        wide("bought"),
        wide("asked"),
        by_metric("scores"),
        by_metric("tested"),
    )


def of_way(way: Way, reading: float, classified: float) -> Redrawn:
    """A way at its sizes; people read the share `reading` of an LLM's texts.

    A trained classifier takes `classified` US dollars per text.
    """
    shape = next(iter(way.scores.values())).shape
    labels, read, bought = way.taken(way.sizes[:, None].astype(float), reading)
    added = way.name.kind == WITH_REAL
    texts = np.full(shape[0], way.texts) if added else way.sizes
    asked = np.full(1, classified) if way.asked is None else way.asked
    return Redrawn(
        way.name,
        way.sizes,
        texts if way.name.kind != RUN_TIME else np.zeros(1, np.int64),
        np.broadcast_to(labels, (len(way.sizes), 1))[:, 0],
        np.broadcast_to(read, (len(way.sizes), 1))[:, 0],
        np.broadcast_to(bought, shape),
        np.broadcast_to(asked, (1, shape[1])),
        way.scores,
        way.tested,
    )
