"""The frontier: the points that no other one beats, neither in cost nor in score."""

from itertools import pairwise

import numpy as np

from stages.core.arrays import Floats

DIGITS = 9  # decimals beyond which sums differ from processor to processor


def frontier(costs: Floats, scores: Floats) -> list[int]:
    """Positions of the points that none beats in one of the two and matches in the other.

    By rising cost. Of points that are equal in both the first counts; so are those whose
    differences may be rounding errors.

    >>> frontier(np.array([1.0, 2.0, 3.0, 3.0]), np.array([0.5, 0.4, 0.8, 0.7]))
    [0, 2]
    """
    costs, scores = costs.round(DIGITS), scores.round(DIGITS)
    found, best = [], -np.inf
    for place in np.lexsort((-scores, costs)):
        if scores[place] > best:
            found.append(int(place))
            best = scores[place]
    return found


def gains(scores: Floats, places: list[int]) -> list[Floats]:
    """How much more each point of a frontier but the first scores than the cheaper one before it.

    `scores` (points, 1 + resamples) are paired: on the same resampled test texts. The frontier is
    taken as given; the same scores have chosen it, so that gains are a little too good.
    """
    return [scores[now] - scores[old] for old, now in pairwise(places)]
