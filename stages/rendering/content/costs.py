"""What pages read of the files of stage `cost`, as typed records."""

from collections.abc import Iterator, Mapping

from stages.rendering.content import words
from stages.rendering.content.facts import Estimate, Fact

ALONE, WITH_REAL, RUN_TIME = "alone", "with_real", "run_time"  # kinds of ways


class Person(Fact):
    """What a label by a person takes."""

    usd: float
    seconds: float


class Basis(Fact):
    """What is assumed."""

    metric: str
    level: float
    tests: int
    withheld: str | None = None
    label: Person
    read: float
    tokens: Mapping[str, float] | None = None  # US dollars per million where nothing is listed
    uncounted: Mapping[str, int]
    texts: int  # over the classifier's life
    classified: float  # US dollars per 1,000 texts


class Priced(Fact):
    """What an LLM's texts or labels cost."""

    usd_per_1000: Estimate
    replies: int
    tokens: str  # counted | estimated
    price: str  # listed | assumed


class OnFrontier(Fact):
    """A point on the frontier: its place, and its gain over the next cheaper one."""

    order: int
    gain: Estimate | None = None

    @property
    def sure(self) -> bool:
        """Whether the gain is beyond noise; the first point has nothing to gain over."""
        return self.gain is None or self.gain.get("low", 0) > 0


class Point(Fact):
    """A size of a way: what it costs, and its score by metric."""

    labels: float
    hours: float
    training: Estimate
    total: Estimate
    scores: Mapping[str, Estimate]
    frontier: Mapping[str, OnFrontier]


class Needed(Fact):
    """What a way takes to reach a score."""

    size: Estimate
    labels: Estimate
    hours: Estimate
    training: Estimate
    total: Estimate
    reached: float  # share of the resamples in which it does


class Chosen(Fact):
    """The cheapest way, in which share of the resamples it is that; for classifiers, from how many
    texts on it is cheaper than the LLM at run time."""

    kind: str
    source: str
    share: float
    break_even: Estimate | None = None


class Target(Fact):
    """A score that is to be reached."""

    score: Estimate
    ways: Mapping[str, Mapping[str, Needed]] = {}  # by kind and source
    cheapest: Chosen | None = None
    classifier: Chosen | None = None  # of the ways that train one


class Costs(Fact):
    """A file of a task."""

    basis: Basis
    prices: Mapping[str, Priced] = {}
    left_out: Mapping[str, str] = {}  # why a way has no cost
    ways: Mapping[str, Mapping[str, Mapping[str, Point]]] = {}  # by kind, source and size
    targets: Mapping[str, Mapping[str, Target]] = {}  # by metric and share of real's score

    def points(self) -> Iterator[tuple[str, str, int, Point]]:
        """Kind, source, size and point, sizes in order."""
        for kind, sources in self.ways.items():
            for source, points in sources.items():
                for size in sorted(points, key=int):
                    yield kind, source, int(size), points[size]


class MeanBasis(Fact):
    """What the means are over."""

    metric: str
    tasks: int
    level: float


class MeanPoint(Fact):
    """The mean score of all tasks for so much money in each."""

    usd: float
    score: Estimate
    frontier: OnFrontier | None = None


class MeanCosts(Fact):
    """The file of all tasks."""

    basis: MeanBasis
    means: Mapping[
        str, Mapping[str, Mapping[str, Mapping[str, MeanPoint]]]
    ] = {}  # metric, kind, ...


def name(kind: str, source: str) -> str:
    """A way as people read it.

    >>> name("with_real", "zero_shot"), name("run_time", "prompted")
    ('zero-shot with real', 'the LLM at run time')
    """
    if kind == RUN_TIME:
        return "the LLM at run time"
    return f"{words.name(source)} with real" if kind == WITH_REAL else words.name(source)
