"""Subjectivity of single items: what annotators say, and whether models agree where they do.

In facts, models and sources are named only below `slopes` and `accuracy`, never beside fixed keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.records import REAL
from stages.stats.people import agreement, annotators, thresholds
from stages.stats.resampling import Bootstrap

Columns = Mapping[tuple[str, str], NDArray[np.float64]]  # (model, source): right, (test texts,)


class Opinions(NamedTuple):
    """What annotators say of a task's texts."""

    facts: dict[str, Any]
    share: pd.Series  # item -> a_i; with brackets their lower end; single annotators left out
    table: pd.DataFrame | None  # item, annotator, label, double: where annotators are named


def opinions(
    tables: Mapping[str, pd.DataFrame],
    items: Iterable[str],
    labels: Sequence[str],
    bootstrap: Bootstrap,
) -> Opinions:
    """The fullest of `annotations`, `counts` and `agreement` (brackets) that there is."""
    if len(tables.get("annotations", ())):
        cleaned = agreement.clean(tables["annotations"], items, labels)
        ratings = agreement.rate(cleaned.table, labels)
        facts = agreement.summary(ratings, bootstrap) | {
            "kind": "annotations",
            "unknown_annotations": cleaned.unknown,
            "repeated_annotations": cleaned.repeats,
            "items_labelled_twice": cleaned.doubles,
        }
        return Opinions(facts, _share(ratings), cleaned.table)
    if len(tables.get("counts", ())):
        ratings, unknown = agreement.rate_counts(tables["counts"], items, labels)
        facts = agreement.summary(ratings, bootstrap)
        facts |= {"kind": "votes", "unknown_items": unknown}
        return Opinions(facts, _share(ratings), None)
    if len(tables.get("agreement", ())):
        table = tables["agreement"]
        known = table[table["item"].isin(list(items))]
        facts = agreement.bracket_summary(known) | {"kind": "brackets"}
        return Opinions(facts, known.set_index("item")["low"], None)
    return Opinions({"kind": "none", "withheld": "no annotations"}, pd.Series(dtype=float), None)


def _share(ratings: agreement.Ratings) -> pd.Series:
    share = pd.Series(ratings.share, ratings.items)
    return share[ratings.annotators >= agreement.FLOOR]


def disputed(said: Opinions) -> int:
    """How many items have a known a_i below 1."""
    return int((said.share < 1).sum())


class Sweeps(NamedTuple):
    """The threshold analysis of a task."""

    facts: dict[str, Any]
    points: pd.DataFrame  # as in `thresholds.sweep`


def sweeps(
    share: NDArray[np.float64],
    right: Columns,
    truth: NDArray[np.int64],
    least: int,
    bootstrap: Bootstrap,
) -> Sweeps:
    """Accuracy against a_i (test texts,; NaN unknown) for every model and source, and its slopes.

    `right` is, for each text, the share of seeds that are right; `truth` (test texts,) are codes of
    the labels. Every source is compared with `real` under the same model, on the same resamples.
    """
    known = int(np.isfinite(share).sum())
    facts: dict[str, Any] = {"items": known, "unknown_items": len(share) - known}
    if not known:
        empty = pd.DataFrame(columns=thresholds.POINT)
        return Sweeps(facts | {"withheld": "no test text has a known agreement"}, empty)
    keys = list(right)
    correct = np.column_stack([right[key] for key in keys])
    data = thresholds.prepare(share, correct, truth, least)
    draws = thresholds.resample(data, bootstrap.resamples, bootstrap.rng("resample"))
    columns = [(source, model) for model, source in keys]
    facts |= {"thresholds": len(data.gammas), "unanimous_items": int((data.share >= 1).sum())}
    if reason := thresholds.withheld(data, least):
        facts["withheld"] = reason
    null: dict[str, NDArray[np.float64]] = {}
    if len(data.gammas) > 1:
        null = thresholds.permuted(data, bootstrap.resamples, bootstrap.rng("permute"))
    found = thresholds.statistics(data, draws, null)
    slopes: dict[str, dict[str, Any]] = {}
    for column, (model, source) in enumerate(keys):
        base = (model, REAL)
        place = keys.index(base) if base in keys and source != REAL else None
        block = thresholds.describe(found, column, place, bootstrap.level) if found else {}
        slopes.setdefault(model, {})[source] = block
    facts["slopes"] = slopes
    return Sweeps(facts, thresholds.sweep(data, draws, bootstrap.level, columns))


def against_aggregated(
    table: pd.DataFrame,
    test: pd.DataFrame,
    predicted: Mapping[tuple[str, str], NDArray[np.object_]],
    method: annotators.Method,
    seed: int,
) -> dict[str, Any]:
    """Accuracy of every model and source if annotators' aggregated labels were the truth.

    `test` (id, label); `predicted` holds labels (seeds, test texts).
    """
    labels = annotators.aggregated(table, method, seed).reindex(test["id"])
    known = labels.notna().to_numpy()
    truth = labels.to_numpy(dtype=object)[known]
    facts: dict[str, Any] = {"method": method, "items": int(known.sum())}
    if not known.any():
        return facts | {"withheld": "no test text has annotations"}
    facts["differs_from_label"] = float((truth != test["label"].to_numpy(object)[known]).mean())
    accuracy: dict[str, dict[str, float]] = {}
    for (model, source), guesses in predicted.items():
        accuracy.setdefault(model, {})[source] = float((guesses[:, known] == truth).mean())
    return facts | {"accuracy": accuracy}
