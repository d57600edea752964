"""Agreement against published values, the krippendorff package, hand counts and bad input."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.stats.people import agreement
from stages.stats.resampling import Bootstrap

Crowd = Callable[..., pd.DataFrame]
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers,
# twelve units, missing answers; nominal alpha 0.743.
EXAMPLE_C = [
    "123321412...",
    "1233224125.3",
    ".3332342251.",
    "12332441251.",
]


def published(crowd: Crowd) -> pd.DataFrame:
    """Example C as annotations."""
    columns = ["".join(row[unit] for row in EXAMPLE_C) for unit in range(12)]
    return crowd(*(f"u{unit:02}:{answers}" for unit, answers in enumerate(columns)))


def ratings_of(table: pd.DataFrame, labels: str) -> agreement.Ratings:
    """Ratings of annotations that are all of known items."""
    return agreement.rate(agreement.clean(table, table["item"], labels).table, labels)


def simulated(seed: int, items: int, annotators: int, labels: int) -> agreement.Ratings:
    """Annotators who say the item's true label in 70 of 100 cases, and any label else."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(labels, size=(items, 1))
    drawn = rng.integers(labels, size=(items, annotators))
    answers = np.where(rng.random((items, annotators)) < 0.7, truth, drawn)
    counts = (answers[:, :, None] == np.arange(labels)).sum(axis=1)
    people = np.full(items, annotators)
    return agreement.Ratings(pd.RangeIndex(items), people, counts.max(axis=1) / annotators, counts)


def test_alpha_of_krippendorffs_example(crowd: Crowd) -> None:
    """The published nominal alpha, by the package and by our sums over items."""
    counts = ratings_of(published(crowd), "12345").counts
    assert agreement.alpha(counts) == pytest.approx(0.743, abs=5e-4)
    ours = agreement.alphas(counts, np.ones((1, len(counts)), dtype=np.int64))
    assert ours[0] == pytest.approx(agreement.alpha(counts), abs=1e-12)


def test_alpha_of_each_resample_is_the_packages() -> None:
    """Our sums equal the krippendorff package on every resample to 1e-12."""
    found = agreement.patterns(simulated(1, 400, 5, 4))
    weights = agreement.resample(found, Bootstrap(50, 0.95, 2))
    assert (weights.sum(axis=1) == 400).all()
    expected = [agreement.alpha(np.repeat(found.counts, row, axis=0)) for row in weights]
    assert agreement.alphas(found.counts, weights).tolist() == pytest.approx(expected, abs=1e-12)


def test_resamples_of_patterns_are_resamples_of_items() -> None:
    """The interval from patterns is that of items drawn one by one, up to chance."""
    ratings = simulated(3, 200, 3, 2)
    rng = np.random.default_rng(4)
    rows = [agreement.alpha(ratings.counts[rng.integers(200, size=200)]) for _ in range(2000)]
    found = agreement.summary(ratings, Bootstrap(2000, 0.95, 5))["alpha"]
    assert found["low"] == pytest.approx(np.quantile(np.array(rows, dtype=float), 0.025), abs=0.015)
    assert found["high"] == pytest.approx(
        np.quantile(np.array(rows, dtype=float), 0.975), abs=0.015
    )


def test_interval_covers_the_true_alpha() -> None:
    """About 95 % of the 95 % intervals hold alpha of a very large sample of the same kind."""
    truth = agreement.alpha(simulated(0, 100_000, 4, 3).counts)
    assert truth is not None
    inside = []
    for seed in range(1, 121):
        found = agreement.summary(simulated(seed, 150, 4, 3), Bootstrap(300, 0.95, seed))["alpha"]
        inside.append(found["low"] <= truth <= found["high"])
    assert 0.88 <= np.mean(inside) <= 0.99


def test_random_labels_have_no_alpha() -> None:
    """Answers by dice: alpha is 0 on average, and about 95 % of its intervals hold 0."""
    values, inside = [], []
    for seed in range(60):
        counts = np.random.default_rng(seed).multinomial(5, [0.5, 0.3, 0.2], size=300)
        share = counts.max(axis=1) / 5
        ratings = agreement.Ratings(pd.RangeIndex(300), np.full(300, 5), share, counts)
        found = agreement.summary(ratings, Bootstrap(200, 0.95, 1000 + seed))["alpha"]
        values.append(found["value"])
        inside.append(found["low"] < 0 < found["high"])
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
    assert np.mean(inside) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)


