"""Which column of a table is what, told by its values first and by its name where they leave doubt.

Tables have strings only, empty where a value is missing.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stages.core.errors import UserError

LOOKED_AT = 2000  # rows, evenly spread, that decide what a column's values are like
MOST_LABELS = 200
MOST_NUMBERS = 20  # different whole numbers that are labels still
LEAST_ROWS = 2  # per label in the mean: rarer values are no labels
REPEATED = 1.5  # rows per text from which several people may have labelled it
# Names of columns, lower case with "_" between words, by what they say that the column holds.
TEXT = (
    "text", "texts", "tweet", "sentence", "review", "body", "content", "comment", "message", "sms",
    "utterance", "headline", "document", "post", "abstract", "question", "title", "query",
    "description",
)  # fmt: skip
LABEL = (
    "label", "labels", "class", "category", "sentiment", "target", "topic", "intent", "emotion",
    "y", "tag", "classification", "annotation", "stance", "label_text", "gold",
)  # fmt: skip
KEY = (
    "id", "ids", "item", "item_id", "text_id", "doc_id", "uid", "guid", "key", "tweet_id", "index",
    "nr", "no", "number",
)  # fmt: skip
ANNOTATOR = (
    "annotator", "annotator_id", "annotators", "worker", "worker_id", "rater", "rater_id", "coder",
    "judge", "labeller", "labeler", "user", "user_id", "who", "person", "participant",
)  # fmt: skip
SPLIT = ("split", "set", "partition", "fold", "subset")
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "development": "validation",
}
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?(e[-+]?\d+)?", re.I)
FRACTION = re.compile(r"[-+]?\d*[.,]\d*[1-9]\d*")
NO_TEXT = re.compile(r"https?://\S+|[\w.:/+-]*\d[\w.:/+-]*", re.ASCII)  # links, codes, dates


class Columns(NamedTuple):
    """Names of columns; None where there is none of the kind."""

    text: str
    label: str | None = None
    key: str | None = None
    annotator: str | None = None
    split: str | None = None


def guess(
    frame: pd.DataFrame,
    where: Path | str,
    text: str | None = None,
    label: str | None = None,
    labelled: bool = True,
    labels: Iterable[str] = (),
) -> Columns:
    """The columns of a table of texts, given those that are known, and the task's `labels` if so.

    Raises `UserError` where there is no column of texts or, if `labelled`, of labels, and where
    two may be meant, with both.
    """
    for name, option in ((text, "--text"), (label, "--label")):
        if name is not None and name not in frame:
            raise UserError(f"{where}: {option} {name}: expected one of {list(frame)}, found none")
    sample = frame.iloc[:: max(1, len(frame) // LOOKED_AT)]
    names = list(map(str, frame))
    split = next((c for c in names if _named(c, SPLIT) and _is_split(frame[c])), None)
    known = [name for name in (text, label, split) if name]
    rest = [name for name in names if name not in known]
    text = text or _text(sample[rest], where)
    rest = [name for name in rest if name != text]
    annotator = next((c for c in rest if _named(c, ANNOTATOR) and _judges(frame, text, c)), None)
    repeated = frame[text].nunique() if annotator else len(frame)
    key = next((c for c in rest if _named(c, KEY) and frame[c].nunique() == repeated), None)
    rest = [name for name in rest if name not in (key, annotator)]
    if labelled and label is None:
        label = _of_labels(frame[rest], labels) or _label(frame[rest], where)
    return Columns(text, label, key, annotator, split)


def votes(frame: pd.DataFrame, ids: Iterable[str], where: Path | str) -> tuple[str, str, str]:
    """The columns of item, annotator and label in a table with a row per text and person.

    `ids` are the texts' ids, which the item's column holds. Raises `UserError` without one of them.
    """
    known = set(ids)
    names = list(map(str, frame))
    items = [c for c in names if frame[c].isin(known).mean() > 0.5]
    people = [c for c in names if c not in items and _named(c, ANNOTATOR)]
    rest = [c for c in names if c not in (*items, *people)]
    said = [c for c in rest if _named(c, LABEL)] or rest
    if len(items) != 1 or len(people) != 1 or not said:
        raise UserError(
            f"{where}: expected columns of the texts' ids, of who labelled (such as annotator) and "
            f"of the label, found {list(frame)}; rename them, and give the texts a column of ids"
        )
    return items[0], people[0], said[0]


def split_of(path: Path) -> str | None:
    """The split that a file's name says: `reviews_dev.csv` holds validation texts.

    >>> split_of(Path("reviews_dev.csv")), split_of(Path("latest.csv"))
    ('validation', None)
    """
    words = re.split(r"[^a-z]+", path.stem.lower())
    found = {SPLITS[word] for word in words if word in SPLITS}
    return found.pop() if len(found) == 1 else None


def _text(sample: pd.DataFrame, where: Path | str) -> str:
    """The column of texts: the longest values, unless others are half as long."""
    lengths = {str(c): _length(sample[c]) for c in sample}
    lengths = {c: length for c, length in lengths.items() if length}
    if not lengths:
        raise UserError(
            f"{where}: expected a column of texts, found {list(sample)}; name it by --text, or "
            "give the file a line with the names of its columns"
        )
    longest = max(lengths.values())
    rivals = [c for c, length in lengths.items() if length > longest / 2]
    named = [c for c in rivals if _named(c, TEXT)]
    if len(rivals) == 1 or len(named) == 1:
        return (named or rivals)[0] if len(rivals) > 1 else rivals[0]
    raise UserError(
        f"{where}: expected one column of texts, found {_listed(rivals)}; name the right one: "
        f"--text {rivals[0]}"
    )


def _length(column: pd.Series) -> float:
    """The mean number of characters of a column that may be texts; 0 for one that cannot be."""
    values = column[column != ""]
    if values.empty or values.nunique() < min(len(values), 20) / 2:
        return 0.0
    if values.map(lambda value: bool(NO_TEXT.fullmatch(value))).mean() > 0.5:
        return 0.0
    return float(values.str.len().mean())


def _label(frame: pd.DataFrame, where: Path | str) -> str:
    """The column of labels: few different values; of several such the one with a label's name."""
    found = [str(c) for c in frame if _may_be_label(frame[c])]
    named = [c for c in found if _named(c, LABEL)]
    if len(found) == 1 or len(named) == 1:
        return (named or found)[0]
    if found:
        raise UserError(
            f"{where}: expected one column of labels, found {_listed(named or found)}; name the "
            f"right one: --label {(named or found)[0]}"
        )
    raise UserError(f"{where}: expected a column of labels, found {_why_none(frame)}")


