"""All that is measured of one task: curves, worth in real labels, labels saved."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints
from stages.stats.worth import curves, extrapolation, worth
from stages.stats.worth.curves import Chance, Curve
from stages.stats.worth.extrapolation import Fitted
from stages.stats.worth.worth import Labels

PLAIN = "plain"  # as a source comes, its class shares not corrected


class Line(NamedTuple):
    """Label codes (sizes, draws, tests) that are predicted along a curve."""

    sizes: Ints
    codes: NDArray[np.integer]


class Source(NamedTuple):
    """What is predicted from a source alone, with real texts, and with its shares corrected."""

    own: Line
    added: Line | None  # sizes: real texts
    corrected: Mapping[str, NDArray[np.integer]]  # label codes (tests,) by way
    drawn: bool  # whether its texts are a random sample, whose luck is to be held too


class Study(NamedTuple):
    """A task's test texts and what is asked of them."""

    truth: Ints
    labels: int
    chance: Chance
    pool: int  # real texts
    level: float  # share of replicates inside an interval
    extrapolate: bool

    def scored(self, line: Line) -> dict[str, Curve]:
        """A curve in each metric."""
        return curves.scored(line.sizes, line.codes, self.truth, self.labels, self.chance)


class Real:
    """The curve of real texts in one metric, by which sources are measured."""

    def __init__(self, study: Study, curve: Curve) -> None:
        self.curve = curve
        self.ruler = worth.ruler(curve, study.chance, study.pool)

    @cached_property
    def carried_on(self) -> dict[str, list[Fitted]]:
        """By form, what lies beyond its largest size; nothing where its sizes are too few."""
        enough = len(self.curve.sizes) >= extrapolation.FEWEST
        return extrapolation.carried_on(*self.ruler[:2]) if enough else {}


def real(study: Study, line: Line) -> dict[str, Real]:
    """In each metric."""
    return {metric: Real(study, curve) for metric, curve in study.scored(line).items()}


def of_real(study: Study, own: Mapping[str, Real]) -> dict[str, Any]:
    """By metric the curve of real texts, and the p-value that it falls nowhere."""
    return {
        metric: {
            "curve": _points(found.curve, study, study.pool),
            "p_monotone": worth.p_monotone(found.ruler.means),
        }
        for metric, found in own.items()
    }


def of_source(
    study: Study, own: Mapping[str, Real], source: Source, rng: np.random.Generator
) -> dict[str, Any]:
    """By metric the source's curve, its worth (plain and corrected), and the labels it saves."""
    curve, tests = study.scored(source.own), len(study.truth)
    variants = {PLAIN: source.own.codes[-1, 0], **source.corrected}
    scored = {
        way: study.scored(Line(source.own.sizes[-1:], codes.reshape(1, 1, tests)))
        for way, codes in variants.items()
    }
    added = study.scored(source.added) if source.added else {}
    other = study.chance.other_draws(rng)
    pool = int(source.own.sizes[-1]) if source.drawn and len(source.own.sizes) > 1 else None
    found = {}
    for metric, ruled in own.items():
        luck = curves.luck(curve[metric], other, pool) if pool else 0.0
        found[metric] = {
            "curve": _points(curve[metric], study, pool),
            "worth": {
                way: _worth(study, ruled, scores[metric].scores[0, 0] + luck)
                for way, scores in scored.items()
            },
        }
        if added:
            found[metric] |= _added(study, ruled, added[metric])
    return found


def said(found: Labels) -> dict[str, float | str]:
    """A number of labels and its interval; `below` or `above` where it is outside the sizes."""
    beyond: dict[float, str] = {-np.inf: "below", np.inf: "above"}
    return {name: beyond.get(end, end) for name, end in zip(Labels._fields, found, strict=True)}


def _worth(study: Study, ruled: Real, scores: Floats) -> dict[str, Any]:
    """The worth of a source with these scores (1 + resamples,)."""
    found = worth.worth(ruled.ruler, scores, study.level)
    ends = (1 - study.level) / 2, (1 + study.level) / 2
    low, high = np.quantile(scores[1:], ends).clip(0, 1)
    result: dict[str, Any] = {
        "score": {"value": scores[0], "low": low, "high": high},
        "mean": said(found.mean),
        "reliable": said(found.reliable),
    }
    if study.extrapolate and found.mean.labels == np.inf and ruled.carried_on:
        forms = extrapolation.worth(ruled.carried_on, scores, study.level)
        result["extrapolated"] = {form: said(labels) for form, labels in forms.items()}
    return result


def _added(study: Study, ruled: Real, both: Curve) -> dict[str, Any]:
    """Scores of real texts with all of a source, and how many labels it saves."""
    saved = worth.saved(ruled.ruler, both, study.chance, study.pool, study.level)
    return {
        "added": _points(both, study, study.pool),
        "saved": {str(each.size): said(each.labels) for each in saved},
    }


def _points(curve: Curve, study: Study, pool: int | None) -> dict[str, dict[str, float]]:
    points = curves.points(curve, study.chance, pool, study.level)
    return {
        str(point.size): {"value": point.mean, "low": point.low, "high": point.high, "sd": point.sd}
        for point in points
    }
