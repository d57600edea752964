"""One model on one source: its scores on the test texts, and its gap to another source."""

import zlib
from typing import Any, NamedTuple

import numpy as np

from stages.stats.scoring import intervals, scores
from stages.stats.scoring.predicted import Predicted
from stages.stats.scoring.scores import Floats, Ints

METRICS = ("accuracy", "macro_f1")


class Bootstrap(NamedTuple):
    """How often the test set is drawn anew, the share of draws in an interval, and the seed."""

    resamples: int
    level: float
    seed: int

    def rng(self, *names: str) -> np.random.Generator:
        """A generator for the work item of this name, independent of all others."""
        return np.random.default_rng([self.seed, zlib.crc32("/".join(names).encode())])


def compare(
    truth: Ints,
    guesses: Predicted,
    base: Predicted | None,
    labels: tuple[str, ...],
    bootstrap: Bootstrap,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """The scores of `guesses` with intervals; with a `base`, also their gap: guesses less base.

    Every score is the mean over seeds of the seed's score; `sd` is between seeds, and left out
    where there is only one. The confusion counts are sums over seeds.
    """
    sides = [guesses.labels] if base is None else [guesses.labels, base.labels]
    predicted, own = np.vstack(sides), len(guesses.seeds)
    seen = intervals.observed(truth, predicted, len(labels))
    drawn = intervals.resampled(truth, predicted, len(labels), bootstrap.resamples, rng)
    block: dict[str, Any] = {}
    for metric in METRICS:
        values, draws = getattr(seen, metric), getattr(drawn, metric)
        block[metric] = _score(values[:own], draws[:, :own], bootstrap.level)
        if base is not None:
            gap = _gap(values, draws, own, bootstrap.level)
            block.setdefault("gap", {})[metric] = gap._asdict()
    tables = scores.confusion(truth, guesses.labels, len(labels))
    return block | {
        "f1": dict(zip(labels, scores.f1(tables).mean(axis=0), strict=True)),
        "confusion": _nested(tables.sum(axis=0), labels),
        "n_train": round(float(np.mean(guesses.sizes))),
    }


def signature(**parts: object) -> str:
    """What two numbers must share to be comparable, as in sacreBLEU (Post 2018).

    >>> signature(v=1, level=0.95)
    'v:1|level:0.95'
    """
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _score(seen: Floats, drawn: Floats, level: float) -> dict[str, float]:
    """One score from its seeds' values, seen (S,) and drawn (resamples, S)."""
    spread = {"sd": float(seen.std(ddof=1))} if len(seen) > 1 else {}
    interval = intervals.percentile(drawn.mean(axis=1), level)
    return {"mean": float(seen.mean()), **spread, **interval._asdict()}


def _gap(seen: Floats, drawn: Floats, own: int, level: float) -> intervals.Gap:
    """The mean over the first `own` columns less the mean over the others."""
    difference = float(seen[:own].mean() - seen[own:].mean())
    draws = drawn[:, :own].mean(axis=1) - drawn[:, own:].mean(axis=1)
    return intervals.gap(difference, draws, level)


def _nested(table: Ints, labels: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Counts (K, K) as {truth: {predicted: count}}."""
    return {
        truth: dict(zip(labels, map(int, row), strict=True))
        for truth, row in zip(labels, table, strict=True)
    }