def _of_labels(frame: pd.DataFrame, labels: Iterable[str]) -> str | None:
    """The one column that holds the task's labels in most of its filled cells."""
    known = {label.casefold() for label in labels}
    found = []
    for name in map(str, frame):
        values = frame[name].str.strip().str.casefold()
        values = values[values != ""]
        if len(values) and values.isin(known).mean() > 0.5:
            found.append(name)
    return found[0] if len(found) == 1 else None


def _may_be_label(column: pd.Series) -> bool:
    values = column.str.strip()
    values = values[values != ""]
    different = values.nunique()
    if not 2 <= different <= MOST_LABELS or different * LEAST_ROWS > len(values):
        return False
    return not _are_numbers(values) or (different <= MOST_NUMBERS and not _are_fractions(values))


def _why_none(frame: pd.DataFrame) -> str:
    """What speaks against each column with a label's name, or against all; and what to do."""
    for name in map(str, frame):
        values = frame[name].str.strip()
        values = values[values != ""]
        different = values.nunique()
        if _named(name, LABEL) and different:
            if different == 1:
                return f"one label only: all {len(values)} rows of {name!r} say " + (
                    f"{values.iloc[0]!r}; add texts with another"
                )
            if _are_numbers(values) and _are_fractions(values):
                return f"scores in {name!r}, such as {values.iloc[0]}; make them classes"
            return (
                f"{different} different values in {name!r} for {len(values)} rows (more than "
                f"{MOST_LABELS}, or too few rows of each); name another column: --label COLUMN"
            )
    return (
        f"none with few different values among {list(frame)}; name it by --label COLUMN, or have "
        "texts without labels as --unlabelled FILE"
    )


def check_labels(values: pd.Series, name: str, where: Path | str) -> None:
    """Raise `UserError` unless the values of the column `name` are 2 to MOST_LABELS labels."""
    different = values[values != ""].nunique()
    if different < 2 or different > MOST_LABELS or _are_fractions(values):
        raise UserError(f"{where}: expected a column of labels, found {_why_none_of(values, name)}")


def _why_none_of(values: pd.Series, name: str) -> str:
    return _why_none(pd.DataFrame({LABEL[0]: values})).replace(repr(LABEL[0]), repr(name))


def _are_numbers(values: pd.Series) -> bool:
    return all(NUMBER.fullmatch(value) for value in values.unique()[:LOOKED_AT])


def _are_fractions(values: pd.Series) -> bool:
    """Whether there are numbers with decimals among values that are numbers."""
    different = values[values != ""].unique()[:LOOKED_AT]
    return (
        bool(len(different))
        and all(NUMBER.fullmatch(value) for value in different)
        and any(FRACTION.fullmatch(value) for value in different)
    )


def _is_split(column: pd.Series) -> bool:
    return set(column.str.strip().str.lower().unique()) <= set(SPLITS)


def _judges(frame: pd.DataFrame, text: str, annotator: str) -> bool:
    """Whether a column may say who labelled: several people per text, and each one once."""
    texts = frame[text].nunique()
    pairs = len(frame[[text, annotator]].drop_duplicates())
    return len(frame) >= REPEATED * texts and pairs > 0.9 * len(frame)


def _named(column: str, names: Sequence[str]) -> bool:
    return re.sub(r"[\W_]+", "_", column.strip().lower()).strip("_") in names


def _listed(names: Sequence[str]) -> str:
    """`a` and `b`, in quotes.

    >>> _listed(["a", "b", "c"])
    "'a', 'b' and 'c'"
    """
    *first, last = map(repr, names)
    return f"{', '.join(first)} and {last}" if first else last
