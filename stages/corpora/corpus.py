"""A task's labelled texts as a reader found them, and the checks that they fit the task's card."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from stages.core.errors import UserError
from stages.core.records import TEXTS
from stages.corpora.cards import Card

SHOWN = 20  # labels in a message: there may be a thousand


@dataclass(frozen=True)
class Corpus:
    """What a reader returns.

    `splits` maps train, validation and test, as far as the source has them, to frames with columns
    id, text, label; `places` says where each was read, for messages. `opinions` holds frames of
    `stages.corpora.opinions` by name, `ready` texts that an LLM wrote by the name of their source,
    `unlabelled` real texts (id, text). `source` and `dropped` (reason -> rows) go into source.json,
    `remarks` to the terminal.
    """

    splits: Mapping[str, pd.DataFrame]
    places: Mapping[str, str]
    source: Mapping[str, str]
    opinions: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    ready: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    unlabelled: pd.DataFrame | None = None
    remarks: Sequence[str] = ()


def tidy(frame: pd.DataFrame, prefix: str, where: str) -> pd.DataFrame:
    """The columns id, text, label as strings; ids `<prefix>-<n>` where the source has none.

    Raises `UserError` for a missing column and for an empty text, label or id (rows from 1).
    """
    missing = [column for column in ("text", "label") if column not in frame]
    if missing:
        raise UserError(
            f"{where}: expected columns {missing}, found {list(frame)[:12]}; rename its columns"
        )
    if "id" not in frame:
        width = max(5, len(str(len(frame))))
        frame = frame.assign(id=[f"{prefix}-{n:0{width}}" for n in range(len(frame))])
    tidied = pd.DataFrame({column: strings(frame[column]) for column in TEXTS})
    for column in TEXTS:
        empty = (tidied[column] == "").to_numpy()
        if empty.any():
            more = f" and {empty.sum() - 1} more" if empty.sum() > 1 else ""
            raise UserError(
                f"{where}: expected a {column} in every row, found none in row "
                f"{empty.argmax() + 1}{more}; fill in or delete the row"
            )
    return tidied


def strings(column: pd.Series) -> pd.Series:
    """The values as stripped strings, missing ones as empty strings."""
    return column.astype(object).where(column.notna(), "").astype(str).str.strip()


def fit(corpus: Corpus, card: Card, task: str) -> Corpus:
    """The corpus with the card's labels only, in the texts and in what annotators said of them.

    Raises `UserError` for an id that occurs twice and, unless the card drops other labels, for a
    label that the card lacks.
    """
    _check_ids(corpus)
    others = {**corpus.opinions, **corpus.ready}
    places = {**{name: f"{name} of {task}" for name in others}, **corpus.places}
    kept: dict[str, pd.DataFrame] = {}
    dropped = Counter(corpus.dropped)
    for name, frame in (*corpus.splits.items(), *others.items()):
        if card.other_labels == "refuse" and "label" in frame:
            _refuse(frame, card, task, places[name])
        kept[name] = frame[frame["label"].isin(card.labels)] if "label" in frame else frame
        of = f"{name}_with_" if name in others else ""
        dropped[f"{of}other_labels"] += len(frame) - len(kept[name])
    return replace(
        corpus,
        splits={split: kept[split] for split in corpus.splits},
        opinions={name: kept[name] for name in corpus.opinions},
        ready={name: kept[name] for name in corpus.ready},
        dropped={reason: rows for reason, rows in dropped.items() if rows},
    )


def _refuse(frame: pd.DataFrame, card: Card, task: str, where: str) -> None:
    wrong = frame[~frame["label"].isin(card.labels)]
    unknown = wrong["label"].value_counts()
    if len(unknown):
        more = f" (and {len(unknown) - 1} more labels)" if len(unknown) > 1 else ""
        name = str(unknown.index[0])
        first = wrong.loc[wrong["label"] == name].iloc[0, 0]
        known = [*card.labels][:SHOWN] + ["..."][: len(card.labels) > SHOWN]
        raise UserError(
            f"{where}: expected the labels {known}, found {name!r} in "
            f"{unknown.iloc[0]} rows{more}, the first {first!r}; {_meant(name, card)}fix the data "
            f"or data/tasks/{task}.yaml, or set `other_labels: drop` there to leave such rows out"
        )


def _meant(name: str, card: Card) -> str:
    """The remedy where a label differs from one of the card's by case and blanks only."""
    for label in card.labels if card.own or card.ready else ():
        if label.casefold().split() == name.casefold().replace("_", " ").split():
            return f"set `names: {{{name}: {label}}}` beside the file if that is meant, "
    return ""


def _check_ids(corpus: Corpus) -> None:
    ids = pd.concat([frame["id"] for frame in corpus.splits.values()])
    twice = ids[ids.duplicated()]
    if len(twice):
        place = " and ".join(
            corpus.places[split]
            for split, frame in corpus.splits.items()
            if twice.iloc[0] in set(frame["id"])
        )
        raise UserError(
            f"{place}: expected each id once, found {twice.iloc[0]!r} again ({len(twice)} such "
            "rows); make the ids unique, or leave their column out (`key` in the card)"
        )
