"""What the page on forecasts reads of the file that forecast writes, as typed records."""

from collections.abc import Mapping

from stages.rendering.content.facts import Estimate, Fact


class Beforehand(Fact):
    """Of `forecast`: what was known beforehand."""

    pilot: int
    own_labels: int
    unlabelled: int
    draws: int
    level: float


class Forecasted(Fact):
    """Of `forecast`: one way's gaps in one metric, tasks left out in turn; shares."""

    tasks: int = 0
    level: float = 0.0
    skill: Mapping[str, Estimate] = {}  # by predictor, and of all of them
    by_all: Mapping[str, float] = {}  # error, coverage, width
    by_mean: Mapping[str, float] = {}
    lacking: Mapping[str, str] = {}  # task -> predictors
    unknown: Mapping[str, int] = {}  # predictor -> tasks that have it
    withheld: str | None = None


class Ordered(Fact):
    """Of `forecast`: how well a signal orders the sets of a task."""

    tasks: int
    rho: Estimate | None = None
    lost: Estimate | None = None
    by_chance: Estimate | None = None


class Forecasts(Fact):
    """facts.json of `forecast`."""

    basis: Beforehand
    model: str
    ways: Mapping[str, Mapping[str, Forecasted]]  # way -> metric
    sets: Mapping[str, Mapping[str, Ordered]]  # metric -> signal
