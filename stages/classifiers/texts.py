"""Labelled texts as a classifier reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stages.classifiers.protocol import Features, Labels
from stages.core import files, records
from stages.core.errors import UserError


class Labelled(NamedTuple):
    """The columns of a table, and what stands for each text: itself or its embedding."""

    ids: Labels
    labels: Labels
    features: Features


class Unlabelled(NamedTuple):
    """The same of texts without a label."""

    ids: Labels
    features: Features


def read(path: Path, vectors: Path, labels: Sequence[str], embedded: bool) -> Labelled:
    """The table at `path`, with its texts or, if `embedded`, its rows of `vectors` as features.

    Raises `UserError` for a table without texts or with other labels, and for vectors that are
    not the table's.
    """
    table = files.read_table(path, records.TEXTS)
    records.check_labels(table["label"], labels, str(path))
    if table.empty:
        raise UserError(f"{path}: expected texts, found none; run `dvc repro`")
    features = _features(table, path, vectors, embedded)
    return Labelled(table["id"].to_numpy(object), table["label"].to_numpy(object), features)


def unlabelled(path: Path, vectors: Path, embedded: bool) -> Unlabelled | None:
    """The table of spare texts at `path` likewise; None of an empty one."""
    table = records.read_spare(path)
    if table is None:
        return None
    return Unlabelled(table["id"].to_numpy(object), _features(table, path, vectors, embedded))


def _features(table: pd.DataFrame, path: Path, vectors: Path, embedded: bool) -> Features:
    features = files.read_array(vectors) if embedded else table["text"].to_numpy(object)
    if len(features) != len(table):
        raise UserError(
            f"{vectors} has {len(features)} rows, {path} has {len(table)}; run `dvc repro`"
        )
    return features
