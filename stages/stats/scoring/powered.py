"""Scores and gaps on few labelled test texts, sharpened by an LLM's labels of many others (PPI++).

Angelopoulos, Duchi & Zrnic (2023, arXiv 2311.01453). n test texts are labelled by people and by the
LLM, N spare texts of the same kind by the LLM alone; a classifier predicts all of them. The score
by people's labels is corrected by that by the LLM's labels of the spare texts less that by its
labels of the test texts, times lambda, which is chosen for the smallest variance ("power tuning").
The LLM's errors are in both of its terms alike and do not bias the score; lambda 0 is the classic
score.

A score is a function of the shares of texts in the confusion table's cells: accuracy is linear in
them, macro-F1 = 1/K sum of F_k, F_k = 2 h_k / m_k with the hits h_k = P(truth = k = prediction) and
the mentions m_k = P(truth = k) + P(prediction = k). Its derivative by a text's cell, the influence
function, is the sum over k of (2 [truth = k = prediction] - F_k ([truth = k] + [prediction = k])) /
(K m_k). Lambda and variance are those of the mean of these values; the score is that of the cells
corrected with this lambda, which is the same to first order and keeps to the metric's range.

The variance that the texts add is the classic one (`noise`) times `Tuned.ratio`, so that what makes
the classic intervals hold on few texts holds here as well. Of 30 to 200 test texts and 500 spare
ones 95 % intervals held 93 to 100 % in simulations, the classic ones 94 to 100 %, and were up to
40 % narrower (tests/benchmarks/bench_powered.py); on three real sets with 100 test texts 15 to 28 %
(bench_powered_real.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stages.core.arrays import Floats, Ints
from stages.stats.scoring import estimates, noise, scores
from stages.stats.scoring.estimates import GapEstimate
from stages.stats.scoring.noise import Part, Values

PSEUDO = 1.0  # texts on which people and the LLM have nothing in common, as far off as any text


class Labelled(NamedTuple):
    """Label codes 0 to K - 1 of n test and N spare texts; K: an answer that could not be read."""

    truth: Ints  # (n,) by people
    said: Ints  # (n,) by the LLM
    spare: Ints  # (N,) by the LLM


class Guessed(NamedTuple):
    """Codes of what one source's classifier predicts in S runs."""

    tests: Ints  # (S, n)
    spare: Ints  # (S, N)


class Form(NamedTuple):
    """A metric of tables of shares (..., K + 1, K + 1), and its derivative by each cell."""

    value: Callable[[Floats], Floats]  # (...)
    slope: Callable[[Floats], Floats]  # (..., K + 1, K + 1)


class Tuned(NamedTuple):
    """A score or gap, and what the LLM's labels did for it."""

    mean: float  # over runs
    weight: float  # lambda, 0 to 1
    ratio: float  # of the variance that texts add, to that without the LLM's labels


def _hits(tables: Floats) -> Floats:
    return np.diagonal(tables, axis1=-2, axis2=-1)[..., :-1]


def _accuracy(tables: Floats) -> Floats:
    share: Floats = _hits(tables).sum(axis=-1)
    return share


def _accuracy_slope(tables: Floats) -> Floats:
    eye = np.eye(tables.shape[-1])
    eye[-1, -1] = 0.0
    return np.broadcast_to(eye, tables.shape)


def _f1(tables: Floats) -> tuple[Floats, Floats]:
    """F1 and mentions (..., K); a label's hits are at least none and at most half its mentions."""
    mentions = (tables.sum(axis=-1) + tables.sum(axis=-2))[..., :-1].clip(min=0)
    hits = _hits(tables).clip(0, mentions / 2)
    return scores.f1_of_counts(hits, mentions), mentions


def _macro_f1(tables: Floats) -> Floats:
    value: Floats = _f1(tables)[0].mean(axis=-1)
    return value


def _macro_f1_slope(tables: Floats) -> Floats:
    f1, mentions = _f1(tables)
    size = tables.shape[-1]
    per_mention = np.divide(1.0, mentions, out=np.zeros_like(mentions), where=mentions > 0)
    per_mention = np.concatenate([per_mention, np.zeros_like(per_mention[..., :1])], axis=-1)
    one = np.concatenate([f1, np.zeros_like(f1[..., :1])], axis=-1) * per_mention
    both = 2 * np.eye(size) * per_mention[..., None]
    slope: Floats = (both - one[..., :, None] - one[..., None, :]) / (size - 1)
    return slope


FORMS: Mapping[str, Form] = {
    "accuracy": Form(_accuracy, _accuracy_slope),
    "macro_f1": Form(_macro_f1, _macro_f1_slope),
}


def tuned(
    labelled: Labelled, sides: Sequence[Guessed], labels: int, form: Form, pseudo: float = PSEUDO
) -> Tuned:
    """A source's score or, of two `sides`, the first one's less the second's.

    Lambda is found twice: around the
    classic cells, and around those corrected with it.
    """
    cells = [_cells(labelled, side, labels) for side in sides]
    signs = (1.0, -1.0)[: len(sides)]
    weight, ratio = 0.0, 1.0
    for _ in range(2):
        slopes = [form.slope(own + weight * change) for own, change in cells]
        weight, ratio = tune(*_influence(labelled, sides, slopes, signs), pseudo)
    means = [form.value(own + weight * change).mean() for own, change in cells]
    return Tuned(float(np.dot(signs, means)), weight, ratio)


