"""What annotators said of the texts, in three forms; column `item` holds the text's id.

annotations: item, annotator, label; counts: item, label, count (votes without a voter's name);
agreement: item, low, high (bracket of the share, 0 to 1, of annotators who chose the text's label).
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from stages.core import files
from stages.core.errors import UserError
from stages.core.records import ANNOTATIONS, check_labels
from stages.corpora import tables
from stages.corpora.corpus import strings


def annotations(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """One row per label that an annotator gave an item (`id` is another name of `item`)."""
    return _table(frame, ANNOTATIONS, where)


def panel(path: Path, labels: Iterable[str], items: Collection[str]) -> tuple[pd.DataFrame, str]:
    """What a panel of LLM annotators said (`stages.tools.annotate`), and who that is.

    Raises `UserError` when the CSV or the JSON beside it is missing or damaged, says that it is
    not a panel's, has a label outside `labels`, or is about none of `items`.
    """
    beside = path.with_suffix(".json")
    record = files.read_json(beside) if beside.exists() else None
    if not isinstance(record, dict) or record.get("kind") != "panel":
        raise UserError(
            f"{path}: expected {beside.name} beside it, with `kind: panel` and who answered, as "
            "`synthworth annotate` writes it; annotations by people belong to the data "
            "set"
        )
    system, _ = tables.locate(str(path.parent))
    table = annotations(tables.read(system, str(path), str(path)), str(path))
    check_labels(table["label"], labels, str(path))
    if not table["item"].isin(list(items)).any():
        found = f"such as {table['item'].iloc[0]!r}" if len(table) else "none"
        raise UserError(
            f"{path}: expected labels of texts that the task has, found items {found}; annotate "
            "the texts of this origin"
        )
    members = record.get("members", {})
    models = sorted({str(member["model"]) for member in members.values()})
    played = f" of {len(members)} members played by {', '.join(models)}" if members else ""
    return table, f"LLM panel {path.stem}{played}: a proxy for people"


def counts(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """How many annotators chose a label; `UserError` when a count is not a whole number >= 0."""
    table = _table(frame, ("item", "label", "count"), where)
    numbers = pd.to_numeric(table["count"], errors="coerce")
    wrong = (~(numbers >= 0) | (numbers % 1 != 0)).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise UserError(
            f"{where}: expected a whole number as count, found {table['count'].iloc[row]!r} in row "
            f"{row + 1}; fix it"
        )
    return table.assign(count=numbers.astype("int64"))


def agreement(frame: pd.DataFrame, where: str) -> pd.DataFrame | None:
    """Brackets from `agreement_min` and `agreement_max`; None for a table of another shape.

    Raises `UserError` when a bracket is not 0 <= min <= max <= 1, and for an item with two.
    """
    if not {"agreement_min", "agreement_max"} <= set(frame):
        return None
    frame = frame.rename(columns={"agreement_min": "low", "agreement_max": "high"})
    table = _table(frame, ("item", "low", "high"), where)
    table = table.assign(
        **{end: pd.to_numeric(table[end], errors="coerce") for end in ("low", "high")}
    )
    if not ((table["low"] >= 0) & (table["low"] <= table["high"]) & (table["high"] <= 1)).all():
        raise UserError(f"{where}: expected 0 <= agreement_min <= agreement_max <= 1; fix it")
    if len(twice := table["item"][table["item"].duplicated()]):
        raise UserError(
            f"{where}: expected one bracket per item, found {twice.iloc[0]!r} again ({len(twice)} "
            "such rows); keep one of them"
        )
    return table


def about(frame: pd.DataFrame, ids: Iterable[str]) -> pd.DataFrame:
    """The rows about the given texts, sorted by all their columns but numbers."""
    kept = frame[frame["item"].isin(list(ids))]
    order = [column for column in ("item", "annotator", "label") if column in kept]
    return kept.sort_values(order, ignore_index=True)


def _table(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> pd.DataFrame:
    if "item" not in frame:
        frame = frame.rename(columns={"id": "item"})
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UserError(
            f"{where}: expected columns {missing}, found {list(frame)[:12]}; rename its columns"
        )
    table = pd.DataFrame({column: strings(frame[column]) for column in columns})
    empty = (table == "").any(axis=1).to_numpy()
    if empty.any():
        raise UserError(
            f"{where}: expected {', '.join(columns)} in every row, found a gap in row "
            f"{empty.argmax() + 1}; fill in or delete the row"
        )
    return table
