"""From a hub data set's columns to our tables, as the card's `hub` block says."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from stages.corpora.cards import Hub, Raters
from stages.corpora.corpus import strings, tidy

Columns = Mapping[str, Sequence[Any]]


def needed(hub: Hub) -> list[str]:
    """The columns that `texts` reads."""
    entities = ["head", "tail"] if hub.reader == "few_rel" else []
    return [hub.text, hub.label, *entities, *([hub.key] if hub.key else [])]


def texts(
    columns: Columns, hub: Hub, classes: Sequence[str], prefix: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The frame id, text, label of a split, and how many rows were left out for which reason.

    `classes` are the names of the label column's numbers, empty where it holds plain values. Rows
    with an empty text and rows with none or several labels are left out: a user cannot fix the hub.
    """
    frame = pd.DataFrame({"label": [label(v, hub.names, classes) for v in columns[hub.label]]})
    if hub.key:
        frame["id"] = columns[hub.key]
    if hub.reader == "few_rel":
        sentences = zip(columns[hub.text], columns["head"], columns["tail"], strict=True)
        frame["text"] = [marked(*sentence) for sentence in sentences]
    else:
        frame["text"] = strings(pd.Series(columns[hub.text], dtype=object))
    one, filled = frame["label"].notna(), frame["text"] != ""
    dropped = {"not_one_label": int((~one).sum()), "empty_texts": int((one & ~filled).sum())}
    return tidy(frame[one & filled].reset_index(drop=True), prefix, hub.id), dropped


def label(value: Any, names: Mapping[str, str], classes: Sequence[str] = ()) -> str | None:
    """The card's label for a source's value; None for a missing one and for none or several.

    >>> label(1, {"1": "spam"}), label([0, 1], {"1": "spam"}), label([0], {}, ["ham", "spam"])
    ('spam', None, 'ham')
    """
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if value is None or value == "":
        return None
    if str(value) in names:
        return names[str(value)]
    name = classes[value] if classes and 0 <= value < len(classes) else str(value)
    return names.get(name, name)


def marked(tokens: Sequence[str], head: Mapping[str, Any], tail: Mapping[str, Any]) -> str:
    """A FewRel sentence with its entities' first mentions between [E1] [/E1] and [E2] [/E2].

    >>> marked(["Po", "is", "in", "Italy"], {"indices": [[0]]}, {"indices": [[3]]})
    '[E1] Po [/E1] is in [E2] Italy [/E2]'
    """
    words = list(tokens)
    for number, entity in ((1, head), (2, tail)):
        first, last = min(entity["indices"][0]), max(entity["indices"][0])
        words[first] = f"[E{number}] {words[first]}"
        words[last] = f"{words[last]} [/E{number}]"
    return " ".join(words)


def annotations(columns: Columns, raters: Raters) -> pd.DataFrame:
    """Annotations from one 0/1 column per label: one row per 1."""
    items = pd.Series(columns[raters.item], dtype=str)
    annotators = strings(pd.Series(columns[raters.annotator]))
    chosen = []
    for name in raters.labels:
        rows = pd.Series(columns[name]) == 1
        chosen.append(
            pd.DataFrame({"item": items[rows], "annotator": annotators[rows], "label": name})
        )
    return pd.concat(chosen, ignore_index=True)


def agreement(texts: pd.DataFrame, agreed: Mapping[float, Sequence[str]]) -> pd.DataFrame:
    """Brackets item, low, high of the share of annotators who agreed on each text.

    `agreed` maps ascending shares to the texts that reach them. A text's bracket runs from the
    highest share that it reaches to the next one; those that reach none have no row.
    """
    shares = [*agreed, 1.0]
    low = pd.Series(float("nan"), index=texts.index)
    high = low.copy()
    for share, following in pairwise(shares):
        reached = texts["text"].isin(strings(pd.Series(agreed[share], dtype=object)))
        low[reached], high[reached] = share, following
    brackets = pd.DataFrame({"item": texts["id"], "low": low, "high": high})
    return brackets.dropna().reset_index(drop=True)
