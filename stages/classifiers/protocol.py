"""What every classifier can do, whatever it is made of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Features = NDArray[Any]  # texts, (n,) of objects; or embeddings, (n, dimensions)
Labels = NDArray[np.object_]  # (n,) of strings
Probabilities = NDArray[np.float32]  # (n, labels of the card), columns in the card's order

DECIMALS = 6  # of a stored probability


class CurveRow(NamedTuple):
    """One evaluation during training; the fields are `records.CURVE`."""

    seed: int
    step: int
    train_loss: float  # mean cross-entropy over the steps since the row before
    validation_loss: float
    validation_macro_f1: float


class Classifier(Protocol):
    """Fitted once on texts or on embeddings, then asked for probabilities.

    `curve` is empty for a model that is not trained in steps.
    """

    curve: list[CurveRow]

    def fit(
        self,
        features: Features,
        labels: Labels,
        validation_features: Features,
        validation_labels: Labels,
        seed: int,
    ) -> None: ...

    def predict_proba(self, features: Features) -> Probabilities: ...


@runtime_checkable
class Saveable(Protocol):
    """A classifier that can be kept in a folder."""

    def save(self, folder: Path) -> None: ...


def in_card_order(
    probabilities: NDArray[Any], known: Sequence[str], labels: Sequence[str]
) -> Probabilities:
    """Columns for all of the card's `labels` from columns for the `known` ones; 0 elsewhere.

    Rounded to `DECIMALS`: what differs between processors is far below, so that all store the same
    bits, and ties are ties everywhere.

    >>> in_card_order(np.array([[0.25, 0.75]]), ["c", "a"], ["a", "b", "c"])
    array([[0.75, 0.  , 0.25]], dtype=float32)
    """
    whole = np.zeros((len(probabilities), len(labels)), np.float32)
    whole[:, [list(labels).index(label) for label in known]] = np.round(probabilities, DECIMALS)
    return whole
