"""Predictions are joined with the test texts by id, or refused in one line."""

import numpy as np
import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.stats.scoring import predicted

LABELS = ("no", "yes")
IDS = pd.Series(["a", "b", "c"])


def table(*rows: tuple[str, int, str]) -> pd.DataFrame:
    """Predictions from (id, seed, label)."""
    frame = pd.DataFrame(rows, columns=["id", "seed", "label"])
    yes = (frame["label"] == "yes") * 0.5 + frame["id"].map({"a": 0.1, "b": 0.2, "c": 0.3})
    return frame.assign(size=frame["seed"] + 10, p_yes=yes, p_no=1 - yes)


def test_rows_come_in_the_order_of_the_test_texts() -> None:
    """Whatever the order of rows and seeds, each seed is one row of codes by test id."""
    rows = table(
        *[("c", 7, "yes"), ("a", 7, "no"), ("b", 7, "yes")],
        *[("b", 0, "no"), ("a", 0, "yes"), ("c", 0, "no")],
    )
    found = predicted.aligned(rows, IDS, LABELS, "table")
    assert found.seeds == (0, 7)
    assert found.sizes == (10, 17)
    assert found.labels.tolist() == [[1, 0, 0], [0, 1, 1]]
    yes = np.array([[0.6, 0.2, 0.3], [0.1, 0.7, 0.8]])
    assert found.probabilities == pytest.approx(np.stack([1 - yes, yes], axis=-1))


def test_predictions_without_probabilities_are_refused() -> None:
    """Of every label of the card."""
    rows = table(*[(i, 0, "no") for i in "abc"]).drop(columns="p_no")
    with pytest.raises(UserError, match=r"here: expected columns \['p_no'\]"):
        predicted.aligned(rows, IDS, LABELS, "here")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (table(("a", 0, "no"), ("b", 0, "no")), "2: 1 missing ['c'], 0 of other texts [], 0 rep"),
        (
            table(("a", 0, "no"), ("b", 0, "no"), ("z", 0, "no")),
            "found 3: 1 missing ['c'], 1 of other texts ['z'], 0 repeated",
        ),
        (
            table(*[(i, 0, "no") for i in "abcc"]),
            "seed 0: expected one prediction for each of 3 test texts, found 4: 0 missing []",
        ),
        (table(*[(i, 0, "maybe") for i in "abc"]), "labels ['maybe'] are not the card's"),
        (table(), "expected predictions, found none"),
    ],
    ids=["missing", "unknown", "repeated", "label", "empty"],
)
def test_predictions_that_do_not_match_are_refused(rows: pd.DataFrame, message: str) -> None:
    """One line says where, how many and which."""
    with pytest.raises(UserError) as caught:
        predicted.aligned(rows, IDS, LABELS, "here.parquet")
    assert str(caught.value).startswith("here.parquet")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("ids", "labels", "message"),
    [
        ([], [], "expected at least two test texts, found 0"),
        (["a"], ["no"], "expected at least two test texts, found 1"),
        (["a", "a"], ["no", "no"], "expected each id once, found 'a' twice"),
        (["a", "b"], ["perhaps", "no"], "labels ['perhaps'] are not the card's ['no', 'yes']"),
    ],
)
def test_a_test_set_that_cannot_be_scored_is_refused(
    ids: list[str], labels: list[str], message: str
) -> None:
    """Hardly any texts, an id twice and an unknown label are named."""
    with pytest.raises(UserError) as caught:
        predicted.truth(pd.DataFrame({"id": ids, "label": labels}), LABELS, "test.parquet")
    assert message in str(caught.value)
