"""The points that no other one beats."""

import numpy as np

from stages.stats.money import frontier


def test_a_frontier_by_hand() -> None:
    """Neither the dearer of equals, nor what scores less for more; by rising cost."""
    costs = np.array([5.0, 1.0, 2.0, 2.0, 7.0, 1.0])
    scores = np.array([0.9, 0.5, 0.7, 0.6, 0.9, 0.5])
    assert frontier.frontier(costs, scores) == [1, 2, 0]


def test_what_is_on_it_and_what_is_not() -> None:
    """A property: no point beats one on it, and one on it beats or equals each other point."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        costs, scores = rng.integers(1, 8, (2, 12)).astype(float)  # with ties
        on = frontier.frontier(costs, scores)
        for place in on:
            no_worse = (costs <= costs[place]) & (scores >= scores[place])
            better = (costs < costs[place]) | (scores > scores[place])
            assert not (no_worse & better).any()
        for place in set(range(12)) - set(on):
            beaten = [costs[o] <= costs[place] and scores[o] >= scores[place] for o in on]
            assert any(beaten)
        assert np.all(np.diff(costs[on]) > 0) and np.all(np.diff(scores[on]) > 0)


def test_gains_are_paired() -> None:
    """Over the cheaper point before it, in each resample."""
    scores = np.array([[0.5, 0.4], [0.8, 0.3], [0.9, 0.9]])
    (gain,) = frontier.gains(scores, [0, 2])
    assert gain.tolist() == [0.4, 0.5]
