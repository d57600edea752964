"""May an LLM's label replace a person's?"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stages.stats.people import replacement
from stages.stats.resampling import Bootstrap

BOOTSTRAP = Bootstrap(200, 0.95, 0)


def table(answers: dict[str, str]) -> pd.DataFrame:
    """Annotations: item -> the labels that annotators a, b, c, ... gave it; a blank is none."""
    rows = [
        (item, who, label, False)
        for item, labels in answers.items()
        for who, label in zip("abcdefghij", labels, strict=False)
        if label != " "
    ]
    return pd.DataFrame(rows, columns=["item", "annotator", "label", "double"])


def crowd(
    right: list[float], llm: float, items: int, seed: int
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Annotators, and an LLM, that each give the true one of two labels with their probability."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=items)
    said = [np.where(rng.random(items) < p, truth, 1 - truth) for p in (*right, llm)]
    answers = {f"{i:04}": "".join("yn"[labels[i]] for labels in said[:-1]) for i in range(items)}
    return table(answers), {item: "yn"[said[-1][i]] for i, item in enumerate(answers)}


def test_the_llm_is_held_against_each_annotator_by_the_others() -> None:
    """By hand: on item 1 the LLM agrees with 1 of 2 others of each, on item 2 with all or none.

    1: a y, b y, c n, LLM y. Left out a: others y n, LLM 1, a 1. b the same. c: others y y, LLM 2,
    c 0. 2: a y, b y, LLM n: LLM 0, annotator 1, for both.
    """
    found = replacement.alternative(
        table({"1": "yyn", "2": "yy"}), {"1": "y", "2": "n"}, 0.1, BOOTSTRAP
    )
    assert found["items"] == 2 and found["annotators"] == 3
    assert found["advantage"]["value"] == pytest.approx(3 / 5)
    assert found["disputed"]["items"] == found["unanimous"]["items"] == 1
    assert found["disputed"]["value"] == 1 and found["unanimous"]["value"] == 0
    assert found["withheld"].startswith("0 annotators have 30") and "has is 2" in found["withheld"]


def test_p_values_are_those_of_scipy() -> None:
    """One t test per annotator against the margin, corrected after Benjamini and Yekutieli."""
    annotations, machine = crowd([0.8, 0.7, 0.75], 0.75, 40, 1)
    pairs = replacement._pairs(annotations, machine)
    ps = [
        stats.ttest_1samp(rows["loses"] - rows["wins"], 0.1, alternative="less").pvalue
        for _, rows in pairs.groupby("annotator")
    ]
    expected = stats.false_discovery_control(ps, method="by")
    assert replacement._corrected(pairs, 0.1) == pytest.approx(expected)


@pytest.mark.parametrize(("llm", "passed"), [(0.95, True), (0.6, False)])
def test_a_good_llm_passes_and_a_poor_one_does_not(llm: float, passed: bool) -> None:
    """Against five annotators who are right in four cases of five."""
    found = replacement.alternative(*crowd([0.8] * 5, llm, 300, 0), 0.1, BOOTSTRAP)
    assert found["tested"] == 5 and found["passed"] is passed


def test_an_llm_that_is_worse_by_the_margin_seldom_wins() -> None:
    """At the border of the hypothesis the false discovery rate holds: 400 simulated studies."""
    pairs = [replacement._pairs(*crowd([0.8] * 3, 0.7, 100, seed)) for seed in range(400)]
    lead = [(rows["loses"] - rows["wins"]).mean() for rows in pairs]
    margin = float(np.mean(lead))
    won = [(replacement._corrected(rows, margin) <= replacement.Q).any() for rows in pairs]
    assert np.mean(won) <= 0.06


def test_the_interval_of_the_advantage_covers() -> None:
    """95 % intervals over items, 200 studies of 80 items."""
    true = np.mean([_advantage(80, seed, 2)["value"] for seed in range(2_000, 2_400)])
    found = [_advantage(80, seed, 300) for seed in range(200)]
    assert 0.9 <= np.mean([block["low"] <= true <= block["high"] for block in found]) <= 0.99


def _advantage(items: int, seed: int, resamples: int) -> dict[str, float]:
    annotations, machine = crowd([0.8, 0.7, 0.9], 0.75, items, seed)
    bootstrap = Bootstrap(resamples, 0.95, seed)
    found: dict[str, float] = replacement.alternative(annotations, machine, 0.1, bootstrap)[
        "advantage"
    ]
    return found


def test_two_annotators_are_too_few_to_tell() -> None:
    """Of whom the LLM would have to beat one."""
    found = replacement.alternative(*crowd([0.8] * 2, 0.9, 60, 0), 0.1, BOOTSTRAP)
    assert found["tested"] == 2 and "passed" not in found and "needs 3" in found["withheld"]


def test_what_cannot_be_compared_is_said() -> None:
    """Labels of texts that nobody, or one person, labelled; annotators who agree throughout."""
    alone = replacement.alternative(table({"1": "y"}), {"1": "y", "9": "n"}, 0.1, BOOTSTRAP)
    assert "two annotators" in alone["withheld"]
    same = {f"{i}": "yyy" for i in range(40)}
    found = replacement.alternative(table(same), dict.fromkeys(same, "y"), 0.1, BOOTSTRAP)
    assert found["winning_rate"] == 1.0 and found["disputed"] == {"items": 0}
