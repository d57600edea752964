"""Splits, caps and the few-shot pool, drawn by a keyed hash of each text.

A text's place in a draw depends on the seed and on the text alone: not on the order of the rows,
nor on other labels, and hardly on other texts of its label. Equal texts (letter case and white
space aside) share a place. Frames have the columns id, text, label and `key` (see `keyed`).
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import pandas as pd

from stages.core import seeds
from stages.core.errors import UserError
from stages.core.near import copied

Splits = dict[str, pd.DataFrame]


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column `key` that is equal for equal texts, in the order of the ids.

    >>> texts = pd.DataFrame({"id": ["2", "1"], "text": ["Hello  there", "hello THERE"]})
    >>> keyed(texts)["key"].nunique()
    1
    """
    keys = [_digest(" ".join(text.casefold().split())) for text in frame["text"]]
    return frame.assign(key=keys).sort_values("id", ignore_index=True)


def separate(splits: Mapping[str, pd.DataFrame]) -> tuple[Splits, dict[str, int]]:
    """The splits with no text in two of them, and how many rows each lost.

    A text stays in test rather than in validation, and there rather than in train.
    """
    kept, lost = dict(splits), dict[str, int]()
    for later, earlier in (("test", "validation"), ("test", "train"), ("validation", "train")):
        if later in kept and earlier in kept:
            shared = kept[earlier]["key"].isin(kept[later]["key"])
            kept[earlier] = kept[earlier][~shared]
            lost[earlier] = lost.get(earlier, 0) + int(shared.sum())
    return kept, {split: rows for split, rows in lost.items() if rows}


def without_copies(
    splits: Mapping[str, pd.DataFrame], threshold: float | None
) -> tuple[Splits, dict[str, int]]:
    """The splits with no near-copy of a test text in the others, and how many rows each lost.

    Texts are near when the Jaccard similarity of their word 3-shingles reaches `threshold` (None:
    never); refine has the same rule for synthetic texts.
    """
    kept, lost = dict(splits), dict[str, int]()
    if threshold is None:
        return kept, lost
    test = list(kept["test"]["text"])
    for split in ("train", "validation"):
        near = copied(list(kept[split]["text"]), test, threshold)
        kept[split] = kept[split].loc[[not found for found in near]]
        lost[split] = sum(near)
    return kept, {split: rows for split, rows in lost.items() if rows}


def unseen(
    texts: pd.DataFrame, splits: Mapping[str, pd.DataFrame], threshold: float | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The texts that are in no split, each once and none near a test text; how many were not.

    `texts` (id, text) may be equal to texts of the splits: those are no texts without a label.
    """
    own = keyed(texts)
    labelled = own["key"].isin(pd.concat([split["key"] for split in splits.values()]))
    again = own["key"].duplicated() & ~labelled
    own = own[~labelled & ~again]
    tests = [] if threshold is None else list(splits["test"]["text"])
    near = pd.Series(copied(list(own["text"]), tests, threshold or 1), own.index, dtype=bool)
    lost = {
        "unlabelled_with_labels": int(labelled.sum()),
        "unlabelled_twice": int(again.sum()),
        "unlabelled_near_test": int(near.sum()),
    }
    return own[~near], {reason: rows for reason, rows in lost.items() if rows}


def complete(
    splits: Mapping[str, pd.DataFrame], validation_share: float, test_share: float, seed: int
) -> tuple[Splits, dict[str, str]]:
    """All three splits, and from which one each missing one was drawn.

    Missing splits are drawn from train, with shares of it; where train itself is missing, the
    validation split takes its place. Raises `UserError` when there is neither.
    """
    drawn = dict[str, str]()
    given = dict(splits)
    if "train" not in given and "validation" in given:
        given["train"] = given.pop("validation")
        drawn["train"] = "validation"
    if "train" not in given:
        raise UserError(
            f"expected a train split to learn and draw from, found {sorted(given)}; add one"
        )
    wanted = {"test": test_share, "validation": validation_share}
    shares = {split: share for split, share in wanted.items() if split not in given}
    drawn |= dict.fromkeys(shares, drawn.get("train", "train"))
    return {**given, **divide(given["train"], shares, seed)}, drawn


def divide(frame: pd.DataFrame, shares: Mapping[str, float], seed: int) -> Splits:
    """A split for each share, of every label at least one text, and `train` with the rest.

    Shares are of different texts: equal ones stay together and count as one. A text that has
    several labels counts under the first.
    """
    texts = frame.groupby("key").agg(label=("label", "min"))
    texts["place"] = _places(texts.index, seed, "split")
    texts = texts.sort_values(["label", "place"])
    labels = texts.groupby("label")["place"]
    rank, total = labels.cumcount(), labels.transform("size")
    texts["split"] = "train"
    bound = total * 0
    for split, share in shares.items():
        following = bound + (share * total).round().clip(lower=1)
        texts.loc[(rank >= bound) & (rank < following), "split"] = split
        bound = following
    belongs = frame["key"].map(texts["split"])
    return {split: frame[belongs == split] for split in (*shares, "train")}


def cap(frame: pd.DataFrame, per_label: int | None, seed: int) -> pd.DataFrame:
    """At most `per_label` rows of each label (None: all), in the order of `frame`."""
    if per_label is None:
        return frame
    places = pd.Series(_places(frame["key"], seed, "cap"), index=frame.index)
    order = frame.assign(place=places).sort_values(["place", "id"])
    chosen = order.groupby("label").head(per_label).index
    return frame.loc[frame.index.isin(chosen)]


def pool(train: pd.DataFrame, share: float, least: int, seed: int) -> pd.DataFrame:
    """Few-shot examples: of each label a share of its rows in train, at least `least` where it can.

    No text is in it twice.
    """
    order = train.drop_duplicates("key")
    order = order.assign(place=_places(order["key"], seed, "pool")).sort_values("place")
    wanted = (share * train["label"].value_counts()).round().clip(lower=least)
    chosen = order[order.groupby("label").cumcount() < order["label"].map(wanted)]
    return train.loc[train.index.isin(chosen.index)]


def check(splits: Mapping[str, pd.DataFrame], labels: Iterable[str], where: str) -> None:
    """Raise `UserError` when a label has fewer than two texts in train or none in another split."""
    for split, least in (("train", 2), ("validation", 1), ("test", 1)):
        counts = splits[split]["label"].value_counts()
        for label in labels:
            if (found := int(counts.get(label, 0))) < least:
                raise UserError(
                    f"{where}: expected {least} or more texts labelled {label!r} in {split}, "
                    f"found {found}; add texts of it or take the label out of the card"
                )


def _places(keys: Iterable[str], seed: int, purpose: str) -> list[str]:
    return [seeds.place(key, seed, purpose) for key in keys]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
