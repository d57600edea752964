"""Tables and names that several stages share, and the checks that every reader needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stages.core import files
from stages.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("id", "text", "label")
ANNOTATIONS = ("item", "annotator", "label")
VOTES = ("task_a", "task_b", "voter", "winner")
PREDICTIONS = ("id", "seed", "size", "label")  # then one p_<label> for each label of the card
CURVE = ("seed", "step", "train_loss", "validation_loss", "validation_macro_f1")
SPLITS = ("train", "validation", "test")
TO_TRAIN = ("train", "unlabelled")  # what an LLM labels to train on; the others to test with
OPINIONS = ("annotations", "counts", "agreement")  # tables of annotators, where a source has them
REAL = "real"  # the source that every other one is compared with
REAL_POOL = "real_pool"  # the source of the few-shot examples
EDITED = "edited"  # the source of the few-shot examples with copies edited without an LLM
LABELLED = "labelled"  # the source of real texts with an LLM's labels
PROMPTED = "prompted"  # stands where a source does: the LLM itself, asked at run time
RESERVED = (REAL, REAL_POOL, EDITED, LABELLED, PROMPTED)  # no names for strategies


def read_labels(path: Path) -> tuple[str, ...]:
    """A task's labels in the order of its card, as fetch wrote them."""
    return tuple(str(line["label"]) for line in files.read_lines(path))


def read_sources(path: Path) -> dict[str, tuple[str, ...]]:
    """A task's sources in the grid's order, each with its parts (its own name if it is simple)."""
    return {str(line["source"]): tuple(line["parts"]) for line in files.read_lines(path)}


def read_spare(path: Path) -> pd.DataFrame | None:
    """The spare texts (id, text) that label drew; None where there are none."""
    table = files.read_table(path, ("id", "text"))
    return None if table.empty else table


def check_columns(frame: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Raise `UserError` when `frame` lacks one of `columns`."""
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UserError(f"{where}: expected columns {missing}, found {list(frame)}")


def check_labels(labels: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise `UserError` when a label is none of the card's."""
    known = list(known)
    unknown = sorted(set(labels) - set(known))
    if unknown:
        raise UserError(f"{where}: labels {unknown[:5]} are not the card's {known}; fix either")