def tune(human: Floats, said: Floats, spare: Floats, pseudo: float = PSEUDO) -> tuple[float, float]:
    """Lambda for the mean of `human` (n,), and its variance over that of the plain mean.

    `said` (n,) and `spare` (N,) are the same by the LLM's labels. Lambda = cov(human, said) /
    ((1 + n/N) var(said)) (example 6.1 of the paper), cut to 0 to 1; then the variance falls by
    rho^2 N / (n + N), with the correlation rho of human and said.

    On few texts people and the LLM may agree everywhere by luck. So `pseudo` texts are added that
    move one and not the other, each as far as any text does, and the variance that is left has one
    degree of freedom less.

    >>> weight, ratio = tune(np.tile([0., 1], 50), np.tile([0., 1], 50), np.tile([0., 1], 200), 0)
    >>> round(weight, 2), round(ratio, 2)
    (0.8, 0.2)
    """
    count, more = len(human), len(spare)
    own, other = human - human.mean(), said - said.mean()
    added = pseudo * float((own**2).max()) / count
    of_human, shared = float((own**2).mean()) + added, float((own * other).mean())
    of_all = float(np.concatenate([said, spare]).var(ddof=1)) + added
    if not of_human or not of_all or shared <= 0:
        return 0.0, 1.0
    weight = min(shared / ((1 + count / more) * of_all), 1.0)
    square = float((other**2).mean()) + added + float(spare.var()) * count / more
    left = 1 - (2 * weight * shared - weight**2 * square) / of_human
    return weight, min(max(left * (count - 1) / (count - 2), count / (count + more)), 1.0)


def score(values: Values, found: Tuned, level: float) -> tuple[float, float, float]:
    """The score with the ends of its interval; `values` are the classic ones of a share.

    As `estimates.score` around the corrected score, with as many texts as people would have had to
    label (`effective`).
    """
    texts, mean, middle = values.texts.mean(axis=0), float(values.runs.mean()), found.mean
    part = noise.added(
        _texts(noise.share_part(texts, mean, values.size), found.ratio),
        noise.run_part(values.texts),
    )
    part = part if part.variance else Part(0.0, len(texts) - 1)
    bias = (float(texts.mean()) - mean) * found.ratio  # of second order, as is the variance
    ends = [
        estimates.ends(place, mean, part, values.size, "share", level)
        for place in (middle, middle + bias)
    ]
    return middle, min(low for low, _ in ends), max(high for _, high in ends)


def gap(values: Values, base: Values, found: Tuned, level: float) -> GapEstimate:
    """The gap with its interval, cut to -1 to 1, and p-value, as `estimates.gap` of shares."""
    paired = values.texts.mean(axis=0) - base.texts.mean(axis=0)
    part = noise.added(
        _texts(noise.difference_part(paired, values.size, share=True), found.ratio),
        noise.run_part(values.texts),
        noise.run_part(base.texts),
    )
    made = estimates.tested(found.mean, part, level)
    return made._replace(low=max(-1.0, made.low), high=min(1.0, made.high))


def effective(count: int, found: Tuned) -> float:
    """How many labels by people would tell as much without the LLM's.

    n (n + N) / (n + (1 - rho^2) N), as in the power analysis of ppi_py, with pseudo-texts in rho.
    """
    return count / found.ratio


def _texts(classic: Part, ratio: float) -> Part:
    """What the texts add to the variance."""
    return Part(classic.variance * ratio, classic.df)


def _cells(labelled: Labelled, side: Guessed, labels: int) -> tuple[Floats, Floats]:
    """Tables (S, K + 1, K + 1) of shares: by people; and by the LLM, spare less test texts."""
    own, said, spare = (
        scores.confusion(truth, guessed, labels + 1) / len(truth)
        for truth, guessed in (
            (labelled.truth, side.tests),
            (labelled.said, side.tests),
            (labelled.spare, side.spare),
        )
    )
    return own, spare - said


def _influence(
    labelled: Labelled,
    sides: Sequence[Guessed],
    slopes: Sequence[Floats],
    signs: Sequence[float],
) -> tuple[Floats, Floats, Floats]:
    """What a text adds: by people's labels (n,), by the LLM's (n,), by the LLM's of spare texts."""

    def mean(truth: Ints, guessed: Ints, slope: Floats) -> Floats:
        found: Floats = slope[np.arange(len(guessed))[:, None], truth, guessed].mean(axis=0)
        return found

    parts = [
        (
            sign * mean(labelled.truth, side.tests, slope),
            sign * mean(labelled.said, side.tests, slope),
            sign * mean(labelled.spare, side.spare, slope),
        )
        for side, slope, sign in zip(sides, slopes, signs, strict=True)
    ]
    human, said, spare = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    return human, said, spare
