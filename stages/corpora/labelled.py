"""Real texts with the labels that an LLM gave them, as stage label wrote them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stages.core import files
from stages.core.records import TEXTS, TO_TRAIN, check_columns, check_labels

COLUMNS = ("split", "id", "label", "confidence")


def read(path: Path, labels: Sequence[str]) -> pd.DataFrame:
    """Split, id, label, confidence (1 to 3, or missing) of each labelled text, and what more
    there is: model, prompt_tokens, completion_tokens, votes.

    Raises `UserError` for a file that is missing or damaged and a label outside `labels`.
    """
    found = paid(path, labels)
    return found[found["label"].notna()].reset_index(drop=True)


def paid(path: Path, labels: Sequence[str]) -> pd.DataFrame:
    """The same, with the texts whose answers were paid for and could not be read (no label)."""
    frame = pd.DataFrame(files.read_lines(path))
    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    check_columns(frame, COLUMNS, str(path))
    check_labels(frame["label"].dropna(), labels, str(path))
    return frame.astype({"confidence": float})


def usages(
    said: pd.DataFrame, prompt: float, answer: float, characters: int
) -> tuple[list[tuple[str, float, float]], bool]:
    """Model, prompt and completion tokens of each answer (with its text), and if they are counted.

    Where nobody counted: `prompt` and the text's, at so many `characters` a token, and `answer`.
    """
    counted = "prompt_tokens" in said and bool(said["prompt_tokens"].notna().any())
    if not counted:
        estimated = prompt + said["text"].str.len() / characters
        said = said.assign(prompt_tokens=estimated, completion_tokens=answer)
    if "model" not in said:
        said = said.assign(model="")
    columns = said[["model", "prompt_tokens", "completion_tokens"]]
    filled = columns.fillna({"model": "", "prompt_tokens": 0, "completion_tokens": 0})
    return list(filled.itertuples(index=False, name=None)), counted


def texts(train: pd.DataFrame, unlabelled: Path) -> pd.DataFrame:
    """Real texts (id, text) that an LLM may have labelled to train on."""
    tables = [train[["id", "text"]]]
    if unlabelled.exists():
        tables.append(files.read_table(unlabelled, ("id", "text"))[["id", "text"]])
    return pd.concat(tables, ignore_index=True)


class Sifted(NamedTuple):
    """Training texts (id, text, label), and those whose label is too unsure, with the label."""

    sure: pd.DataFrame
    unsure: pd.DataFrame


def sift(said: pd.DataFrame, texts: pd.DataFrame, least: int | None) -> Sifted:
    """The train and unlabelled `texts` (id, text) with the labels of `said`, not of people.

    Those labelled with less confidence than `least` (None: any will do), or with none stated, are
    the unsure ones.
    """
    own = said[said["split"].isin(TO_TRAIN)][["id", "label", "confidence"]]
    joined = texts[["id", "text"]].merge(own, on="id", validate="one_to_one")
    sure = joined["confidence"] >= least if least else pd.Series(True, joined.index)
    return Sifted(
        joined.loc[sure, list(TEXTS)].reset_index(drop=True),
        joined.loc[~sure].reset_index(drop=True),
    )
