"""Splits, caps and the pool: what is drawn, and what it does not depend on."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora import splits

SHARES = {"test": 0.2, "validation": 0.1}


def ids(tables: dict[str, pd.DataFrame]) -> dict[str, set[str]]:
    """The ids in each table."""
    return {name: set(table["id"]) for name, table in tables.items()}


def test_divide_keeps_the_shares_of_every_label(texts: pd.DataFrame) -> None:
    """Test and validation hold their share of each label, train the rest, and nothing is lost."""
    parts = splits.divide(splits.keyed(texts), SHARES, seed=0)
    counts = {name: part["label"].value_counts().to_dict() for name, part in parts.items()}
    assert counts == {
        "test": {"ham": 8, "spam": 4},
        "validation": {"ham": 4, "spam": 2},
        "train": {"ham": 28, "spam": 14},
    }
    assert sorted(pd.concat(parts.values())["id"]) == list(texts["id"])


def test_divide_does_not_depend_on_row_order_or_other_labels(texts: pd.DataFrame) -> None:
    """Shuffled rows give the same splits, and spam's are the same without any ham."""
    parts = ids(splits.divide(splits.keyed(texts), SHARES, seed=3))
    shuffled = splits.keyed(texts.sample(frac=1, random_state=1))
    assert ids(splits.divide(shuffled, SHARES, seed=3)) == parts
    spam = texts[texts["label"] == "spam"]
    alone = ids(splits.divide(splits.keyed(spam), SHARES, seed=3))
    assert alone == {name: part & set(spam["id"]) for name, part in parts.items()}


def test_draws_differ_between_seeds_and_purposes(texts: pd.DataFrame) -> None:
    """Another seed draws other texts, and a cap is not the texts that a split would take first."""
    keyed = splits.keyed(texts)
    first, other = (ids(splits.divide(keyed, SHARES, seed))["test"] for seed in (0, 1))
    assert first != other
    assert set(splits.cap(keyed, 4, 0)["id"]) != set(splits.divide(keyed, {"x": 0.1}, 0)["x"]["id"])


def test_divide_is_fair() -> None:
    """Over many seeds a text is in test about as often as the share says."""
    texts = pd.DataFrame({"id": list("abcdefghij"), "text": list("abcdefghij"), "label": "x"})
    keyed = splits.keyed(texts)
    times = pd.Series(0, index=texts["id"])
    for seed in range(200):
        times[list(splits.divide(keyed, {"test": 0.3}, seed)["test"]["id"])] += 1
    assert times.sum() == 600
    assert np.abs(times - 60).max() < 26  # 4 standard deviations


def test_equal_texts_never_straddle_a_split(texts: pd.DataFrame) -> None:
    """Copies with other letter case, white space or label share a split with the original."""
    copies = texts.assign(id="c" + texts["id"], text=" " + texts["text"].str.upper() + "\n")
    copies.loc[::7, "label"] = "ham"
    keyed = splits.keyed(pd.concat([texts, copies]))
    parts = splits.divide(keyed, SHARES, seed=0)
    for one, another in combinations(parts.values(), 2):
        assert not set(one["key"]) & set(another["key"])
    assert sum(map(len, parts.values())) == 120


def test_copies_take_no_split_from_another() -> None:
    """However the copies fall, every split has its share of the different texts."""
    texts = pd.DataFrame(
        {
            "id": [f"{n:02}" for n in range(20)],
            "text": ["same"] * 6 + [f"t{n}" for n in range(14)],
            "label": "x",
        }
    )
    keyed = splits.keyed(texts)
    for seed in range(50):
        parts = splits.divide(keyed, SHARES, seed)
        different = {name: part["key"].nunique() for name, part in parts.items()}
        assert different == {"test": 3, "validation": 2, "train": 10}


def test_near_copies_of_test_texts_leave_the_other_splits() -> None:
    """From the threshold on, in both of them; equal or different labels alike; counted."""
    long = "one two three four five six seven eight nine ten eleven twelve"
    train = [f"{long} thirteen", "something else altogether", long.replace("six", "6")]
    given = {
        "train": pd.DataFrame({"id": list("abc"), "text": train, "label": list("xyx")}),
        "validation": pd.DataFrame({"id": ["d"], "text": [long + "!"], "label": "y"}),
        "test": pd.DataFrame({"id": ["t"], "text": [long], "label": "x"}),
    }
    kept, lost = splits.without_copies(given, 0.8)
    assert ids(kept) == {"train": {"b", "c"}, "validation": set(), "test": {"t"}}
    assert lost == {"train": 1, "validation": 1}
    looser, lost = splits.without_copies(given, 0.5)
    assert ids(looser)["train"] == {"b"} and lost == {"train": 2, "validation": 1}
    assert splits.without_copies(given, None) == (given, {})


