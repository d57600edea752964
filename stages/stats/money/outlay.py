"""What training texts take: labels by people, and money for an LLM's replies.

Prices per text are arrays (1 + resamples,): the observed one, then one per resample.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stages.core.arrays import Floats, Ints


class Part(NamedTuple):
    """Texts of one kind, which are a `share` of a source's."""

    share: float
    price: Floats  # US dollars per text that an LLM takes; zeros where there is none
    llm: bool = False  # whether an LLM wrote or labelled them
    real: float = 0.0  # labels that people give to real texts, per text
    pool: float = 0.0  # likewise to texts of the few-shot pool
    pool_most: float = np.inf  # such labels, however many texts there are


class Tariff(NamedTuple):
    """Prices that are assumed."""

    label: float  # US dollars that a person's label costs
    seconds: float  # of a person's time that it takes
    read: float  # share of the LLM's texts and labels that a person reads, as if to label them
    texts: int  # that are classified over the classifier's life
    classified: float  # US dollars per text for the machine of a classifier


def price(usd: Floats, kept: Ints, resamples: int, rng: np.random.Generator) -> Floats:
    """US dollars per kept text (1 + resamples,), from what each reply cost and brought.

    The ratio of the two sums, then the same with replies drawn with replacement: a reply of which
    nothing was kept is paid for by the others.

    >>> price(np.array([0.2, 0.4]), np.array([0, 2]), 0, np.random.default_rng(0)).round(3).tolist()
    [0.3]
    """
    observed = usd.sum() / kept.sum()
    found = [observed]
    for _ in range(resamples):
        taken = rng.integers(len(usd), size=len(usd))
        brought = kept[taken].sum()
        found.append(usd[taken].sum() / brought if brought else observed)
    return np.array(found)


def shares(parts: Sequence[str], sizes: Mapping[str, int], total: int) -> dict[str, float]:
    """Which shares the parts are of a source with `total` texts; one may lack its size.

    >>> shares(["pool", "gpt4"], {"pool": 25}, 100)
    {'pool': 0.25, 'gpt4': 0.75}
    """
    rest = total - sum(sizes.get(part, 0) for part in parts)
    counts = {part: sizes.get(part, max(0, rest)) for part in parts}
    return {part: count / sum(counts.values()) for part, count in counts.items()}


def labels(parts: Sequence[Part], texts: Floats, real: Floats, population: int) -> Floats:
    """How many labels people give for `texts` of a source and `real` random ones of real texts.

    The pool lies within the `population` of real texts: what is drawn at random holds its share of
    it already, as of what was drawn before, and parts share one pool. Examples are paid for as they
    are shown.

    >>> few_shot = Part(1.0, np.zeros(1), llm=True, pool=0.6, pool_most=20)
    >>> labels([few_shot], np.array([10.0, 100.0]), np.array([0.0, 50.0]), 100).tolist()
    [6.0, 60.0]
    """
    own = sum((part.share * part.real * texts for part in parts), np.zeros(1))
    drawn = own + real * (1 - np.clip(own / population, 0, 1))
    pool = np.zeros_like(drawn)
    for part in parts:
        pool = np.maximum(pool, np.minimum(part.pool_most, part.share * part.pool * texts))
    found: Floats = drawn + pool * (1 - np.clip(drawn / population, 0, 1))
    return found


def bought(parts: Sequence[Part], texts: Floats) -> Floats:
    """US dollars for the LLM's part of so many texts, as wide as texts and prices together."""
    return sum((part.share * texts * part.price for part in parts), np.zeros(1))


def read(parts: Sequence[Part], texts: Floats, reading: float) -> Floats:
    """How many of the LLM's texts and labels people read, the share `reading` of them."""
    return sum((reading * part.share * texts for part in parts if part.llm), np.zeros(1))
