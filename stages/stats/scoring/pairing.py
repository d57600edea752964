"""The noise of a change between two runs that were tested on the same texts, paired by text.

What a test text does to both runs drops out of a change, and so does what a seed does, as far as it
draws the same training texts. The errors of two runs taken by themselves do not know that.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from stages.core.records import REAL
from stages.stats.scoring import noise
from stages.stats.scoring.change import KEY, MEAN
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Part, Values


class Both(NamedTuple):
    """What one model, trained on one source, scores in two runs: metric -> values."""

    old: Mapping[str, Values]
    new: Mapping[str, Values]


def errors(found: Mapping[tuple[str, str], Mapping[str, Both]], tasks: int) -> pd.DataFrame:
    """The standard error of every change of a score or gap: `KEY`, se, df.

    Args:
        found: (task, model) -> source -> values in both runs.
        tasks: how many tasks a mean is over; it has no error where `found` has fewer.
    """
    parts: dict[tuple[str, ...], list[Part]] = {}
    for (task, model), sources in found.items():
        for source in sources:
            for metric in METRICS:
                for what, part in _parts(sources, source, metric):
                    parts[task, model, metric, what, source] = [part]
                    parts.setdefault((MEAN, model, metric, what, source), []).append(part)
    rows = []
    for key, own in parts.items():
        count = tasks if key[0] == MEAN else 1
        if len(own) == count:
            total = noise.added(*(Part(part.variance / count**2, part.df) for part in own))
            rows.append((*key, total.variance**0.5, total.df))
    return pd.DataFrame(rows, columns=[*KEY, "se", "df"]).astype({"se": float, "df": float})


def _parts(sources: Mapping[str, Both], source: str, metric: str) -> Iterator[tuple[str, Part]]:
    """The variance of the change of a source's score, and of its gap to real."""
    old, new = (run[metric] for run in sources[source])
    yield "score", _contrast([new], [old], metric)
    if source != REAL and REAL in sources:
        real_old, real_new = (run[metric] for run in sources[REAL])
        yield "gap", _contrast([new, real_old], [old, real_new], metric)


def _contrast(plus: Sequence[Values], minus: Sequence[Values], metric: str) -> Part:
    """The variance of a sum of scores less another sum, all on the same test texts.

    Where all have as many training runs, these are paired in their order, that of the seeds. Else
    they count as independent of each other.
    """
    own, others = [v.texts for v in plus], [v.texts for v in minus]
    means = np.sum([t.mean(axis=0) for t in own], axis=0)
    means -= np.sum([t.mean(axis=0) for t in others], axis=0)
    runs = [*own, *others]
    if len({len(texts) for texts in runs}) == 1:
        runs = [np.sum(own, axis=0) - np.sum(others, axis=0)]
    share = METRICS[metric].scale != "positive"
    part = noise.difference_part(means, plus[0].size, share=share)
    return noise.added(part, *map(noise.run_part, runs))
