"""Annotators' bias by hand and in simulation; alternative gold on planted guessers."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from stages.stats.people import agreement, annotators

Crowd = Callable[..., pd.DataFrame]


def planted(items: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Two reliable annotators (95 %) among three who toss a coin, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(["a", "b"], size=items)
    rows = []
    for number, right in enumerate((0.95, 0.95, 0.5, 0.5, 0.5)):
        for item in range(items):
            other = "b" if truth[item] == "a" else "a"
            label = truth[item] if rng.random() < right else other
            rows.append((f"i{item:03}", f"k{number}", label, False))
    table = pd.DataFrame(rows, columns=["item", "annotator", "label", "double"])
    return table, pd.Series(truth, [f"i{item:03}" for item in range(items)])


def test_bias_by_hand(crowd: Crowd) -> None:
    """k0 says a on all twelve items, of which the two others say a on half: bias 0.5."""
    words = [f"i{n:02}:a{'aa' if n % 2 else 'bb'}" for n in range(12)]
    found = annotators.bias(agreement.clean(crowd(*words), *_known(words)).table, "ab", 0.95)
    row = found[(found["annotator"] == "k0") & (found["label"] == "a")].iloc[0]
    assert row["bias"] == pytest.approx(0.5) and row["agreement"] == pytest.approx(0.5)
    assert row["items"] == 12 and row["low"] < 0.5 < row["high"]


def _known(words: list[str]) -> tuple[list[str], str]:
    return [word.split(":")[0] for word in words], "ab"


def test_bias_of_fair_annotators_is_rarely_called() -> None:
    """With no bias at all, an annotator is called biased in about 5 % of the sets of annotators."""
    rng = np.random.default_rng(0)
    called = []
    for _ in range(100):
        rows = [
            (f"i{i}", f"k{k}", label, False)
            for k in range(4)
            for i, label in enumerate(rng.choice(["a", "b"], size=40))
        ]
        table = pd.DataFrame(rows, columns=["item", "annotator", "label", "double"])
        found = annotators.bias_summary(annotators.bias(table, "ab", 0.95))
        called.append(found["biased_annotators"] > 0)
    assert np.mean(called) <= 0.12


def test_biased_annotator_is_found() -> None:
    """An annotator who says a too often is called biased, the only one of five."""
    table, _ = planted(200, seed=1)
    rng = np.random.default_rng(2)
    hit = (table["annotator"] == "k2") & (rng.random(len(table)) < 0.8)
    found = annotators.bias(table.assign(label=table["label"].where(~hit, "a")), "ab", 0.95)
    biased = found[(found["low"] > 0) & (found["label"] == "a")]
    assert list(biased["annotator"]) == ["k2"]
    assert annotators.bias_summary(found)["greatest_bias"] > 0.3


def test_too_few_items_give_no_row(crowd: Crowd) -> None:
    """An annotator's bias on two items is noise."""
    table = agreement.clean(crowd("x:ab", "y:ab"), ["x", "y"], "ab").table
    assert annotators.bias_summary(annotators.bias(table, "ab", 0.95)) == {"annotators": 0}


@pytest.mark.parametrize("method", ["dawid_skene", "mace"])
def test_reliable_annotators_outweigh_a_majority(method: Literal["dawid_skene", "mace"]) -> None:
    """Two reliable annotators among three guessers: the aggregated label beats the majority."""
    pytest.importorskip("crowdkit")
    table, truth = planted(150, seed=3)
    counts = pd.crosstab(table["item"], table["label"])
    majority = (counts.idxmax(axis=1) == truth).mean()
    found = annotators.aggregated(table, method, seed=0)
    assert (found == truth).mean() > max(majority, 0.93)
