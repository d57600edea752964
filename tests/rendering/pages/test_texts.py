"""The tables on the sources' texts."""

from typing import Any

import numpy as np
import pandas as pd

from stages.rendering.pages import texts as sources
from tests.rendering.pages.test_people import words

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6}
WITHHELD = {"withheld": "too few texts"}
COPIED = {"test": ESTIMATE | {"greatest_overlap": 0.9}}
ANALYSED: dict[str, dict[str, Any]] = {
    "topics": {
        "agreement": {"kind": "none"},
        "diversity": {"texts": 24, "real": {"remote_clique": ESTIMATE}},
        "similarity": {"texts": 24, "reference_texts": 60, "real": {"coverage": ESTIMATE}},
        "copies": {"real": COPIED},
    },
    "moods": {
        "agreement": {"kind": "annotations", "by": "LLM panel"},
        "diversity": WITHHELD,
        "similarity": WITHHELD,
        "copies": {"real": {}},
    },
}


def averages() -> pd.DataFrame:
    """Mean gaps of a strategy; real has none."""
    rows = [
        ("m", s, "accuracy", g, g - 0.05, g + 0.05) for s, g in (("real", np.nan), ("mini", -0.1))
    ]
    return pd.DataFrame(rows, columns=["model", "source", "metric", "gap", "gap_low", "gap_high"])


def test_texts_drawn_stand_beside_what_they_gave() -> None:
    """Tasks without diversity are left out there; copies are shown for all."""
    diversity, similarity, copies = sources.texts(ANALYSED, ["real"])
    assert words(diversity)[0][:4] == ["topics", "real", "24", "0.50 [0.40, 0.60]"]
    assert words(similarity)[0][2:5] == ["24", "-", "0.50 [0.40, 0.60]"]
    said = "50.0 [40.0, 60.0], greatest overlap 0.90"
    assert [row[2:] for row in words(copies)] == [[said, "-"], ["-", "-"]]


def test_two_sample_share_has_its_p_value() -> None:
    """Beside its interval; both of the measures that need one are defined on the page."""
    close = {"texts": 24, "real": {"told_apart": ESTIMATE | {"p": 0.25}}}
    facts = {"topics": ANALYSED["topics"] | {"similarity": close}}
    assert words(sources.texts(facts, ["real"])[1])[0][-1] == "0.50 [0.40, 0.60], p 0.250"
    page = " ".join(sources.TEXTS_NOTES)
    assert "Coverage: " in page and "Told apart by 1-NN: " in page and "refine.copies" in page


def test_numbers_of_texts_in_words() -> None:
    """For the notes below figures, from the tasks that were compared."""
    assert sources.drawn(ANALYSED).startswith("24 texts of each source")
    assert sources.measured(ANALYSED) == "60 real test texts"


def test_data_sets_say_where_they_are_from() -> None:
    """An origin is named without its place; a panel of annotators is called a proxy."""
    splits = ("train", "validation", "test", "pool")
    rows: dict[str, dict[str, int]] = {split: {"a": 3, "b": 2} for split in splits}
    origin = {"rows": rows, "origin": "../far/mirror", "licence": "MIT"}
    sizes = {task: {"real": 5} for task in ANALYSED}
    found = words(sources.datasets(dict.fromkeys(ANALYSED, origin), ANALYSED, sizes))
    head = ["topics", "2", "5 / 5 / 5 / 5", "real 5"]
    assert found[0] == [*head, "none", "mirror", "MIT"]
    assert found[1][4] == "LLM panel: a proxy for people"


def test_generators_stand_below_the_real_texts() -> None:
    """Gaps in points with intervals, what was measured of the texts, dashes where nothing is."""
    measured = {"real": {"coverage": ESTIMATE}, "mini": {"remote_clique": ESTIMATE}}
    found = sources.generators({"mini": ("gpt-4o-mini", 7)}, averages(), measured)
    assert [column.name for column in found.columns][3] == "m: mean gap in accuracy"
    estimate = "0.500 [0.400, 0.600]"
    assert words(found) == [
        ["(real texts)", "real", "-", "-", "-", "-", estimate],
        ["gpt-4o-mini", "mini", "7", "−10.0 [−15.0, −5.0]", estimate, "-", "-"],
    ]


def test_one_generator_or_none_is_no_comparison() -> None:
    """The note says so, and how to have a second one."""
    assert sources.generator_note(2).startswith("Means over tasks")
    assert sources.generator_note(1).startswith("One generator has run, so there is nothing")
    assert sources.generator_note(0).startswith("No generator has run")
