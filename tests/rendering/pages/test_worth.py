"""The page of worth in real labels."""

from typing import Any

import pytest

from stages.rendering.content.page import Page
from stages.rendering.content.worth import Worth
from stages.rendering.pages import worth
from tests.rendering.pages import toy

LEVELS = {"tests": 60, "level": 0.95}


def found(**changes: Any) -> Worth:
    """A curve from 10 to 500 texts, and a source between."""
    return Worth.model_validate(toy.worth(**changes))


def page(known: Worth) -> Page:
    return worth.page(toy.run(worths=dict.fromkeys(toy.TASKS, known)))


def test_tables_of_worth() -> None:
    """Both metrics, each as texts come and with corrected shares, two readings, labels saved."""
    tables = {table.title: table for table in page(found()).tables}
    assert list(tables) == [
        "Worth in real labels, by accuracy",
        "Worth in real labels, by macro-F1",
        "Two readings, class shares as they come",
        "Labels saved, by accuracy",
        "Labels saved, by macro-F1",
    ]
    own = tables["Worth in real labels, by accuracy"]
    assert [column.name for column in own.columns][4:] == ["as they come", "estimated shares"]
    reading = "120 [60, > 500]"
    assert toy.words(own)[0][:5] == ["topics", "zero-shot", "200", "80.0 [75.0, 85.0]", reading]
    two = tables["Two readings, class shares as they come"]
    assert toy.words(two)[1][2:4] == [reading, "more than 500 [200, > 500]"]
    saved = tables["Labels saved, by macro-F1"]
    assert toy.words(saved)[0][2:] == ["+90 [< 0, > +490]", "−3 [−9, +2]"]


def test_extrapolation_is_marked() -> None:
    """It stands in a table of its own, which says that it is not measured."""
    forms = {"pow4": toy.labels(700, 520, "above"), "mmf4": toy.labels("above", 600, "above")}
    table = page(found(extrapolated=forms)).tables[-1]
    assert table.title == "Extrapolated worth" and "Not measured" in str(table.notes)
    assert toy.words(table)[0][3:] == ["700 [520, > 1,000]", "more than 1,000 [600, > 1,000]"]


@pytest.mark.parametrize(("p", "said"), [(0.5, False), (0.01, True)])
def test_curves_that_fall_are_named(p: float, said: bool) -> None:
    """Where the fall is beyond noise."""
    notes = page(found(p_monotone=p)).notes
    assert any("topics (accuracy, p" in str(note) for note in notes) == said


def test_notes_say_which_noise_is_held() -> None:
    """Of a source that is a random sample, its own draw too."""
    assert "choice is held too" not in str(page(found()).notes)
    assert "zero-shot: a random sample of real texts, whose choice is held" in str(
        page(found(drawn=True)).notes
    )


def test_too_few_test_texts() -> None:
    """A statement stands in the place of tables and figures."""
    basis = {**LEVELS, "tests": 12, "withheld": "expected at least 30 test texts, found 12"}
    made = page(Worth.model_validate({"basis": basis}))
    assert not made.tables and not made.pictures
    assert made.notes[0] == "topics: no worth. Expected at least 30 test texts, found 12."


def test_a_figure_of_all_and_one_per_task() -> None:
    """Their names, and the numbers in them."""
    names = {picture.name: picture.series for picture in page(found()).pictures}
    assert list(names) == ["worth", "curves_topics", "curves_moods"]
    assert names["worth"]["high"].tolist() == [500.0] * 4  # cut at the curve's end
    assert set(names["curves_topics"]["source"]) == {"real", "zero_shot"}
