"""How far annotators agree: the paper's a_i, Krippendorff's alpha, label entropy, with intervals.

An item's label counts are all that the three need, and few patterns of counts occur (56 for five
annotators and four labels). A resample of items is one multinomial draw over those patterns, so
that thousands of resamples cost one small matrix product.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.arrays import Floats
from stages.core.errors import UserError
from stages.core.records import ANNOTATIONS, check_columns, check_labels
from stages.stats.resampling import Bootstrap

FLOOR = 2  # annotators: a single one agrees with themselves, which says nothing


class Cleaned(NamedTuple):
    """Annotations fit for use, and what was wrong with the others."""

    table: pd.DataFrame  # item, annotator, label, double: whether they gave the item several labels
    unknown: int  # annotations of items that the real texts lack: set aside
    repeats: int  # the same label for the same item by the same annotator again: set aside
    doubles: int  # (item, annotator) with several labels


class Ratings(NamedTuple):
    """Annotations by item; the arrays' rows follow `items`."""

    items: pd.Index
    annotators: NDArray[np.int64]  # (items,): K_i, how many labelled the item
    share: Floats  # (items,): a_i
    counts: NDArray[np.int64]  # (items, labels): those who gave the item just one label


def clean(annotations: pd.DataFrame, items: Iterable[str], labels: Iterable[str]) -> Cleaned:
    """Annotations of known items, each (item, annotator, label) once.

    Raises `UserError` for a label outside `labels` and when no item is known.
    """
    check_columns(annotations, ANNOTATIONS, "annotations")
    check_labels(annotations["label"], labels, "annotations")
    known = annotations["item"].isin(list(items))
    if len(annotations) and not known.any():
        raise UserError(
            "no annotation is of an item that the real texts have "
            f"(items such as {annotations['item'].iloc[0]!r}); compare the ids of both"
        )
    table = annotations.loc[known, list(ANNOTATIONS)].drop_duplicates(ignore_index=True)
    repeats = int(known.sum()) - len(table)
    table["double"] = table.duplicated(["item", "annotator"], keep=False)
    doubles = len(table.loc[table["double"], ["item", "annotator"]].drop_duplicates())
    return Cleaned(table, int((~known).sum()), repeats, doubles)


def rate(table: pd.DataFrame, labels: Sequence[str]) -> Ratings:
    """Ratings from `Cleaned.table`.

    a_i = max_y (1/K_i) sum_k 1[r_ik = y] (Li et al. 2023, section 5). An annotator who gave an item
    several labels chose each of them here, which suits sets that allow several answers; alpha and
    entropy need one answer each, and leave theirs out.
    """
    chosen = _pivot(table, labels)
    people = table.groupby("item")["annotator"].nunique().reindex(chosen.index).to_numpy()
    single = _pivot(table[~table["double"]], labels).reindex(chosen.index, fill_value=0)
    share = chosen.to_numpy().max(axis=1) / people
    return Ratings(chosen.index, people.astype(np.int64), share, single.to_numpy(dtype=np.int64))


def rate_counts(
    votes: pd.DataFrame, items: Iterable[str], labels: Sequence[str]
) -> tuple[Ratings, int]:
    """Ratings from `item, label, count`, and how many items were set aside as unknown.

    Raises `UserError` for a label outside `labels` and for a negative count.
    """
    check_columns(votes, ("item", "label", "count"), "counts")
    check_labels(votes["label"], labels, "counts")
    if (votes["count"] < 0).any():
        raise UserError("counts: expected whole numbers from 0, found a negative one; fix it")
    known = votes[votes["item"].isin(list(items))]
    table = known.pivot_table(
        index="item", columns="label", values="count", aggfunc="sum", fill_value=0
    ).reindex(columns=list(labels), fill_value=0)
    counts = table.to_numpy(dtype=np.int64)
    people = counts.sum(axis=1)
    table, counts, people = table[people > 0], counts[people > 0], people[people > 0]
    unknown = votes["item"].nunique() - known["item"].nunique()
    return Ratings(table.index, people, counts.max(axis=1) / people, counts), unknown


def _pivot(table: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    return pd.crosstab(table["item"], table["label"]).reindex(columns=list(labels), fill_value=0)


def entropy(counts: NDArray[np.int64]) -> Floats:
    """Shannon entropy in bits of each row of counts (items, labels); 0 for an empty row."""
    from scipy.special import entr

    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    bits: Floats = entr(counts / total).sum(axis=1) / np.log(2)
    return bits


def alpha(counts: NDArray[np.int64]) -> float | None:
    """Krippendorff's alpha for nominal labels, counts (items, labels); 1 is perfect, 0 is chance.

    None where it is not defined: fewer than two labels in use, or no item with two answers.
    """
    import krippendorff

    paired = counts[counts.sum(axis=1) >= FLOOR]
    if (paired.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=paired, level_of_measurement="nominal"))


