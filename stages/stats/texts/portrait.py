"""What kind of texts each source holds: diversity and similarity to real texts, at equal size."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core import seeds
from stages.stats.texts import diversity, matching, similarity
from stages.stats.texts.matching import Draws
from stages.stats.texts.neighbours import Matrix

_MOST = {"remote_clique": 2.0, "chamfer": 2.0, "vendi": np.inf}  # the others are shares

Estimates = dict[str, dict[str, float]]


class Texts(NamedTuple):
    """A source's texts."""

    ids: list[str]
    texts: list[str]
    labels: pd.Series
    rows: Matrix  # (texts, dim)


class Matched(NamedTuple):
    """The draws of every source, each of `size` texts."""

    size: int
    draws: dict[str, Draws]


def match(sources: Mapping[str, Texts], share: float, most: int, count: int, seed: int) -> Matched:
    """Draws of equal size and labels from every source; size 0 where they are too small."""
    labels = {name: source.labels for name, source in sources.items()}
    quota = matching.quota(labels, share, most)
    size = sum(quota.values())
    if size < 2:
        return Matched(0, {})
    return Matched(
        size, {name: matching.draws(labels[name], quota, count, seed, name) for name in sources}
    )


def diversities(
    sources: Mapping[str, Texts], matched: Matched, level: float
) -> dict[str, Estimates]:
    """Every measure of `diversity`, for each source.

    distinct-n is over as many n-grams, and compression over as many bytes, as all draws of all
    sources hold, so that longer texts do not make a source look less diverse.
    """
    words = {
        name: [diversity.words(text) for text in source.texts] for name, source in sources.items()
    }
    found: dict[str, Estimates] = {}
    limits = {n: _limit(words, matched, n) for n in (1, 2)}
    most = min(
        diversity.size([sources[name].texts[i] for i in draw])
        for name, draws in matched.draws.items()
        for draw in draws
    )
    for name, source in sources.items():
        values: dict[str, list[float]] = {}
        for draw in matched.draws[name]:
            rows, texts = source.rows[draw], [source.texts[i] for i in draw]
            split = [words[name][i] for i in draw]
            measures = {
                "remote_clique": diversity.remote_clique(rows),
                "chamfer": diversity.chamfer(rows),
                "vendi": diversity.vendi(rows),
                "distinct_1": diversity.distinct(split, 1, limits[1]),
                "distinct_2": diversity.distinct(split, 2, limits[2]),
                "compression": diversity.compression(texts, most),
            }
            for measure, value in measures.items():
                values.setdefault(measure, []).append(value)
        found[name] = {
            measure: matching.estimate(
                drawn, matched.size, len(source.texts), level, most=_MOST.get(measure, 1.0)
            )
            for measure, drawn in values.items()
            if np.isfinite(drawn).all()
        }
    return found


def _limit(words: Mapping[str, list[list[str]]], matched: Matched, n: int) -> int:
    """The fewest n-grams that any draw holds."""
    return min(
        diversity.grams([words[name][i] for i in draw], n)
        for name, draws in matched.draws.items()
        for draw in draws
    )


class Closeness(NamedTuple):
    """Similarity to the reference texts."""

    estimates: dict[str, Estimates]
    texts: dict[str, NDArray[np.float64]]  # (reference,): mean top-5 cosine, averaged over draws


def similarities(
    sources: Mapping[str, Texts],
    matched: Matched,
    reference: Matrix,
    level: float,
    resamples: int,
    seed: int,
) -> Closeness:
    """Mean top-5 cosine, coverage, and 1-NN two-sample accuracy against the reference.

    Intervals hold the variance between draws and between reference texts; that of coverage takes
    the reach, which all sources share, as it is. Coverage has the reach among as many reference
    texts as there are rows, so that the reference's own population covers half; where the reference
    is too small for that, the draws are cut (their order is random, so that the first rows are a
    random part). It is left out where there is a single reference text.
    """
    found, texts = {}, {}
    size = min(matched.size, len(reference) - 1)
    draws = min(len(drawn) for drawn in matched.draws.values())
    near = similarity.reach(reference, size, draws, seed) if size else np.nan
    for name, source in sources.items():
        drawn, total = [source.rows[draw] for draw in matched.draws[name]], len(source.texts)
        close = np.stack([similarity.closeness(reference, rows) for rows in drawn])
        found[name] = {"top5_cosine": _judged(close, matched.size, total, level)}
        if size:
            covered = [similarity.covered(reference, rows[:size], near) for rows in drawn]
            found[name]["coverage"] = _judged(np.stack(covered), size, total, level)
        found[name]["c2st"] = _c2st(reference, drawn, total, level, resamples, seed)
        texts[name] = close.mean(axis=0)
    return Closeness(found, texts)


def _judged(values: NDArray[np.float64], size: int, total: int, level: float) -> dict[str, float]:
    """The estimate of values (draws, reference) between 0 and 1, with the reference's variance."""
    noise = float(values.mean(axis=0).var() / values.shape[1])
    return matching.estimate(list(values.mean(axis=1)), size, total, level, noise, most=1.0)


def _c2st(
    reference: Matrix, drawn: list[Matrix], total: int, level: float, resamples: int, seed: int
) -> dict[str, float]:
    """The 1-NN two-sample test on every draw.

    p is twice the median of the draws' p-values, which holds however they depend on each other
    (Ruger 1978; Meinshausen et al. 2009). The reference's texts are half of the share, so that the
    variance between them counts a quarter.
    """
    rng = seeds.generator(seed, "c2st")
    size = min(len(reference), len(drawn[0]))
    shares, p = [], []
    tried, right = np.zeros(len(reference)), np.zeros(len(reference))
    for rows in drawn:
        chosen, own = (rng.choice(len(side), size, replace=False) for side in (reference, rows))
        share, index = similarity.c2st(reference[chosen], rows[own])
        shares.append(share)
        p.append(similarity.c2st_p(share, index, resamples, seed))
        tried[chosen] += 1
        right[chosen] += index[:size] < size
    noise = float((right / np.maximum(tried, 1))[tried > 0].var() / 4 / len(reference))
    estimate = matching.estimate(shares, len(drawn[0]), total, level, noise, most=1.0)
    return estimate | {"p": min(1.0, 2 * float(np.median(p)))}


def pairs(name: str, source: Texts, others: pd.DataFrame, rows: Matrix, count: int) -> pd.DataFrame:
    """The source's texts that come closest to `others` (id, text): to be read by people."""
    found: dict[str, NDArray[Any]] = similarity.closest(source.rows, rows, count)
    near = others.iloc[found["other"]]
    return pd.DataFrame(
        {
            "source": name,
            "text": [source.texts[i] for i in found["row"]],
            "other_id": near["id"].to_numpy(),
            "other_text": near["text"].to_numpy(),
            "cosine": found["cosine"].astype(np.float64),
        }
    )
