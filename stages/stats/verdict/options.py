"""What there is to choose among: every point of every way, with its score and what it costs.

Arrays are (options, 1 + redraws), the observed ones first.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints
from stages.core.records import EDITED, LABELLED, REAL, REAL_POOL
from stages.stats.money.outlay import Tariff
from stages.stats.money.redraws import Redrawn
from stages.stats.money.ways import ALONE, RUN_TIME, WITH_REAL, Name

Bools = NDArray[np.bool_]
Answer = Literal["people", "label", "write", "ask", "mix"]

NO_PRICE = "what it costs is not known"
DECIMALS = 6  # of scores and US dollars, which are kept in single precision


class Options(NamedTuple):
    """The points of all ways."""

    ways: Sequence[Name]  # of each option
    answers: Sequence[Answer]  # likewise
    texts: Ints  # of the source (options,)
    labels: Floats  # by people for real texts, owned ones among them (options,)
    people: Floats  # labels that people still have to give, texts that they read (options,)
    scores: Floats
    tested: Floats  # the scores with nothing but the test texts drawn again
    costs: Floats  # US dollars over the classifier's life, beyond what is there; nan: not known
    allowed: Bools  # (options,); not a size of a way of which a larger one costs no more
    owned: float = 0  # labels by people that are there and cost nothing more

    def of(self, way: Name) -> Ints:
        """The numbers of a way's options, by rising size."""
        return np.flatnonzero([each == way for each in self.ways])


def answer(way: Name, parts: Sequence[str]) -> Answer:
    """What kind of way it is, by the simple sources that its source is made of.

    >>> answer(Name("alone", "zero_shot"), ["zero_shot"])
    'write'
    >>> answer(Name("with_real", "labelled"), ["labelled"])
    'mix'
    """
    if way.kind == RUN_TIME:
        return "ask"
    people = {REAL, REAL_POOL, EDITED}
    found: set[Answer] = {
        "people" if part in people else "label" if part == LABELLED else "write" for part in parts
    }
    found |= {"people"} if way.kind == WITH_REAL else set()
    return found.pop() if len(found) == 1 else "mix"


def of_ways(
    ways: Sequence[Redrawn],
    parts: Mapping[str, Sequence[str]],
    metric: str,
    tariff: Tariff,
    owned: float,
    barred: Mapping[Name, str],
) -> Options:
    """Every size of every way.

    `parts`: of the sources that are mixtures; `owned`: labels by people that are there and cost
    nothing more; `barred`: ways that are not to be chosen, and why.
    """
    rows: list[tuple[Name, int]] = [(w.name, place) for w in ways for place in range(len(w.sizes))]
    labels = np.concatenate([way.labels for way in ways])
    read = np.concatenate([way.read for way in ways])
    people = np.maximum(0, labels - owned) + read
    money = [way.bought + tariff.texts * way.asked for way in ways]
    costs = np.concatenate(money) + tariff.label * people[:, None]
    names = [name for name, _ in rows]
    priced = np.isfinite(costs[:, 0])
    return Options(
        names,
        [answer(name, parts.get(name.source, (name.source,))) for name in names],
        np.concatenate([way.texts for way in ways]),
        labels,
        people,
        np.concatenate([way.scores[metric] for way in ways]),
        np.concatenate([way.tested[metric] for way in ways]),
        costs,
        priced & np.array([name not in barred for name in names]) & ~_for_nothing(names, costs),
        owned,
    )


def _for_nothing(names: Sequence[Name], costs: Floats) -> Bools:
    """Whether a larger size of the same way costs no more (options,).

    With labels or texts that are there all sizes cost the same; to take the one with the highest
    score would be to take noise for a reason to leave texts out.
    """
    seen = costs[:, 0].round(DECIMALS)
    same = np.array([one == other for one, other in pairwise(names)], dtype=bool)
    return np.append(same & (seen[1:] <= seen[:-1]), False)


def real(options: Options) -> int | None:
    """The number of the option to train on all real labels; None where there is none."""
    found = options.of(Name(ALONE, REAL))
    return int(found[-1]) if len(found) else None
