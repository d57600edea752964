"""What training texts take, in labels and money."""

import numpy as np
import pytest

from stages.stats.money import outlay
from stages.stats.money.outlay import Part

FREE = np.zeros(1)


def count(parts: list[Part], texts: float, real: float = 0, population: int = 100) -> float:
    """Labels by people for so many texts."""
    return float(outlay.labels(parts, np.array([texts]), np.array([real]), population)[0])


def test_replies_that_bring_nothing_are_paid_by_the_others() -> None:
    """Three dollars for four texts; resamples vary with the replies, and around that."""
    rng = np.random.default_rng(0)
    usd, kept = np.array([1.0, 1.5, 0.5]), np.array([2, 2, 0])
    price = outlay.price(usd, kept, 500, rng)
    assert price[0] == 0.75 and len(price) == 501
    assert price.min() < 0.75 < price.max() and np.isfinite(price).all()
    same = outlay.price(np.full(5, 0.3), np.full(5, 3), 50, rng)
    assert np.ptp(same) == pytest.approx(0)


def test_labels_of_each_kind_of_text() -> None:
    """A real text takes one; an LLM's none; examples until the pool is used up; edits likewise."""
    assert count([Part(1, FREE, real=1)], 30) == 30
    assert count([Part(1, FREE, llm=True)], 30) == 0
    few_shot = Part(1, FREE, llm=True, pool=3 / 5, pool_most=20)
    assert [count([few_shot], texts) for texts in (10, 50)] == [6, 20]
    assert count([Part(1, FREE, pool=1, pool_most=10)], 40) == 10


def test_parts_share_one_pool() -> None:
    """A mixture of 20 pool texts and 80 written after them takes 20 labels, not 40."""
    parts = [Part(0.2, FREE, pool=1, pool_most=20), Part(0.8, FREE, True, pool=0.6, pool_most=20)]
    assert count(parts, 100) == 20


def test_random_real_texts_hold_their_share_of_the_pool() -> None:
    """Half of 100 real texts hold half of the pool's 20; all of them hold it all."""
    few_shot = [Part(1, FREE, llm=True, pool=1, pool_most=20)]
    assert count(few_shot, 60, real=50) == 50 + 10
    assert count(few_shot, 60, real=100) == 100
    assert count([Part(1, FREE, real=1)], 100, real=30) == 100


def test_money_and_reading_go_by_the_llm_s_share() -> None:
    """Of 40 texts 30 are the LLM's, at a dime each; people read a tenth of these."""
    parts = [Part(0.25, FREE, real=1), Part(0.75, np.array([0.1, 0.2]), llm=True)]
    assert outlay.bought(parts, np.array([40.0, 40.0])) == pytest.approx([3, 6])
    assert outlay.read(parts, np.array([40.0]), 0.1)[0] == pytest.approx(3)
