"""Data sets, training sizes and what was removed."""

from stages.rendering.content.facts import Agreement
from stages.rendering.pages import datasets
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words


def test_data_sets_say_where_they_are_from() -> None:
    """An origin is named without its place; a panel of annotators is called a proxy."""
    panel = toy.ANALYSIS.model_copy(
        update={"agreement": Agreement(kind="annotations", by="LLM panel")}
    )
    run = toy.run(analysed={"topics": toy.ANALYSIS, "moods": panel})
    found = words(datasets.datasets(run))
    assert found[0] == ["topics", "2", "60", "60", "60", "60", "none", "–", "mirror", "MIT"]
    assert found[1][6] == "LLM panel: a proxy for people"


def test_removed_rows_are_counted_by_reason() -> None:
    """Of texts and of annotations."""
    origin = toy.run().origins["topics"]
    dropped = {"empty": 2, "annotations_with_other_labels": 7, "repeated": 0}
    run = toy.run(origins={"topics": origin.model_copy(update={"dropped": dropped})})
    found = words(datasets.datasets(run))[0]
    assert found[7] == "empty 2, annotations with other labels 7"


def test_training_texts_of_each_source() -> None:
    """The mean over seeds, of every task and model."""
    assert words(datasets.training(toy.run()))[0] == ["topics", "probe", "40", "40"]


def test_removed_texts_are_counted_by_reason() -> None:
    """Reasons that removed nothing are silent."""
    found = words(datasets.synthetic(toy.run()))[0]
    assert found == ["topics", "zero-shot", "4", "40", "38", "near duplicate 1, copy of test 1"]
