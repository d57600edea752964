"""Ways with scores that are known, and noise of a known size around them."""

from collections.abc import Mapping, Sequence

import numpy as np

from stages.stats.money.outlay import Tariff
from stages.stats.money.redraws import Redrawn
from stages.stats.money.ways import ALONE, RUN_TIME, WITH_REAL, Name
from stages.stats.verdict import options, rules
from stages.stats.verdict.options import Options
from stages.stats.verdict.rules import Asked, Decision

TARIFF = Tariff(label=0.1, seconds=36, read=0, texts=100_000, classified=0)
ASKED = Asked(margin=0.02, confidence=0.9, target=None)
REDRAWS = 800
SHARED = 0.01  # noise that all ways share: the same test texts
SIZES = (10, 100, 1000)


def way(
    kind: str,
    source: str,
    scores: Sequence[float],
    usd: float = 0.0,
    noise: float = 0.002,
    training: float = 0.001,
    sizes: Sequence[int] = SIZES,
) -> Redrawn:
    """A way with these true scores; `usd` per text, at run time or before; own `noise` of tests."""
    rng = np.random.default_rng([len(kind), *map(ord, source)])
    shared = SHARED * np.random.default_rng(0).normal(size=1 + REDRAWS)
    own, luck = rng.normal(size=(2, len(scores), 1 + REDRAWS))
    shared[0] = own[:, 0] = luck[:, 0] = 0
    tested = np.array(scores)[:, None] + shared + noise * own
    count = np.array(sizes[: len(scores)])
    asked = kind == RUN_TIME
    people = count if source == "real" or kind == WITH_REAL else np.zeros_like(count)
    texts = np.full_like(count, SIZES[-1]) if kind == WITH_REAL else count
    bought = np.full(tested.shape, 0.0) if asked else usd * texts[:, None] + np.zeros(tested.shape)
    return Redrawn(
        Name(kind, source),
        count,
        texts,
        people.astype(float),
        np.zeros(len(count)),
        bought,
        np.full((1, 1 + REDRAWS), usd if asked else 0.0),
        {"accuracy": tested + training * luck},
        {"accuracy": tested},
    )


def real(*scores: float, noise: float = 0.002, training: float = 0.001) -> Redrawn:
    """Labels by people."""
    return way(ALONE, "real", scores or (0.6, 0.7, 0.8), noise=noise, training=training)


def made(
    *ways: Redrawn,
    owned: float = 0,
    barred: Mapping[Name, str] | None = None,
    mixtures: Mapping[str, Sequence[str]] | None = None,
) -> Options:
    """The options of these ways."""
    return options.of_ways(ways, mixtures or {}, "accuracy", TARIFF, owned, barred or {})


def decided(found: Options, asked: Asked = ASKED) -> Decision:
    """The decision on these options."""
    return rules.decide(found, options.real(found), asked)


def answer(found: Options, asked: Asked = ASKED) -> tuple[str, str, int]:
    """Kind of answer, source and texts of what is chosen."""
    chosen = decided(found, asked).chosen
    if chosen is None:
        return rules.UNDECIDED, "", 0
    return found.answers[chosen], found.ways[chosen].source, int(found.texts[chosen])
