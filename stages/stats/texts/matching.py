"""Sources at equal sample size: seeded subsamples of the same number of texts of each label.

Most measures of diversity and similarity move with the number of texts, so that sources of unequal
size cannot be compared as they are. Each source is drawn from, without replacement, several times;
its value is the mean over the draws: what a set of that size from this source would score.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core import seeds

Draws = list[NDArray[np.int64]]


def quota(labels: Mapping[str, pd.Series], share: float, most: int) -> dict[str, int]:
    """Texts to draw of each label, equal for all sources: a share of the smallest source's texts.

    `labels` holds each source's label column. Labels that a source lacks are not drawn at all. The
    total stays within about `most`.
    """
    counts = pd.DataFrame({source: column.value_counts() for source, column in labels.items()})
    least = counts.min(axis=1, skipna=False).dropna()
    drawn = (least * share).astype(int)
    if drawn.sum() > most:
        drawn = (drawn * (most / drawn.sum())).astype(int)
    return {str(label): int(count) for label, count in drawn.sort_index().items() if count > 0}


def draws(labels: pd.Series, quota: Mapping[str, int], count: int, seed: int, name: str) -> Draws:
    """`count` index arrays into `labels`, each with the quota of every label, in random order."""
    rng = seeds.generator(seed, name)
    places = {label: np.flatnonzero((labels == label).to_numpy()) for label in quota}
    return [
        rng.permutation(
            np.concatenate(
                [rng.choice(places[label], n, replace=False) for label, n in quota.items()]
            )
        )
        for _ in range(count)
    ]


def estimate(
    values: Sequence[float],
    drawn: int,
    total: int,
    level: float,
    noise: float = 0.0,
    most: float = np.inf,
) -> dict[str, float]:
    """Mean over the draws with its standard error (`error`) and normal interval.

    Two variances add up, both from the variance v between the draws. That of the source's texts is
    the delete-d jackknife's v x drawn / (total - drawn) (Shao and Wu 1989, "A general theory for
    jackknife variance estimation"): a source of which nearly everything is drawn owes its small
    spread to the overlap of the draws. That of the few draws themselves is v / draws; in a large
    source it is most of the error. Approximate for Chamfer and Vendi scores, which are not smooth
    averages. `noise` is a variance that comes on top, from whatever the source is compared with.
    The ends, not the error, are kept within 0 and `most`.
    Raises `ValueError` unless drawn < total and there are two draws.
    """
    from scipy.special import ndtri

    if not 0 < drawn < total:
        raise ValueError(f"expected draws smaller than the source's {total} texts, found {drawn}")
    found = np.asarray(values, dtype=np.float64)
    if len(found) < 2:
        raise ValueError(f"expected at least 2 draws, found {len(found)}")
    spread = found.var(ddof=1) * (drawn / (total - drawn) + 1 / len(found))
    error, middle = float(np.sqrt(spread + noise)), float(found.mean())
    reach = float(ndtri((1 + level) / 2) * error)
    ends = {"low": max(0.0, middle - reach), "high": min(most, middle + reach)}
    return {"value": middle, "error": error} | ends
