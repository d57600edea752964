"""The three forms of opinions, and the threshold analysis of a whole task."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stages.stats.people import items as instance
from stages.stats.resampling import Bootstrap

Crowd = Callable[..., pd.DataFrame]
BOOTSTRAP = Bootstrap(200, 0.95, 0)


def test_annotations_come_before_votes_and_brackets(crowd: Crowd) -> None:
    """The fullest form is used, and single annotators give no a_i."""
    tables = {
        "annotations": crowd("x:ab", "y:a", "z:aa"),
        "agreement": pd.DataFrame({"item": ["x"], "low": [1.0], "high": [1.0]}),
    }
    said = instance.opinions(tables, ["x", "y", "z"], "ab", BOOTSTRAP)
    assert said.facts["kind"] == "annotations" and said.table is not None
    assert said.share.to_dict() == {"x": 0.5, "z": 1.0} and instance.disputed(said) == 1


def test_votes_and_brackets_have_no_named_annotators() -> None:
    """Votes give a_i, brackets their lower end; neither tells of single annotators."""
    votes = pd.DataFrame({"item": ["x", "x"], "label": ["a", "b"], "count": [3, 1]})
    said = instance.opinions({"counts": votes}, ["x"], "ab", BOOTSTRAP)
    assert (said.facts["kind"], said.table) == ("votes", None) and said.share["x"] == 0.75
    brackets = pd.DataFrame({"item": ["x", "q"], "low": [0.5, 0.5], "high": [0.66, 0.66]})
    said = instance.opinions({"agreement": brackets}, ["x"], "ab", BOOTSTRAP)
    assert said.facts["kind"] == "brackets" and said.share.to_dict() == {"x": 0.5}


def test_no_opinions_at_all() -> None:
    """The reason stands in place of the numbers."""
    said = instance.opinions({}, ["x"], "ab", BOOTSTRAP)
    assert said.facts == {"kind": "none", "withheld": "no annotations"}


def test_sweeps_compare_every_source_with_real_under_the_same_model() -> None:
    """A steeper source has a positive difference of slopes; real has none."""
    rng = np.random.default_rng(0)
    share = rng.choice([0.5, 0.75, 1.0], 400)
    right = {
        ("probe", source): (rng.random(400) < 0.9 - slope * (1 - share)).astype(float)
        for source, slope in (("real", 0.0), ("zero_shot", 1.0))
    }
    found = instance.sweeps(share, right, np.arange(400) % 2, 20, BOOTSTRAP)
    assert found.facts["slopes"]["probe"]["zero_shot"]["difference"]["slope"]["low"] > 0
    assert found.facts["slopes"]["probe"]["zero_shot"]["difference"]["label_slope"]["low"] > 0
    assert "difference" not in found.facts["slopes"]["probe"]["real"]
    assert set(found.points["source"]) == {"real", "zero_shot"} and len(found.points) == 6


def test_sweeps_without_spread_or_agreement() -> None:
    """Nothing known, or all unanimous: withheld, with the reason."""
    right = {("probe", "real"): np.ones(50)}
    truth = np.arange(50) % 2
    unknown = instance.sweeps(np.full(50, np.nan), right, truth, 20, BOOTSTRAP)
    assert unknown.facts["withheld"] == "no test text has a known agreement"
    assert unknown.points.empty
    flat = instance.sweeps(np.ones(50), right, truth, 20, BOOTSTRAP)
    assert flat.facts["withheld"].startswith("too little spread for 3 thresholds with 20 texts")
    assert flat.facts["unanimous_items"] == 50
    assert flat.facts["slopes"]["probe"] == {"real": {}} and len(flat.points) == 1


def test_accuracy_against_aggregated_labels() -> None:
    """Where all annotators agree, the aggregated label is what they say."""
    pytest.importorskip("crowdkit")
    rows = [(f"i{i}", f"k{k}", "ab"[i % 2], False) for i in range(10) for k in range(3)]
    table = pd.DataFrame(rows, columns=["item", "annotator", "label", "double"])
    test = pd.DataFrame({"id": [f"i{i}" for i in range(12)], "label": list("ba" * 6)})
    said = np.array([list("ab" * 6)], dtype=object)
    found = instance.against_aggregated(table, test, {("probe", "real"): said}, "dawid_skene", 0)
    assert (found["items"], found["differs_from_label"]) == (10, 1.0)
    assert found["accuracy"] == {"probe": {"real": 1.0}}
