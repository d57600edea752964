"""Variance of a mean over test texts and training runs, both taken as samples.

A training run is one seed: a draw of training texts, and whatever is random in the training. Every
run is tested on the same texts, so that the values (runs, texts) of a metric are a crossed two-way
layout without replication. With value = mean + run + text + rest, the analysis of variance gives
each part (Searle, Casella & McCulloch 1992, "Variance Components", section 4.3), and the mean over
S runs and n texts has variance var(run)/S + var(text)/n + var(rest)/(S n).

The runs' population is that of all draws from the source's texts at hand, not of other sources
that could have been written; the texts' population is that from which the test texts come.
"""

from typing import NamedTuple

import numpy as np

from stages.core.arrays import Floats

_SAME = 1e-12  # a text's values closer than this are equal
_MAGNITUDE = 0.1  # weight of the pseudo-text on which two sources differ entirely


class Part(NamedTuple):
    """An estimated variance and how well it is known: its degrees of freedom."""

    variance: float
    df: float


class Values(NamedTuple):
    """A metric of one source: its value for each training run, and what each test text adds."""

    runs: Floats  # (S,)
    texts: Floats  # (S, n): jackknife pseudo-values, whose mean over texts is a run's value
    size: float  # n, or as many texts as know a mean over labels so well, were these balanced


def added(*parts: Part) -> Part:
    """The sum of independent parts, with degrees of freedom after Welch-Satterthwaite.

    df = (sum of v)^2 / sum of (v^2 / df) (Satterthwaite 1946), at least 1.

    >>> added(Part(1.0, 9), Part(1.0, 9))
    Part(variance=2.0, df=18.0)
    """
    total = sum(part.variance for part in parts)
    doubt = sum(part.variance**2 / part.df for part in parts if part.variance)
    return Part(total, max(1.0, total**2 / doubt) if doubt else np.inf)


def run_part(texts: Floats) -> Part:
    """What the training runs add to the variance of the mean of `texts` (S, n); 0 of one run.

    (MS(runs) - MS(rest)) / (S n), or 0 where that is negative. The rest between runs and texts is
    left to the part of the texts, where the mean over runs holds it.
    """
    runs, count = texts.shape
    if runs == 1:
        return Part(0.0, np.inf)
    of_runs, of_texts, mean = texts.mean(axis=1), texts.mean(axis=0), texts.mean()
    rest = texts - of_runs[:, None] - of_texts + mean
    between = of_runs.var(ddof=1) / runs
    within = float((rest**2).sum()) / ((runs - 1) * (count - 1)) / (runs * count)
    if between <= within:
        return Part(0.0, np.inf)
    return added(Part(float(between), runs - 1), Part(-within, (runs - 1) * (count - 1)))


def text_part(values: Floats) -> Part:
    """What the test texts add to the variance of the mean of `values` (n,)."""
    return Part(float(values.var(ddof=1)) / len(values), len(values) - 1)


def share_part(values: Floats, share: float, count: float) -> Part:
    """`text_part` of a share, which stays honest where hardly any text differs from the others.

    The variance is share (1 - share) / count, as of `Values.size` yes-or-no answers, times the
    design effect (Kish 1965): how far the values (n,), means over runs, scatter in comparison with
    such answers. One pseudo-text of weight `_MAGNITUDE` that behaves like such an answer is added,
    so that the design effect is 1 and not 0 / 0 where all texts agree.
    """
    usual, most = text_part(values), share * (1 - share)
    effect = (usual.variance * count**2 + _MAGNITUDE) / (count * most + _MAGNITUDE)
    return Part(effect * most / count, usual.df)


def difference_part(values: Floats, count: float, *, share: bool) -> Part:
    """What the test texts add to the variance of a mean difference of `values` (n,).

    Two pseudo-texts are added on which one source is right and the other wrong, once in favour of
    each with weight 1/2 (Agresti & Min 2005, for paired proportions): where k of n texts differ,
    (k + 1) of (n + 2) count as different, and the mean square of those that differ is taken for
    theirs. So nine texts on which two sources agree are no proof that they always do. Of a share, a
    tenth of a pseudo-text differs entirely, whatever small differences were seen; only where hardly
    any text differs does it matter. The n texts count as `Values.size`.
    """
    usual, weight = text_part(values), _MAGNITUDE if share else 0.0
    differing = count * float((np.abs(values) > _SAME).mean())
    squares = usual.variance * count**2
    magnitude = (squares + weight) / (differing + weight) if differing else 1.0
    return Part((differing + 1) / (count + 2) * magnitude / count, usual.df)
