"""One model on one source: its scores on the test texts, and its gaps to other sources."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from stages.core.arrays import Ints
from stages.stats.scoring import estimates, scores
from stages.stats.scoring.evaluated import Gap, Noise, Score, Trained
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Values
from stages.stats.scoring.predicted import Predicted

VERSION = 3  # of the method, part of every signature: raised when the same data give new numbers


def scored(values: Mapping[str, Values], level: float) -> dict[str, Score]:
    """Every metric of a source, from `metrics.values`."""
    return {
        name: Score(
            **estimates.score(found, METRICS[name].scale, level)._asdict(), noise=_noise(found)
        )
        for name, found in values.items()
    }


def compared(
    values: Mapping[str, Values], base: Mapping[str, Values], level: float
) -> dict[str, Gap]:
    """Every metric of a source less that of `base`, on the same test texts."""
    return {
        name: Gap(
            **estimates.gap(found, base[name], METRICS[name].scale, level)._asdict(),
            noise=_noise(found, base[name]),
        )
        for name, found in values.items()
    }


def trained(
    truth: Ints, predicted: Predicted, labels: tuple[str, ...], runs: Mapping[str, Any]
) -> Trained:
    """How often and on how many texts a model was trained, and what it takes for what.

    `runs`: what train says of the runs.
    """
    tables = scores.confusion(truth, predicted.labels, len(labels))
    counts = tables.sum(axis=0)
    return Trained(
        n_seeds=len(predicted.seeds),
        n_train=round(float(np.mean(predicted.sizes))),
        f1=dict(zip(labels, scores.f1(tables).mean(axis=0), strict=True)),
        confusion={
            label: dict(zip(labels, map(int, row), strict=True))
            for label, row in zip(labels, counts, strict=True)
        },
        **runs,
    )


def signature(**parts: object) -> str:
    """What two numbers must share to be comparable, as in sacreBLEU (Post 2018).

    >>> signature(v=1, level=0.95)
    'v:1|level:0.95'
    """
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _noise(*sides: Values) -> Noise:
    several = any(len(side.runs) > 1 for side in sides)
    return "test texts, training runs" if several else "test texts"
