"""Origin: a folder or URL with `<task>/<split>.parquet`, `.csv` or `.jsonl`, the user's data."""

from typing import Any

import pandas as pd

from stages.core.errors import UserError
from stages.core.records import SPLITS
from stages.corpora import opinions, tables
from stages.corpora.corpus import Corpus, tidy

# Optional table beside the splits -> its name here, and what brings it into form.
OPTIONAL_TABLES = {
    "annotations": ("annotations", opinions.annotations),
    "votes": ("counts", opinions.counts),
    "agreement": ("agreement", opinions.agreement),
}


def read(origin: str, task: str) -> Corpus:
    """The splits of `task` under `origin`, and what annotators said where there is such a file.

    Raises `UserError` when no split is found or a file cannot be read.
    """
    place = f"{origin.rstrip('/')}/{task}"
    system, folder = tables.locate(place)
    splits = {}
    places = {}
    for split in SPLITS:
        if found := _table(system, folder, split, place):
            table, places[split] = found
            splits[split] = tidy(table, f"{task}-{split}", places[split])
    if not splits:
        raise UserError(
            f"expected {place}/train.parquet, .csv or .jsonl, found none; put the texts of the "
            "task there or set fetch.origin"
        )
    return Corpus(splits, places, {"origin": origin}, _opinions(system, folder, place))


def _opinions(system: Any, folder: str, place: str) -> dict[str, pd.DataFrame]:
    given = {}
    for stem, (name, form) in OPTIONAL_TABLES.items():
        if found := _table(system, folder, stem, place):
            table = form(*found)
            if table is not None:
                given[name] = table
    return given


def _table(system: Any, folder: str, stem: str, place: str) -> tuple[pd.DataFrame, str] | None:
    try:
        path = tables.find(system, folder, stem, place)
        if path is None:
            return None
        where = f"{place}/{path.rpartition('/')[2]}"
        return tables.read(system, path, where), where
    except UserError:
        raise
    except Exception as error:  # each remote file system has errors of its own
        raise UserError(
            f"cannot read {stem} of {place} ({type(error).__name__}: {error}); check the address, "
            "the connection and the access rights"
        ) from error
