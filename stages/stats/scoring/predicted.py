"""Predictions beside the truth: a row per seed, in the order of the test texts, as label codes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core import records
from stages.core.arrays import Ints
from stages.core.errors import UserError


class Predicted(NamedTuple):
    """What one model, trained on one source, predicts for n test texts with S seeds."""

    seeds: tuple[int, ...]
    sizes: tuple[int, ...]  # (S,) texts that each seed was trained on
    labels: Ints  # (S, n)
    probabilities: NDArray[np.float32]  # (S, n, K), labels in the card's order


def codes(labels: pd.Series, known: Sequence[str], where: str) -> Ints:
    """The places (n,) of labels in `known`; `UserError` names `where` a label is none of them."""
    records.check_labels(labels.unique(), known, where)
    return pd.Index(known).get_indexer(pd.Index(labels)).astype(np.int64)


def truth(test: pd.DataFrame, known: Sequence[str], where: str) -> Ints:
    """The label codes (n,) of the test texts; `UserError` with fewer than two or repeated ids."""
    if len(test) < 2:  # of a single one no noise is known
        raise UserError(
            f"{where}: expected at least two test texts, found {len(test)}; check fetch.origin and "
            "fetch.test_share"
        )
    if not test["id"].is_unique:
        twice = test["id"][test["id"].duplicated()].iloc[0]
        raise UserError(f"{where}: expected each id once, found {twice!r} twice; run `dvc repro`")
    return codes(test["label"], known, where)


def aligned(
    predictions: pd.DataFrame, ids: pd.Series, known: Sequence[str], where: str
) -> Predicted:
    """Predictions (`records.PREDICTIONS`, `p_<label>`) in the order of the test texts' `ids`.

    Raises `UserError`, naming `where`, when columns are missing and unless each seed predicts every
    test text exactly once.
    """
    columns = [f"p_{label}" for label in known]
    records.check_columns(predictions, [*records.PREDICTIONS, *columns], where)
    if predictions.empty:
        raise UserError(f"{where}: expected predictions, found none; run `dvc repro` to make them")
    found = codes(predictions["label"], known, where)
    seed_of = predictions["seed"].to_numpy()
    seeds = tuple(int(seed) for seed in np.unique(seed_of))
    shares = predictions[columns].to_numpy(np.float32)
    expected = pd.Index(ids)
    rows, sizes = [], []
    for seed in seeds:
        place = np.flatnonzero(seed_of == seed)
        index = pd.Index(predictions["id"].iloc[place])
        rows.append(place[_order(index, expected, f"{where}, seed {seed}")])
        sizes.append(int(predictions["size"].iloc[place[0]]))
    order = np.stack(rows)
    return Predicted(seeds, tuple(sizes), found[order], shares[order])


def _order(found: pd.Index, expected: pd.Index, where: str) -> NDArray[np.intp]:
    """Where each of the `expected` ids stands in `found`, which must hold the same ids."""
    if found.is_unique and len(found) == len(expected):
        places: NDArray[np.intp] = found.get_indexer(expected)
        if (places >= 0).all():
            return places
    missing, unknown = expected.difference(found), found.difference(expected)
    raise UserError(
        f"{where}: expected one prediction for each of {len(expected)} test texts, found "
        f"{len(found)}: {len(missing)} missing {list(missing[:3])}, {len(unknown)} of other texts "
        f"{list(unknown[:3])}, {len(found) - found.nunique()} repeated; run `dvc repro` again"
    )
