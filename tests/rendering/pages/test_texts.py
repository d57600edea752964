"""The tables on the sources' texts."""

import pandas as pd

from stages.rendering.content.facts import Copies, Sample
from stages.rendering.content.page import plain
from stages.rendering.pages import texts
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

MEASURES = pd.DataFrame(
    [
        ("topics", "real", "remote_clique", 0.5, 0.4, 0.6, None),
        ("topics", "real", "coverage", 0.5, 0.4, 0.6, None),
        ("topics", "real", "c2st", 0.5, 0.4, 0.6, 0.25),
    ],
    columns=["task", "source", "measure", "value", "low", "high", "p"],
)
ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "greatest_overlap": 0.9}


def test_texts_drawn_stand_beside_what_they_gave() -> None:
    """Tasks without measures are left out; what is not known is a dash; p where there is one."""
    run = toy.run(tables={"measures": MEASURES})
    diversity, similarity = texts.page(run).tables[:2]
    assert words(diversity) == [["topics", "real", "24", "0.50 [0.40, 0.60]", *["–"] * 5]]
    assert words(similarity)[0][3:] == ["–", "0.50 [0.40, 0.60]", "0.50 [0.40, 0.60], p 0.250"]


def test_copies_are_shown_for_every_task_and_source() -> None:
    """Per cent with the greatest overlap; a dash where a source holds only known texts.

    And how many near-copies of test texts were removed before, from real and synthetic texts.
    """
    analysis = toy.ANALYSIS.model_copy(
        update={"copies": Copies(overlap=0.5, sources={"real": {"test": ESTIMATE}})}
    )
    run = toy.run(
        toy.scores(("topics",), ("real", "zero_shot", "augmented")),
        analysed={"topics": analysis},
        origins={"topics": toy.origin(dropped={"near_copies_of_test": 3})},
    )
    found = words(texts.copies(run))
    assert found[0][2:] == ["50.0 [40.0, 60.0]", "0.90", "–", "–", "3"]
    assert found[1][2:] == [*["–"] * 4, "1"]
    assert found[2][2:] == ["–"] * 5


def test_every_measure_that_needs_it_is_defined_on_the_page() -> None:
    """Coverage, two-sample accuracy, and what refine has removed already."""
    notes = " ".join(
        plain(note) for note in (texts.SIMILARITY_NOTE, texts.EQUAL_SIZE, texts.COPIES_NOTE)
    )
    for said in ("Coverage: ", "1-NN two-sample accuracy: ", "refine.copies", "jackknife"):
        assert said in notes


def test_what_is_drawn_is_said_with_its_numbers() -> None:
    """Panels in a fixed order, the spread in a picture of its own; nothing where nothing is."""
    spread = pd.DataFrame([("topics", "real", 0.1, 0.2, 0.3, 0.4, 0.5)])
    spread.columns = pd.Index(["task", "source", "p5", "p25", "p50", "p75", "p95"])
    run = toy.run(tables={"measures": MEASURES[::-1], "closeness": spread})
    first, second = texts.pictures(run)
    assert list(first.series["panel"]) == [texts.DRAWN["remote_clique"], texts.DRAWN["coverage"]]
    assert "24 texts of each source" in first.figure.get_supxlabel()
    assert second.series["value"][0] == 0.3
    assert texts.pictures(toy.run()) == []


def test_sources_too_small_to_compare_are_named() -> None:
    """The reason, and its tasks."""
    small = toy.ANALYSIS.model_copy(update={"diversity": Sample(withheld="too few texts")})
    run = toy.run(analysed={"topics": small, "moods": small})
    assert texts.withheld(run) == ["Not compared (too few texts): topics, moods."]
