"""What is in a user's texts, before anything is done with them: counts, never the texts themselves.

Tables have the columns text and label, strings; empty where a value is missing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core import near, seeds
from stages.core.errors import UserError

LEAST_PER_LABEL = {"train": 2, "validation": 1, "test": 1}  # texts that fetch needs of a label
FEW = 10  # texts of a label, below which nothing can be said of it
NEAR = 0.8  # similarity from which texts are near-copies, as params' refine.copies
NEAR_TEXTS, NEAR_SIGNS = 20_000, 8_000_000  # texts and characters searched for near-copies at most
LOOKED_AT = 400  # texts whose language is detected
HUGE = 100_000  # characters
UNKNOWN = "zxx"  # the detector's name for what is in no language
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*[A-Za-z]")
PHONE = re.compile(r"(?<![\w.,-])(?:\+|00|\(?0)\d[\d ()/.-]{6,}\d(?![\w.,-])")
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True)
class Findings:
    """What is told of a task's texts before its first run.

    `rows`: split -> label -> rows. `words`: how many words a text has, at 5, 50, 95 and 100 % of
    the texts. `spelt`: label -> spellings of it that differ by case or blanks. `repeated`,
    `contradicted`: rows that repeat an earlier text of their split, those of them with another
    label. `shared`: split -> its rows whose text is also in a later split (test, then validation).
    `near`: near-copies among `searched` texts.
    """

    rows: Mapping[str, Mapping[str, int]]
    words: tuple[int, int, int, int]
    language: str
    language_share: float
    spelt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    repeated: int = 0
    contradicted: int = 0
    shared: Mapping[str, int] = field(default_factory=dict)
    near: int = 0
    searched: int = 0
    mails: int = 0
    phones: int = 0
    markup: int = 0
    huge: int = 0

    @property
    def total(self) -> int:
        """Rows of all splits."""
        return sum(sum(counts.values()) for counts in self.rows.values())

    @property
    def labels(self) -> dict[str, int]:
        """Rows of each label, most frequent first."""
        total: dict[str, int] = {}
        for counts in self.rows.values():
            for label, count in counts.items():
                total[label] = total.get(label, 0) + count
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def find(
    splits: Mapping[str, pd.DataFrame], classify: Callable[[str], str], **known: Any
) -> Findings:
    """The findings on the tables of each split, whose labels are spelt as the card spells them.

    `classify` gives a text's language (ISO 639-1); `known` are fields that the tables do not show.
    """
    filled = {split: frame[frame["text"] != ""] for split, frame in splits.items()}
    texts = pd.concat([frame["text"] for frame in filled.values()], ignore_index=True)
    keys = {split: frame["text"].map(_key) for split, frame in filled.items()}
    language, share = _language(texts, classify)
    searched = _searched(texts)
    twice = {split: key.duplicated() for split, key in keys.items()}
    return Findings(
        rows={split: counted(frame) for split, frame in filled.items()},
        words=_words(texts),
        language=language,
        language_share=share,
        repeated=sum(int(found.sum()) for found in twice.values()),
        contradicted=sum(_contradicted(filled[split], keys[split]) for split in filled),
        shared=_shared(keys),
        near=sum(near.repeated(searched, NEAR)),
        searched=len(searched),
        mails=int(texts.str.contains(MAIL).sum()),
        phones=int(texts.str.contains(PHONE).sum()),
        markup=int(texts.str.contains(MARKUP).sum()),
        huge=int((texts.str.len() > HUGE).sum()),
        **known,
    )


def spellings(values: pd.Series, known: Iterable[str] = ()) -> dict[str, str]:
    """A value of the label -> how it is spelt, where that differs by case or inner blanks alone.

    A `known` spelling counts, else the most frequent one. Blanks around a value never count.

    >>> spellings(pd.Series(["Good", "good ", "good", "bad"]))
    {'Good': 'good'}
    """
    counts = values.str.strip().value_counts().drop("", errors="ignore")
    best = {_key(label): label for label in known}
    for value in sorted(counts.index, key=lambda value: (-counts[value], value)):
        best.setdefault(_key(value), value)
    return {v: best[_key(v)] for v in sorted(counts.index) if best[_key(v)] != v}


def check_counts(
    rows: Mapping[str, Mapping[str, int]], labels: Iterable[str], where: Path | str
) -> None:
    """Raise `UserError` when a label has too few texts for the splits that it must be in."""
    for split, least in LEAST_PER_LABEL.items():
        if split not in rows and split != "train":
            continue
        cut = sum(LEAST_PER_LABEL.values()) - sum(LEAST_PER_LABEL[name] for name in rows)
        wanted = least + (cut if split == "train" and "train" in rows else 0)
        rare = [label for label in labels if rows[split].get(label, 0) < wanted]
        if rare:
            found = rows[split].get(rare[0], 0)
            more = f" ({len(rare) - 1} more such labels)" if len(rare) > 1 else ""
            raise UserError(
                f"{where}: expected {wanted} or more texts labelled {rare[0]!r} for {split}"
                f"{' and what is cut from it' if wanted > least else ''}, found {found}{more}; add "
                f"texts, or leave the label out: --without {rare[0]!r}"
            )


def _key(text: str) -> str:
    """Equal for equal texts, as fetch compares them."""
    return " ".join(text.casefold().split())


def counted(frame: pd.DataFrame) -> dict[str, int]:
    """The rows of each label, most frequent first."""
    return {str(label): int(rows) for label, rows in frame["label"].value_counts().items()}


def _words(texts: pd.Series) -> tuple[int, int, int, int]:
    counts = texts.map(lambda text: len(text.split()))
    least, middle, most = (int(counts.quantile(share)) for share in (0.05, 0.5, 0.95))
    return max(1, least), max(1, middle), max(2, most), int(counts.max())


def _contradicted(frame: pd.DataFrame, keys: pd.Series) -> int:
    """Rows whose text is in the table with another label before them."""
    first = frame["label"].groupby(keys).transform("first")
    return int((first != frame["label"]).sum())


def _shared(keys: Mapping[str, pd.Series]) -> dict[str, int]:
    """How many rows of a split are in a later one, from which fetch will take them."""
    shared = {}
    for earlier, later in (("validation", ("test",)), ("train", ("test", "validation"))):
        others = {key for split in later if split in keys for key in keys[split]}
        if earlier in keys and (rows := int(keys[earlier].isin(others).sum())):
            shared[earlier] = rows
    return shared


def _searched(texts: pd.Series) -> list[str]:
    """Texts drawn at random, each once, as many as the search for near-copies takes in seconds."""
    different = sorted(
        texts.drop_duplicates().iloc[: 5 * NEAR_TEXTS],
        key=lambda text: seeds.place(text[:HUGE], 0, "near"),
    )[:NEAR_TEXTS]
    sizes = accumulate(len(text) for text in different)
    return different[: sum(size <= NEAR_SIGNS for size in sizes)]


def _language(texts: Iterable[str], classify: Callable[[str], str]) -> tuple[str, float]:
    """The most frequent language of texts, and its share of those that are in any."""
    values = list(texts)
    drawn = values[:: max(1, len(values) // LOOKED_AT)]
    found = pd.Series([classify(text) for text in drawn], dtype=str)
    found = found[found != UNKNOWN]
    if found.empty:
        return "en", 0.0
    counts = found.value_counts()
    return str(counts.index[0]), float(counts.iloc[0] / len(found))
