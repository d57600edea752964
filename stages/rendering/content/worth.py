"""What pages read of the stage `worth`, and how numbers of labels are said."""

from collections.abc import Mapping
from typing import Literal

from stages.rendering.content.facts import Estimate, Fact
from stages.rendering.content.page import Cell

End = float | Literal["below", "above"]  # outside the sizes of the curve of real texts
Points = Mapping[int, Estimate]  # by size

PLAIN = "plain"
WAYS = {
    PLAIN: "as they come",
    "known": "known shares",
    "few_labels": "few labels' shares",
    "em": "estimated shares",
}


class LabelCount(Fact):
    """A number of real labels with its interval."""

    labels: End
    low: End
    high: End


class Reading(Fact):
    """A source's score at full size, and where real texts reach it."""

    score: Estimate
    mean: LabelCount
    reliable: LabelCount
    extrapolated: Mapping[str, LabelCount] = {}


class SourceCurve(Fact):
    """Of a source in one metric."""

    curve: Points
    worth: Mapping[str, Reading]  # by how class shares are corrected
    added: Mapping[int, Estimate] = {}  # by number of real texts beside the source
    saved: Mapping[int, LabelCount] = {}


class SourceWorth(Fact):
    """Of a source."""

    texts: int
    drawn: bool
    metrics: Mapping[str, SourceCurve]


class RealCurve(Fact):
    """Of real texts in one metric."""

    curve: Points
    p_monotone: float


class WorthBasis(Fact):
    """What the numbers rest on, or why there are none."""

    tests: int
    level: float
    texts: int = 0
    smallest: int = 0
    draws: int = 0
    withheld: str | None = None


class Worth(Fact):
    """worth/<task>.json."""

    basis: WorthBasis
    real: Mapping[str, RealCurve] = {}
    sources: Mapping[str, SourceWorth] = {}


def labels(found: LabelCount, basis: WorthBasis) -> Cell:
    """A number of labels in words, its interval beside.

    >>> basis = WorthBasis(tests=60, level=0.95, texts=1572, smallest=10)
    >>> " ".join(labels(LabelCount(labels="below", low="below", high=34.4), basis))
    'fewer than 10 [< 10, 34]'
    """
    beyond = {"below": f"fewer than {basis.smallest:,}", "above": f"more than {basis.texts:,}"}
    ends = [_end(end, basis.smallest, basis.texts) for end in (found.low, found.high)]
    said = beyond[found.labels] if isinstance(found.labels, str) else f"{found.labels:,.0f}"
    return Cell(said, f"[{', '.join(ends)}]")


def saved(found: LabelCount, own: int, basis: WorthBasis) -> Cell:
    """How many more labels would have done the same, beside `own` that there are.

    >>> basis = WorthBasis(tests=60, level=0.95, texts=1572, smallest=10)
    >>> " ".join(saved(LabelCount(labels=120.2, low="below", high="above"), 30, basis))
    '+120 [< −20, > +1,542]'
    """
    limits = basis.smallest - own, basis.texts - own
    ends = [_end(end, *limits, sign=True) for end in (found.labels, found.low, found.high)]
    return Cell(ends[0], f"[{', '.join(ends[1:])}]")


def _end(end: End, smallest: int, largest: int, sign: bool = False) -> str:
    limit = {"below": smallest, "above": largest}.get(str(end))
    value = float(end) if limit is None else limit
    shown = f"{round(value) + 0:+,}" if sign and round(value) else f"{round(value):,}"
    return {"below": "< ", "above": "> "}.get(str(end), "") + shown.replace("-", "−")
