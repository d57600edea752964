"""Ways kept with all redraws."""

import numpy as np

from stages.stats.money import redraws
from stages.stats.money.outlay import Part
from stages.stats.worth.curves import METRICS
from tests.stats.money import toy


def test_what_is_kept_is_what_was_there() -> None:
    """All ways in their order, in single precision."""
    ways = [way._replace(tested=way.scores) for way in toy.WAYS]
    kept = [redraws.of_way(way, reading=0.5, classified=0.001) for way in ways]
    again = redraws.read(redraws.arrays(kept))
    assert [way.name for way in again] == [way.name for way in toy.WAYS]
    for old, new in zip(kept, again, strict=True):
        for part in ("sizes", "texts", "labels", "read", "bought", "asked"):
            np.testing.assert_allclose(getattr(new, part), getattr(old, part), rtol=1e-6)
        for metric in METRICS:
            np.testing.assert_allclose(new.scores[metric], old.scores[metric], rtol=1e-6)


def test_what_is_paid_for_and_what_people_do_are_kept_apart() -> None:
    """A cent per written text, half of them read; with 10 or 100 real ones, all labelled."""
    way = redraws.of_way(toy.BOTH, reading=0.5, classified=0.001)
    assert way.texts.tolist() == [100, 100] and way.labels.tolist() == [10, 100]
    assert way.read.tolist() == [50, 50] and way.bought[:, 0].tolist() == [1, 1]
    assert way.asked[0, 0] == 0.001


def test_a_price_that_nobody_knows_is_none() -> None:
    """Not zero: what is not known cannot be the cheapest."""
    unknown = np.full(3, np.nan)
    way = toy.WRITTEN._replace(parts=[Part(1, unknown, llm=True)])
    assert toy.WRITTEN.priced and not way.priced
    assert np.isnan(redraws.of_way(way, 0, 0).bought).all()
