"""What an LLM's texts or labels were bought for, in numbers that can be written down."""

from typing import Any, NamedTuple

import numpy as np

from stages.core.arrays import Floats
from stages.stats.money import said


class Bought(NamedTuple):
    """What texts or labels of an LLM cost."""

    price: Floats  # US dollars per text (1 + resamples,)
    record: dict[str, Any]  # the same in words, and what it rests on
    shown: float = 0.0  # texts of the pool per text, as examples
    shown_most: float = 0.0  # such texts, however many texts there are


def made(price: Floats, replies: int, counted: bool, assumed: bool, level: float) -> Bought:
    """Texts at a `price` each that so many replies have."""
    record = {
        "usd_per_1000": said.estimate(1000 * price, level),
        "replies": replies,
        "tokens": "counted" if counted else "estimated",
        "price": "assumed" if assumed else "listed",
    }
    return Bought(price, record)


def ready(usd_per_1000: float | None, resamples: int, level: float) -> Bought:
    """Texts that were there already, at a price that is given; without one they are paid for."""
    price = np.full(1 + resamples, (usd_per_1000 or 0) / 1000)
    record = {
        "usd_per_1000": said.estimate(1000 * price, level),
        "replies": 0,
        "tokens": "none",
        "price": "paid already" if usd_per_1000 is None else "given",
    }
    return Bought(price, record)
