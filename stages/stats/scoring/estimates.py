"""Intervals and p-values of scores and gaps that hold test texts and training runs.

Student's t with the degrees of freedom of the variance (`noise.added`) takes the place of the
normal distribution: with ten runs a variance is known only roughly, with two or three hardly at
all, so that 95 % intervals of a score then hold it in 85 to 92 %. Coverage by simulation:
tests/benchmarks/bench_coverage.py.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from stages.stats.scoring import noise
from stages.stats.scoring.metrics import Scale
from stages.stats.scoring.noise import Part, Values


class ScoreEstimate(NamedTuple):
    """A source's score: the mean over training runs, and their standard deviation if several."""

    mean: float
    sd: float | None
    se: float
    df: float
    low: float
    high: float


class GapEstimate(NamedTuple):
    """A score less another source's on the same test texts, with its two-sided p-value."""

    difference: float
    se: float
    df: float
    low: float
    high: float
    p: float


def score(values: Values, scale: Scale, level: float) -> ScoreEstimate:
    """The score of one source with its interval.

    A metric that is a ratio or a sum of absolute gaps is biased on few texts. The interval reaches
    from that around the metric to that around its jackknife estimate, which corrects most of the
    bias. `se` is half its width in units of t, so that it is not 0 where all texts agree.
    """
    runs, mean = values.runs, float(values.runs.mean())
    sd = float(runs.std(ddof=1)) if len(runs) > 1 else None
    texts = values.texts.mean(axis=0)
    own = noise.share_part(texts, mean, values.size) if scale == "share" else noise.text_part(texts)
    part = noise.added(own, noise.run_part(values.texts))
    part = part if part.variance else Part(0.0, len(texts) - 1)
    found = [
        ends(middle, mean, part, values.size, scale, level)
        for middle in (mean, float(texts.mean()))
    ]
    low, high = min(low for low, _ in found), max(high for _, high in found)
    return ScoreEstimate(mean, sd, (high - low) / 2 / quantile(part.df, level), part.df, low, high)


def gap(values: Values, base: Values, scale: Scale, level: float) -> GapEstimate:
    """The score of `values` less that of `base`, both about the same test texts.

    The texts are paired; the training runs of two sources are draws independent of each other.
    The interval lies around the difference of the scores; p is that of the t test which it inverts.
    """
    difference = float(values.runs.mean() - base.runs.mean())
    paired = values.texts.mean(axis=0) - base.texts.mean(axis=0)
    part = noise.added(
        noise.difference_part(paired, values.size, share=scale != "positive"),
        noise.run_part(values.texts),
        noise.run_part(base.texts),
    )
    return tested(difference, part, level)


def tested(difference: float, part: Part, level: float) -> GapEstimate:
    """A difference with the t interval and p-value of its variance."""
    se = float(np.sqrt(part.variance))
    half = quantile(part.df, level) * se
    p = 2 * float(special.stdtr(part.df, -abs(difference) / se)) if se else float(not difference)
    return GapEstimate(difference, se, part.df, difference - half, difference + half, p)


def quantile(df: float, level: float) -> float:
    """How many standard errors the central `level` share of Student's t reaches to either side.

    >>> round(quantile(9, 0.95), 3), round(quantile(np.inf, 0.95), 3)
    (2.262, 1.96)
    """
    if np.isinf(df):
        return float(special.ndtri((1 + level) / 2))
    return float(special.stdtrit(df, (1 + level) / 2))


def ends(
    middle: float, mean: float, part: Part, count: float, scale: Scale, level: float
) -> tuple[float, float]:
    """The interval around `middle`, with the variance that the score `mean` has on `count` texts.

    share: Wilson's with an effective number of texts, mean (1 - mean) / variance (Korn & Graubard
    1998; Dean & Pagano 2015), which never leaves 0 to 1 and has a width even where all are right.
    positive: symmetric on the log scale, for a mean of losses that is skewed to the right.
    """
    reach = quantile(part.df, level)
    if scale == "share":
        most = mean * (1 - mean)
        effective = most / part.variance if most and part.variance else count
        return wilson(min(max(middle, 0.0), 1.0), effective, reach)
    half = reach * float(np.sqrt(part.variance))
    if scale == "positive" and middle > 0:
        return middle * float(np.exp(-half / middle)), middle * float(np.exp(half / middle))
    return max(0.0, middle - half), middle + half


def wilson(share: float, count: float, reach: float) -> tuple[float, float]:
    """Wilson's interval (1927) of a share among `count`, `reach` standard errors to either side.

    >>> [round(end, 4) for end in wilson(0.1, 10, 1.959964)]
    [0.0179, 0.4042]
    """
    shrink = 1 / (1 + reach**2 / count)
    middle = shrink * (share + reach**2 / (2 * count))
    half = shrink * reach * float(np.sqrt(share * (1 - share) / count + (reach / (2 * count)) ** 2))
    return middle - half, middle + half