def test_modal_share_and_entropy_by_hand(crowd: Crowd) -> None:
    """Three of four say a: a_i is 0.75 and the entropy 0.811 bits."""
    ratings = ratings_of(crowd("x:aaab", "y:aa..", "z:ab.."), "ab")
    assert ratings.share.tolist() == [0.75, 1.0, 0.5]
    assert ratings.annotators.tolist() == [4, 2, 2]
    np.testing.assert_allclose(agreement.entropy(ratings.counts), [0.811278, 0.0, 1.0], atol=1e-6)


def test_item_with_one_annotator_is_counted_and_left_out(crowd: Crowd) -> None:
    """It would count as perfect agreement."""
    found = agreement.summary(
        ratings_of(crowd("x:a", "y:ab", "z:aa"), "ab"), Bootstrap(50, 0.95, 0)
    )
    assert (found["items"], found["single_annotator_items"]) == (2, 1)
    assert found["mean_a"]["value"] == 0.75


def test_nothing_but_single_annotators(crowd: Crowd) -> None:
    """Agreement is withheld with the reason."""
    found = agreement.summary(ratings_of(crowd("x:a", "y:b"), "ab"), Bootstrap(50, 0.95, 0))
    assert found["withheld"] == "no item has two annotators" and "alpha" not in found


def test_unanimous_items_have_no_interval(crowd: Crowd) -> None:
    """Resamples of unanimous items cannot differ, which is no certainty, and is said."""
    found = agreement.summary(ratings_of(crowd("x:aa", "y:bb"), "ab"), Bootstrap(50, 0.95, 0))
    assert found["alpha"] == {"value": 1.0} and found["mean_a"] == {"value": 1.0}
    assert found["intervals_withheld"].startswith("all items are unanimous")


def test_one_label_only_has_no_alpha(crowd: Crowd) -> None:
    """Without variation alpha is not defined."""
    found = agreement.summary(ratings_of(crowd("x:aa", "y:aa"), "ab"), Bootstrap(50, 0.95, 0))
    assert found["alpha_withheld"] == "all answers have the same label" and "alpha" not in found


def test_annotator_who_labels_an_item_twice(crowd: Crowd) -> None:
    """The same label again is set aside; several labels count for a_i and not for alpha."""
    table = pd.concat([crowd("x:aab", "y:bbb"), crowd("x:ab.")], ignore_index=True)
    cleaned = agreement.clean(table, ["x", "y"], "ab")
    assert (cleaned.repeats, cleaned.doubles) == (1, 1)
    ratings = agreement.rate(cleaned.table, "ab")
    assert ratings.share.tolist() == [2 / 3, 1.0] and ratings.annotators.tolist() == [3, 3]
    assert ratings.counts.tolist() == [[1, 1], [0, 3]]


def test_label_outside_the_card(crowd: Crowd) -> None:
    """The line names the label and the card's."""
    with pytest.raises(UserError, match=r"annotations: labels \['c'\] are not the card's"):
        agreement.clean(crowd("x:abc"), ["x"], "ab")


def test_annotations_of_unknown_items_are_set_aside(crowd: Crowd) -> None:
    """They are counted; when no item is known the ids do not fit, which is an error."""
    assert agreement.clean(crowd("x:ab", "q:aa"), ["x"], "ab").unknown == 2
    with pytest.raises(UserError, match="no annotation is of an item that the real texts have"):
        agreement.clean(crowd("x:ab"), ["other"], "ab")


def test_votes_without_identity() -> None:
    """Counts give a_i and alpha; items without a vote and unknown ones are set aside."""
    votes = pd.DataFrame(
        {"item": ["x", "x", "y", "y", "q"], "label": ["a", "b", "a", "b", "a"]}
    ).assign(count=[3, 1, 0, 0, 2])
    ratings, unknown = agreement.rate_counts(votes, ["x", "y"], "ab")
    assert list(ratings.items) == ["x"] and ratings.share.tolist() == [0.75] and unknown == 1
    with pytest.raises(UserError, match="counts: expected whole numbers from 0"):
        agreement.rate_counts(votes.assign(count=-1), ["x"], "ab")


def test_brackets_bound_the_mean_and_have_no_alpha() -> None:
    """Only bounds are known of a_i, and nothing of the answers."""
    table = pd.DataFrame({"item": ["x", "y"], "low": [0.5, 1.0], "high": [0.66, 1.0]})
    found = agreement.bracket_summary(table)
    assert (
        found["mean_a"] == pytest.approx({"low": 0.75, "high": 0.83}) and "alpha_withheld" in found
    )
    with pytest.raises(UserError, match="expected 0 <= low <= high"):
        agreement.bracket_summary(table.assign(low=0.9))
    with pytest.raises(UserError, match="not per cent"):
        agreement.bracket_summary(table.assign(high=66.0))
