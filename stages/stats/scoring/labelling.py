"""How far an LLM's labels agree with people's, and how many of people's it takes to know.

Of texts drawn at random the number of agreements is binomial: shares have Wilson's interval (1927),
which Brown, Cai & DasGupta (2001, "Interval estimation for a binomial proportion") recommend for
small numbers and for shares near 0 and 1.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from stages.core.arrays import Floats, Ints
from stages.stats.scoring import comparison, estimates
from stages.stats.scoring.evaluated import Gap, LabelAgreement, Prompted, Share
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Values
from stages.stats.scoring.predicted import Predicted

FEWEST = 30  # test texts; with fewer nothing is said of the LLM at run time
HALF_WIDTH = 0.05  # of the interval that counts as knowing the agreement
POWER = 0.8  # share of samples in which a difference from the threshold is to be noticed
MOST = 10_000  # labels by people; beyond, nobody asks

Bools = NDArray[np.bool_]


def agreement(
    said: pd.DataFrame, labels: Sequence[str], level: float, enough: float
) -> LabelAgreement:
    """How often the LLM's `label` is people's `truth`, of texts with the LLM's `confidence`.

    Overall; among the texts that people gave a label, and that the LLM gave it; by confidence.
    """
    hits = (said["label"] == said["truth"]).to_numpy()
    overall = share(hits, level)
    stated = said["confidence"].map({1: "1", 2: "2", 3: "3"}).fillna("not stated")
    return LabelAgreement(
        overall=overall,
        of_people=shares(hits, said["truth"], labels, level),
        of_llm=shares(hits, said["label"], labels, level),
        of_confidence=shares(hits, stated, ("3", "2", "1", "not stated"), level),
        enough=enough,
        labels_for_width=labels_for_width(overall.share, level),
        labels_to_tell=labels_to_tell(overall.share, enough, level),
    )


def share(hits: Bools, level: float) -> Share:
    """The share of True with Wilson's interval.

    >>> share(np.arange(10) == 0, 0.95).model_dump()["high"].__round__(4)
    0.4042
    """
    found = float(hits.mean())
    low, high = estimates.wilson(found, len(hits), estimates.quantile(np.inf, level))
    return Share(n=len(hits), share=found, low=max(0.0, low), high=min(1.0, high))


def shares(hits: Bools, groups: pd.Series, names: Sequence[str], level: float) -> dict[str, Share]:
    """`share` within each of the `groups` (n,), in the order of `names`; empty ones left out."""
    members = {name: (groups == name).to_numpy() for name in names}
    return {name: share(hits[own], level) for name, own in members.items() if own.any()}


def prompted(
    places: Ints,
    said: Ints,
    truth: Ints,
    models: Mapping[str, Mapping[str, Predicted]],
    labels: Sequence[str],
    level: float,
) -> Prompted:
    """The LLM as a classifier of the test texts at `places` (m,), which it gave the codes `said`.

    Its scores, and each less that of every model and source on these very texts. `truth` and the
    predictions (by model and source) are those of all test texts. Macro-F1 is the mean over the
    labels that these texts have. With fewer than `FEWEST` texts their number is all that is said.
    """
    counts = np.bincount(truth[places], minlength=len(labels))
    texts = {label: int(count) for label, count in zip(labels, counts, strict=True)}
    if len(places) < FEWEST:
        return Prompted(n=len(places), texts=texts)
    own = _values(truth[places], _as_predicted(said, len(labels)))
    gaps: dict[str, dict[str, Mapping[str, Gap]]] = {}
    for model, sources in models.items():
        for source, found in sources.items():
            base = _values(truth[places], _only(found, places))
            gaps.setdefault(model, {})[source] = comparison.compared(own, base, level)
    return Prompted(n=len(places), texts=texts, scores=comparison.scored(own, level), gaps=gaps)


def _values(truth: Ints, found: Predicted) -> dict[str, Values]:
    """The metrics that need no probabilities: an LLM states none."""
    values = {
        name: metric.values(truth, found)
        for name, metric in METRICS.items()
        if metric.needs == "labels"
    }
    count = found.probabilities.shape[-1]
    absent = count - len(np.unique(truth))
    values["macro_f1"] = _over_present(values["macro_f1"], count, absent)
    return values


def _over_present(values: Values, count: int, absent: int) -> Values:
    """A mean over `count` labels, `absent` of them without a text and so 0, over the others."""
    present, inverse_sizes = count - absent, count**2 / values.size - absent
    more = count / present
    return Values(values.runs * more, values.texts * more, present**2 / inverse_sizes)


def _as_predicted(said: Ints, count: int) -> Predicted:
    """Labels as one run of predictions."""
    return Predicted((0,), (0,), said[None], np.eye(count, dtype=np.float32)[said][None])


def _only(found: Predicted, places: Ints) -> Predicted:
    """Predictions for some of the test texts."""
    return found._replace(
        labels=found.labels[:, places], probabilities=found.probabilities[:, places]
    )


def labels_for_width(share: float, level: float, half: float = HALF_WIDTH) -> int:
    """How many of people's labels make Wilson's interval reach `half` to either side at most.

    The larger root of the quadratic equation that its half width is in the number of texts.

    >>> labels_for_width(0.5, 0.95)
    381
    """
    square = estimates.quantile(np.inf, level) ** 2
    b = 2 * square - square * share * (1 - share) / half**2
    c = square**2 * (1 - 1 / (4 * half**2))
    return max(1, math.ceil((-b + math.sqrt(b**2 - 4 * c)) / 2 - 1e-9))


def labels_to_tell(share: float, threshold: float, level: float) -> int | None:
    """How many of people's labels show on which side of `threshold` an agreement of `share` lies.

    The smallest number at which the exact one-sided binomial test, with error 1 - level, rejects
    agreement at the threshold in `POWER` of the samples; None where `MOST` labels are too few.

    >>> labels_to_tell(0.3, 0.9, 0.95)
    5
    """
    if share > threshold:  # agreements and disagreements change places
        share, threshold = 1 - share, 1 - threshold
    count = np.arange(1, MOST + 1)
    error = 1 - level
    # The most agreements that reject: cdf <= error. Rounding may put the inverse one off.
    most = np.floor(np.nan_to_num(special.bdtrik(error, count, threshold), nan=-1.0))
    most = most + 1 - (_cdf(most + 1, count, threshold) > error)
    most = most - (_cdf(most, count, threshold) > error)
    enough = np.flatnonzero(_cdf(most, count, share) >= POWER)
    return int(count[enough[0]]) if len(enough) else None


def _cdf(most: Floats, count: Ints, share: float) -> Floats:
    """P(at most so many of `count`), of a binomial number: an incomplete beta integral."""
    inside = most.clip(0, count - 1)
    found = special.betainc(count - inside, inside + 1, 1 - share)
    return np.where(most < 0, 0.0, np.where(most < count, found, 1.0))
