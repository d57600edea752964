"""What stage `verdict` finds of a task, as typed records: written by it, read by pages.

Scores are shares of 1, money US dollars; an estimate has `value`, `low` and `high`.
"""

from collections.abc import Mapping
from typing import Literal

from stages.rendering.content.facts import Estimate, Fact

Answer = Literal["people", "label", "write", "ask", "mix", "undecided"]

ANSWERS: Mapping[Answer, str] = {
    "people": "labels by people",
    "label": "labels by the LLM",
    "write": "texts that an LLM wrote",
    "ask": "the LLM at run time, no classifier",
    "mix": "written texts or LLM labels together with labels by people",
    "undecided": "too few labels to say",
}


class Basis(Fact):
    """What the verdict rests on, and what was asked of it."""

    metric: Literal["accuracy", "macro_f1"]
    tests: int  # test texts with labels by people
    labels: int  # train texts with labels by people: those that the user owns
    checked: int  # texts with a label by people and one by the LLM
    texts: int  # to be classified over the classifier's life
    level: float  # of intervals
    margin: float  # a score so much below the best attainable one counts as equally good
    confidence: float  # share of redraws in which the plan has to be within the margin
    target: float | None = None  # share of the score of all real labels that is enough, too
    usd_per_label: float = 0  # by a person


class Plan(Fact):
    """What to do."""

    kind: str  # alone | with_real | run_time, as in `cost`
    source: str
    texts: int  # of the source
    labels: int  # by people
    hours: float  # of people's time, for these


class Ceiling(Fact):
    """The highest score to be expected, and what it is."""

    value: float
    low: float
    high: float
    what: Literal["agreement of people", "all real labels"]


class RunTime(Fact):
    """The score of the LLM, asked for `n` test texts."""

    value: float
    low: float
    high: float
    n: int


class Cost(Fact):
    """What the plan costs over the classifier's life, and others for comparison."""

    usd: Estimate | None = None  # None: a price is not known
    hours: float  # of people's time
    people: Estimate | None = None  # labels by people alone that bring the same score; None: never
    people_labels: int | None = None  # how many these are
    run_time: Estimate | None = None  # of the LLM at run time, per 1,000 texts


class Next(Fact):
    """What to type, and what for."""

    command: str = ""  # none where nothing is missing
    why: str

    @property
    def said(self) -> str:
        """Both on one line."""
        return f"{self.command} ({self.why})" if self.command else self.why


class Alternative(Fact):
    """A way at the size that is best for it, the plan's own among them."""

    way: str  # in words
    kind: str
    source: str
    texts: int
    labels: int  # by people
    score: Estimate
    within: float = 0  # share of redraws in which it is within the margin of the best way
    cost: Estimate | None = None  # None: not known
    worth: Mapping[str, Estimate] = {}  # labels by people that its texts are worth, by metric
    held: float  # share of redraws in which this way is the answer
    admissible: bool = True
    why: str = ""  # why it is not the answer, or not admissible


class Verdict(Fact):
    """A task's verdict."""

    basis: Basis
    answer: Answer
    plan: Plan | None = None  # None where undecided
    score: Estimate | None = None  # to be expected of the plan, its luck at being chosen taken off
    optimism: float = 0  # this luck
    floor: float  # of the score: the majority label for every text
    ceiling: Ceiling | None = None
    run_time: RunTime | None = None  # None where the LLM labelled too few test texts
    worth: Mapping[str, Estimate] = {}  # labels by people that the plan's texts are worth, by
    # metric; an end that is missing is beyond the labels that there are
    cost: Cost | None = None
    within: float = 0  # share of redraws in which the plan is within the margin of the best way
    held: float  # share of redraws that, taken for what was observed, give the same answer
    again: Mapping[str, float] = {}  # each answer that comes out so, and in which share
    sentence: str
    reasons: tuple[str, ...] = ()
    next: Next
    more_labels: int | None = None  # by people, that would settle it
    more_for: Literal["test", "test and training"] | None = None  # what these would be for
    alternatives: tuple[Alternative, ...] = ()  # the answer first
    warnings: tuple[str, ...] = ()
