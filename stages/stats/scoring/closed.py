"""How far a score lies on the way from one source's to another's, in the mean over tasks."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from stages.stats.scoring import estimates, noise
from stages.stats.scoring.noise import Part, Values


class Way(BaseModel):
    """One task: the distance gone, the whole distance, and how uncertain the two are together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gone: float
    whole: float
    variance_gone: float
    variance_whole: float
    covariance: float
    df: float  # of the variances


class Share(BaseModel):
    """The share of the way in the mean over tasks: the mean distance gone over the mean whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float


def way(values: Values, start: Values, end: Values) -> Way:
    """From `start` to `end`, as far as `values`; all are about the same test texts."""
    texts = [each.texts.mean(axis=0) for each in (values, start, end)]
    gone, whole = texts[0] - texts[1], texts[2] - texts[1]
    between = np.cov(gone, whole) / len(gone)
    runs = [noise.run_part(each.texts) for each in (values, start, end)]
    parts = Part(float(between[0, 0]), len(gone) - 1), runs[0], runs[1]
    return Way(
        gone=float(values.runs.mean() - start.runs.mean()),
        whole=float(end.runs.mean() - start.runs.mean()),
        variance_gone=noise.added(*parts).variance,
        variance_whole=float(between[1, 1]) + runs[1].variance + runs[2].variance,
        covariance=float(between[0, 1]) + runs[1].variance,
        df=noise.added(*parts).df,
    )


def share(ways: Sequence[Way], level: float) -> Share | None:
    """The share of the way over these tasks, whose test texts are independent.

    The variance of a ratio by the delta method. None where the way is not surely longer than
    nothing (its interval at this level reaches 0): then there is no distance to be gone.
    """
    gone, whole = sum(w.gone for w in ways), sum(w.whole for w in ways)
    spread = sum(w.variance_whole for w in ways) ** 0.5
    if not ways or whole <= estimates.quantile(np.inf, level) * spread:
        return None
    value = gone / whole
    parts = [
        Part(w.variance_gone - 2 * value * w.covariance + value**2 * w.variance_whole, w.df)
        for w in ways
    ]
    total = noise.added(*(Part(max(0.0, part.variance), part.df) for part in parts))
    half = estimates.quantile(total.df, level) * total.variance**0.5 / whole
    return Share(value=value, low=value - half, high=value + half)