def test_separate_prefers_test_then_validation() -> None:
    """A text of several splits stays in the last of train, validation, test; losses are counted."""
    named = {
        "train": ["a", "b", "c", "d"],
        "validation": ["B ", "c", "e"],
        "test": ["c", "d"],
    }
    given = {
        name: splits.keyed(pd.DataFrame({"id": texts, "text": texts, "label": "x"}))
        for name, texts in named.items()
    }
    kept, lost = splits.separate(given)
    assert ids(kept) == {"train": {"a"}, "validation": {"B ", "e"}, "test": {"c", "d"}}
    assert lost == {"validation": 1, "train": 3}


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        (["train"], {"test": "train", "validation": "train"}),
        (["train", "test"], {"validation": "train"}),
        (["train", "validation"], {"test": "train"}),
        (["validation", "test"], {"train": "validation", "validation": "validation"}),
        (["train", "validation", "test"], {}),
    ],
)
def test_complete_draws_what_is_missing(
    texts: pd.DataFrame, given: list[str], drawn: dict[str, str]
) -> None:
    """Whatever splits are given, there are three in the end, with all texts, each once."""
    tables = {name: splits.keyed(texts.iloc[n :: len(given)]) for n, name in enumerate(given)}
    full, found = splits.complete(tables, 0.1, 0.2, seed=0)
    assert found == drawn
    assert sorted(full) == ["test", "train", "validation"]
    assert sorted(pd.concat(full.values())["id"]) == list(texts["id"])
    assert all(full[name] is tables[name] for name in {"test", "validation"} - set(drawn))


def test_complete_needs_something_to_draw_from(texts: pd.DataFrame) -> None:
    """A test split alone is not enough."""
    with pytest.raises(UserError, match=r"expected a train split .* found \['test'\]; add one"):
        splits.complete({"test": splits.keyed(texts)}, 0.1, 0.2, seed=0)


def test_caps_are_nested(texts: pd.DataFrame) -> None:
    """A smaller cap keeps a subset of a larger one's texts, as many of each label as it says."""
    keyed = splits.keyed(texts)
    small, large = splits.cap(keyed, 5, seed=0), splits.cap(keyed, 30, seed=0)
    assert small["label"].value_counts().to_dict() == {"ham": 5, "spam": 5}
    assert large["label"].value_counts().to_dict() == {"ham": 30, "spam": 20}
    assert set(small["id"]) < set(large["id"])
    assert splits.cap(keyed, None, seed=0) is keyed


def test_pool_is_a_share_of_train_without_copies(texts: pd.DataFrame) -> None:
    """The pool has its share, or the least number, of each label; no text twice."""
    copies = texts.assign(id="c" + texts["id"])
    train = splits.keyed(pd.concat([texts, copies]))
    pool = splits.pool(train, 0.1, 6, seed=0)
    assert pool["label"].value_counts().to_dict() == {"ham": 8, "spam": 6}
    assert pool["key"].is_unique
    assert set(pool["id"]) <= set(train["id"])


def test_pool_of_a_tiny_train_split_is_all_of_it(texts: pd.DataFrame) -> None:
    """A label with fewer texts than the least number gives them all."""
    assert len(splits.pool(splits.keyed(texts.head(4)), 0.1, 5, seed=0)) == 4


def test_check_names_the_label_that_is_too_rare(texts: pd.DataFrame) -> None:
    """Train needs two texts of a label; the message says which label, where and how many."""
    parts = dict.fromkeys(("train", "validation", "test"), texts)
    splits.check(parts, ["ham", "spam"], "mail")
    few = texts[texts["label"] == "spam"].head(1)
    with pytest.raises(UserError, match=r"mail: expected 2 or more .* 'spam' in train, found 1"):
        splits.check({**parts, "train": few}, ["spam"], "mail")
    phish = texts.assign(label="phish")
    with pytest.raises(UserError, match=r"expected 1 or more .* 'phish' in test, found 0"):
        splits.check({"train": phish, "validation": phish, "test": texts}, ["phish"], "mail")
