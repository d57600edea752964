"""What the page on mixtures reads of the files that combine writes, as typed records."""

from collections.abc import Mapping

from stages.rendering.content.facts import Fact

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}


class Score(Fact):
    """A score with its interval."""

    mean: float
    low: float
    high: float


class Gap(Fact):
    """A difference of two scores with its interval."""

    difference: float
    low: float
    high: float


class Found(Fact):
    """A way to combine what there is, on a task; all by metric."""

    n_human: int
    n_llm: int
    n_written: int
    n_unlabelled: int
    scores: Mapping[str, Score]
    to_real: Mapping[str, Gap] = {}
    to_human: Mapping[str, Gap] = {}


class Combination(Fact):
    """The ways of a task: number of LLM labels -> way."""

    level: float
    n_test: int
    ends: Mapping[str, Mapping[str, Score]]  # the probe on all of a source: source -> metric
    ways: Mapping[str, Mapping[str, Found]]
    skipped: Mapping[str, str]  # way -> why


class Share(Fact):
    """A share with its interval."""

    value: float
    low: float
    high: float


class Mean(Fact):
    """A way over tasks."""

    tasks: int
    score: float
    share: Share | None = None  # of the way from zero-shot to all real texts
    better: int  # tasks on which it beats people's few labels alone, beyond chance
    worse: int


class Named(Fact):
    """A way's name, and its place among the others."""

    title: str
    place: int


class Over(Fact):
    """All tasks together: number of LLM labels -> way -> metric."""

    ways: Mapping[str, Named]
    means: Mapping[str, Mapping[str, Mapping[str, Mean]]]

    def titles(self) -> dict[str, str]:
        """The ways' names in their order."""
        ordered = sorted(self.ways, key=lambda way: self.ways[way].place)
        return {way: self.ways[way].title for way in ordered}