class Patterns(NamedTuple):
    """The distinct items, as far as the statistics can tell, and how often each occurs."""

    frequency: NDArray[np.int64]  # (patterns,)
    counts: NDArray[np.int64]  # (patterns, labels)
    share: Floats  # (patterns,)


def patterns(ratings: Ratings) -> Patterns:
    """Items with at least two annotators, gathered into patterns."""
    kept = ratings.annotators >= FLOOR
    rows = np.column_stack([ratings.counts[kept], ratings.share[kept]])
    unique, frequency = np.unique(rows, axis=0, return_counts=True)
    return Patterns(frequency, unique[:, :-1].astype(np.int64), unique[:, -1])


def resample(found: Patterns, bootstrap: Bootstrap) -> NDArray[np.int64]:
    """How often each pattern occurs in each resample of items: (resamples, patterns)."""
    items = int(found.frequency.sum())
    rng = bootstrap.rng("items")
    return rng.multinomial(items, found.frequency / items, size=bootstrap.resamples)


def alphas(counts: NDArray[np.int64], weights: NDArray[np.int64]) -> Floats:
    """Alpha of many resamples at once; NaN where it is not defined.

    `counts` (patterns, labels), `weights` (resamples, patterns). With n_v answers v in all, n their
    sum and D the sum over items of sum_v c_v (n_u - c_v) / (n_u - 1), Krippendorff's alpha is
    1 - (n - 1) D / (n^2 - sum_v n_v^2): each item adds to n_v and D only (Krippendorff 2018,
    "Content Analysis", chapter 12, nominal data).
    """
    answers = counts.sum(axis=1, keepdims=True)
    pairable = counts * (answers >= FLOOR)
    disagreement = (pairable * (answers - pairable)).sum(axis=1)
    disagreement = disagreement / np.maximum(answers[:, 0] - 1, 1)
    each = (weights @ pairable).astype(float)
    total = each.sum(axis=1)
    chance = total**2 - (each**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (total - 1) * (weights @ disagreement)
        values: Floats = np.where(chance > 0, 1 - observed / chance, np.nan)
    return values


def summary(ratings: Ratings, bootstrap: Bootstrap) -> dict[str, Any]:
    """Alpha, mean a_i and mean entropy with percentile intervals over resampled items.

    Items with a single annotator are counted, and left out of all three. A statistic that is the
    same on every resample has no interval.
    """
    found = patterns(ratings)
    facts: dict[str, Any] = {
        "items": int(found.frequency.sum()),
        "single_annotator_items": int((ratings.annotators < FLOOR).sum()),
        "unanimous_items": int(found.frequency[found.share == 1.0].sum()),
        "annotations": int(ratings.annotators.sum()),
    }
    if facts["items"] == 0:
        return facts | {"withheld": "no item has two annotators"}
    facts["annotators_per_item"] = float(ratings.annotators[ratings.annotators >= FLOOR].mean())
    weights = resample(found, bootstrap)
    bits = entropy(found.counts)
    point = alpha(np.repeat(found.counts, found.frequency, axis=0))
    draws = alphas(found.counts, weights)
    values = {
        "mean_a": (found.frequency @ found.share, weights @ found.share),
        "entropy_bits": (found.frequency @ bits, weights @ bits),
    }
    for name, (total, drawn) in values.items():
        facts[name] = _interval(total / facts["items"], drawn / facts["items"], bootstrap.level)
    if point is not None:
        facts["alpha"] = _interval(point, draws[np.isfinite(draws)], bootstrap.level)
        facts["alpha_undefined_resamples"] = int((~np.isfinite(draws)).sum())
    else:
        facts["alpha_withheld"] = "all answers have the same label"
    if facts["unanimous_items"] == facts["items"]:
        facts["intervals_withheld"] = "all items are unanimous: resamples of them cannot differ"
    return facts


def bracket_summary(brackets: pd.DataFrame) -> dict[str, Any]:
    """What brackets of a_i (`item, low, high`) tell: bounds on its mean, and no alpha.

    Raises `UserError` for a bracket that is none.
    """
    check_columns(brackets, ("item", "low", "high"), "agreement brackets")
    if not ((brackets["low"] >= 0) & (brackets["low"] <= brackets["high"])).all():
        raise UserError("agreement brackets: expected 0 <= low <= high <= 1; fix the table")
    if (brackets["high"] > 1).any():
        raise UserError("agreement brackets: expected shares up to 1, not per cent; divide by 100")
    return {
        "items": len(brackets),
        "unanimous_items": int((brackets["low"] == 1.0).sum()),
        "mean_a": {"low": float(brackets["low"].mean()), "high": float(brackets["high"].mean())},
        "alpha_withheld": "only brackets of agreement are known, not the annotations",
    }


def _interval(value: float, draws: Floats, level: float) -> dict[str, float]:
    if np.ptp(draws) == 0:
        return {"value": float(value)}
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return {"value": float(value), "low": float(low), "high": float(high)}
