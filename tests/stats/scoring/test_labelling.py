"""How far an LLM's labels are people's, and how many labels it takes to know."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stages.stats.scoring import comparison, estimates, labelling, metrics
from stages.stats.scoring.predicted import Predicted

LEVEL = 0.95
LABELS = ("ham", "spam")


def test_shares_have_wilson_s_interval() -> None:
    """Newcombe (1998), table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 is 0 to 0.1611."""
    found = labelling.share(np.arange(263) < 81, LEVEL)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    none = labelling.share(np.zeros(20, dtype=bool), LEVEL)
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)


def test_agreement_within_groups() -> None:
    """By people's label, by the LLM's, and by confidence; empty groups are left out."""
    said = pd.DataFrame(
        [("ham", "ham", 3), ("ham", "spam", 2), ("spam", "spam", None), ("ham", "ham", 3)],
        columns=["label", "truth", "confidence"],
    )
    found = labelling.agreement(said, LABELS, LEVEL, 0.9)
    assert found.overall.share == 0.75
    assert {k: (v.n, v.share) for k, v in found.of_people.items()} == {
        "ham": (2, 1.0),
        "spam": (2, 0.5),
    }
    assert found.of_llm["ham"].n == 3
    assert {k: (v.n, v.share) for k, v in found.of_confidence.items()} == {
        "3": (2, 1.0),
        "2": (1, 0.0),
        "not stated": (1, 1.0),
    }


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.81, 0.97, 1.0])
def test_labels_for_width_is_the_smallest_number(share: float) -> None:
    """One label fewer, and Wilson's interval reaches further than asked."""
    reach = estimates.quantile(np.inf, LEVEL)

    def half(count: int) -> float:
        low, high = estimates.wilson(share, count, reach)
        return (high - low) / 2

    found = labelling.labels_for_width(share, LEVEL)
    assert half(found) <= labelling.HALF_WIDTH < half(found - 1)


@pytest.mark.parametrize(
    ("share", "threshold"), [(0.3, 0.9), (0.8, 0.9), (0.87, 0.9), (0.97, 0.9), (0.6, 0.5)]
)
def test_labels_to_tell_is_the_smallest_number(share: float, threshold: float) -> None:
    """The exact test finds the side in 8 of 10 samples with so many, with fewer it does not."""

    def power(count: int) -> float:
        agreements, null = np.arange(count + 1), stats.binom(count, threshold)
        p = null.cdf(agreements) if share < threshold else null.sf(agreements - 1)
        return float(stats.binom.pmf(agreements, count, share)[p <= 1 - LEVEL].sum())

    found = labelling.labels_to_tell(share, threshold, LEVEL)
    assert found is not None and power(found) >= labelling.POWER
    tried = range(max(1, found - 12), found)
    assert all(power(count) < labelling.POWER for count in tried)


@pytest.mark.parametrize(("share", "threshold"), [(0.9, 0.9), (0.899, 0.9)])
def test_what_lies_at_the_threshold_cannot_be_told(share: float, threshold: float) -> None:
    """Not with ten thousand labels."""
    assert labelling.labels_to_tell(share, threshold, LEVEL) is None


def test_perfect_agreement_is_told_by_few() -> None:
    """0.9 to the 29th is the first power below 0.05."""
    assert labelling.labels_to_tell(1.0, 0.9, LEVEL) == 29


def test_the_llm_is_scored_like_a_model_of_one_run() -> None:
    """On the texts that it labelled, and paired with each source on these."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    places = np.sort(rng.permutation(200)[:80])
    said = np.where(rng.random(80) < 0.9, truth[places], 1 - truth[places])
    runs = np.where(rng.random((5, 200)) < 0.7, truth, 1 - truth)
    model = Predicted((0, 1, 2, 3, 4), (9,) * 5, runs, np.eye(2, dtype=np.float32)[runs])
    found = labelling.prompted(places, said, truth, {"probe": {"real": model}}, LABELS, LEVEL)
    own = Predicted((0,), (0,), said[None], np.eye(2, dtype=np.float32)[said][None])
    values = metrics.values(truth[places], own)
    assert found.scores["macro_f1"] == comparison.scored(values, LEVEL)["macro_f1"]
    assert set(found.scores) == {"accuracy", "macro_f1"} and found.scores["accuracy"].sd is None
    gap = found.gaps["probe"]["real"]["accuracy"]
    expected = (said == truth[places]).mean() - (runs == truth)[:, places].mean()
    assert gap.difference == pytest.approx(expected)
    assert gap.noise == "test texts, training runs" and gap.low < expected < gap.high


def test_labels_without_a_test_text_have_no_part_in_macro_f1() -> None:
    """Score and interval are those on a card without them; naming one is an error all the same."""
    rng = np.random.default_rng(1)
    truth, places = rng.integers(0, 2, 60), np.arange(60)
    said = np.where(rng.random(60) < 0.8, truth, 1 - truth)
    two = labelling.prompted(places, said, truth, {}, LABELS, LEVEL)
    three = labelling.prompted(places, said, truth, {}, (*LABELS, "rare"), LEVEL)
    for end in ("mean", "low", "high"):
        assert getattr(three.scores["macro_f1"], end) == pytest.approx(
            getattr(two.scores["macro_f1"], end)
        )
    worse = labelling.prompted(places, np.full(60, 2), truth, {}, (*LABELS, "rare"), LEVEL)
    assert worse.scores["macro_f1"].mean == 0


def test_too_few_test_texts_are_only_counted() -> None:
    """A number of texts and no score."""
    few = np.arange(29)
    found = labelling.prompted(few, few % 2, np.zeros(50, dtype=np.int64), {}, LABELS, LEVEL)
    expected = {"n": 29, "texts": {"ham": 29, "spam": 0}, "scores": {}, "gaps": {}}
    assert found.model_dump() == expected
