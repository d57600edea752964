"""The rules of a verdict, in one place.

1. An option is good enough in a redraw if its score is within `margin` of the best allowed one, or
   reaches `target` of the score of all real labels, where that is set.
2. An option is sure if it is good enough in the share `confidence` of the redraws.
3. The cheapest sure option is chosen; of options that cost the same the one with the highest
   score, of equal ones that with the fewest labels by people. If none is sure, the verdict is
   `undecided`. Of sizes of one way that cost the same, as labels do that are there already, only
   the largest is allowed.
4. It holds in a redraw if the same kind of answer comes out when that redraw is what was observed:
   its scores, with the deviations of other redraws around them, through rules 1 to 3.

Rule 1 is a bootstrap form of multiple comparisons with the best (Hsu 1981, "Simultaneous confidence
intervals for all distances from the 'best'"), with an indifference zone (Bechhofer 1954). The
best of many scores flatters itself, in every redraw once more, so that the rule errs on the side of
`undecided`. The chosen option's own score is brought down by its optimism (Efron & Tibshirani 1993,
"An introduction to the bootstrap", chapter 17): how much better what is chosen in a redraw looks
there than it did in the observed scores.

In simulations (tests/benchmarks/bench_verdict.py, 150 studies each of six cases, margin 0.02,
confidence 0.9) the named option was truly within the margin in 93 to 100 % of the decided studies;
observed scores were 0.4 to 2.4 points too high, corrected ones -0.0 to 1.1, their 95 % intervals
held the truth in 89 to 98 %. Another study gives the same answer as often as rule 4 says where one
way is clearly best (68 %, said 70 %), less often where ways are close: in 28 to 57 % where it says
52 to 69 %. As many more test texts as are named settled some 60 to 70 % of the undecided studies.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from stages.core.arrays import Floats, Ints
from stages.core.records import REAL
from stages.stats.money.ways import ALONE, Name
from stages.stats.verdict.options import DECIMALS, Bools, Options
from stages.stats.worth import worth

UNDECIDED = "undecided"
WORLDS = 200  # redraws that are taken for the observed one
FARTHEST = 50  # times the labels: beyond, no number of them is named
STEPS = 80  # numbers that are tried on the way
NICE = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)  # leading digits of a number that is a rough one
DISAGREE = 0.2  # share of test texts on which one of two classifiers is right


class Asked(NamedTuple):
    """What a verdict has to satisfy."""

    margin: float
    confidence: float
    target: float | None


class Decision(NamedTuple):
    """What is chosen, and how sure that is."""

    chosen: int | None  # number of the option; None: undecided
    sure: Floats  # share of the redraws in which each option is good enough (options,)
    again: Mapping[str, float]  # answer, or undecided -> share of redraws in which it comes out
    picked: Floats  # likewise of each option (options,)
    optimism: float  # of the chosen option's score


def decide(options: Options, real: int | None, asked: Asked) -> Decision:
    """The verdict; `real`: the option to train on all real labels. Undecided if none is allowed."""
    if not options.allowed.any():
        nothing = np.zeros(len(options.allowed))
        return Decision(None, nothing, {UNDECIDED: 1.0}, nothing, 0.0)
    observed, deviations = options.scores[:, 0], options.scores[:, 1:] - options.scores[:, :1]
    sure = _sure(observed, deviations, options.allowed, real, asked)
    picks = _repeated(options, real, asked)
    names = [UNDECIDED if pick is None else options.answers[pick] for pick, _ in picks]
    taken = [(pick, seen) for pick, seen in picks if pick is not None]
    gained = [options.scores[pick, seen] - observed[pick] for pick, seen in taken]
    counts = np.bincount([pick for pick, _ in taken], minlength=len(observed))
    return Decision(
        _chosen(options, sure, 0, asked),
        sure,
        {name: count / len(picks) for name, count in Counter(names).most_common()},
        counts / len(picks),
        max(0.0, float(np.mean(gained))) if gained else 0.0,
    )


def good(scores: Floats, allowed: Bools, real: int | None, asked: Asked) -> Bools:
    """Whether each option, allowed or not, is good enough, for scores (options, redraws): rule 1.

    >>> asked = Asked(margin=0.02, confidence=0.9, target=None)
    >>> good(np.array([[0.70], [0.75], [0.76]]), np.ones(3, bool), None, asked)[:, 0].tolist()
    [False, True, True]
    """
    least = scores[allowed].max(axis=0) - asked.margin
    if asked.target is not None and real is not None:
        least = np.minimum(least, asked.target * scores[real])
    found: Bools = scores >= least - 10.0**-DECIMALS
    return found


def chosen(sure: Floats, costs: Floats, scores: Floats, labels: Floats, asked: Asked) -> int | None:
    """The number of the chosen option, all arrays (options,): rules 2 and 3.

    >>> asked = Asked(margin=0.02, confidence=0.9, target=None)
    >>> sure, scores = np.array([0.8, 0.95, 1.0]), np.array([0.75, 0.75, 0.76])
    >>> chosen(sure, np.array([1.0, 2.0, 3.0]), scores, np.zeros(3), asked)
    1
    """
    places = np.flatnonzero(sure >= asked.confidence)
    if not len(places):
        return None
    order = np.lexsort(
        (labels[places], -scores[places].round(DECIMALS), costs[places].round(DECIMALS))
    )
    return int(places[order[0]])


def _sure(
    seen: Floats, deviations: Floats, allowed: Bools, real: int | None, asked: Asked
) -> Floats:
    """The share of redraws in which each option is good enough, around scores (options,)."""
    found: Floats = good(seen[:, None] + deviations, allowed, real, asked).mean(axis=1)
    return found


def _repeated(options: Options, real: int | None, asked: Asked) -> list[tuple[int | None, int]]:
    """What is chosen when a redraw is the observed one, and which one that was: rule 4.

    The deviations around it are those of the other redraws.
    """
    redraws = options.scores.shape[1] - 1
    worlds = range(1, 1 + min(WORLDS, redraws // 4))
    others = options.scores[:, worlds.stop :]
    deviations = others - options.scores[:, :1]
    found = []
    for world in worlds:
        seen = options.scores[:, world]
        sure = _sure(seen, deviations, options.allowed, real, asked)
        found.append((_chosen(options, sure, world, asked), world))
    return found


def _chosen(options: Options, sure: Floats, seen: int, asked: Asked) -> int | None:
    """The number of the option that is chosen among the allowed ones, in the redraw `seen`."""
    allowed = np.where(options.allowed, sure, 0.0)
    columns = options.costs[:, seen], options.scores[:, seen], options.labels
    return chosen(allowed, *columns, asked)


class More(NamedTuple):
    """How many more labels by people would settle an undecided verdict."""

    tests: int
    train: int  # 0 where test texts alone do


def more(options: Options, real: int | None, asked: Asked, tests: int, train: int) -> More | None:
    """How many labels more than these would settle an undecided verdict; None: no number would.

    With m test texts in place of n, deviations that come from test texts shrink by sqrt(n / m), and
    those from training texts stay: score + sqrt(n / m) (tested - score) + (redrawn - tested). The
    smallest m is named at which some option is sure. Where none is, training texts grow by the same
    factor, and their deviations shrink alike. All this if the scores stay as observed, which they
    do not quite (with more training texts they rise): the number is about right and no promise.
    """
    if not options.allowed.any():
        return None
    observed = options.scores[:, :1]
    of_tests = (options.tested - options.tested[:, :1])[:, 1:]
    of_training = (options.scores - observed)[:, 1:] - of_tests
    for also in (False, True):
        for factor in map(float, np.geomspace(1, FARTHEST, STEPS)[1:]):
            shrunk = of_training / math.sqrt(factor) if also else of_training
            deviations = of_tests / math.sqrt(factor) + shrunk
            sure = _sure(observed[:, 0], deviations, options.allowed, real, asked)
            if (sure[options.allowed] >= asked.confidence).any():
                grown = factor - 1
                return More(math.ceil(tests * grown), math.ceil(train * grown) if also else 0)
    return None


def first_tests(asked: Asked) -> int:
    """How many test texts a verdict takes, where there are too few to measure anything.

    Two equally good classifiers, of which only one is right on the share DISAGREE of the texts,
    differ on m texts by sqrt(DISAGREE / m) (McNemar 1947). So many make `margin` the distance that
    they exceed with probability 1 - `confidence`, in one direction.

    >>> first_tests(Asked(margin=0.02, confidence=0.9, target=None))
    822
    """
    return math.ceil(DISAGREE * (special.ndtri(asked.confidence) / asked.margin) ** 2)


def standing(options: Options, decision: Decision, asked: Asked, places: Ints) -> int:
    """The option that stands for a way with options at `places`.

    The chosen one; else its cheapest sure one; where it has none, that with the highest score; of
    allowed ones, if there are any.
    """
    if decision.chosen is not None and decision.chosen in places:
        return decision.chosen
    if options.allowed[places].any():
        places = places[options.allowed[places]]
    sure, costs = decision.sure[places], options.costs[places, 0]
    scores = options.scores[places, 0]
    found = chosen(sure, costs, scores, options.labels[places], asked)
    return int(places[scores.argmax() if found is None else found])


def floor(tests: Sequence[int], metric: str) -> float:
    """The score of the majority label for every text, from the test texts of each label.

    >>> floor([60, 40], "accuracy"), round(floor([60, 40], "macro_f1"), 3)
    (0.6, 0.375)
    """
    share = max(tests) / sum(tests)
    return share if metric == "accuracy" else 2 * share / (1 + share) / len(tests)


def people_for(options: Options, chosen: int) -> Floats:
    """How many labels by people alone bring the chosen option's score (1 + redraws,); inf: none."""
    places = options.of(Name(ALONE, REAL))
    if not len(places):
        return np.full(options.scores.shape[1], np.inf)
    sizes, curve = options.texts[places], worth.monotone(options.scores[places])
    if len(places) == 1:
        return np.where(curve[0] >= options.scores[chosen], float(sizes[0]), np.inf)
    found: Floats = np.maximum(worth.reached(sizes, curve, options.scores[chosen]), float(sizes[0]))
    return found


def rising(options: Options, chosen: int | None) -> float:
    """By how much the score rose with the last doubling, if the chosen option is its way's last."""
    if chosen is None:
        return 0.0
    places = options.of(options.ways[chosen])
    sizes = (options.texts + options.labels)[places]
    half = places[sizes <= sizes[-1] / 2]
    if chosen != places[-1] or not len(half):
        return 0.0
    return float(options.scores[chosen, 0] - options.scores[half[-1], 0])


def rough(count: int) -> int:
    """A number of labels that is roughly known, rounded up.

    >>> rough(822), rough(1230), rough(7)
    (1000, 1500, 8)
    """
    unit = 10.0 ** math.floor(math.log10(count))
    return round(next(step for step in NICE if count <= step * unit) * unit)
