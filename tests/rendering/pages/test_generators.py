"""Generators beside each other."""

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content.run import Author
from stages.rendering.pages import generators
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words


def test_generators_stand_below_the_real_texts() -> None:
    """Gaps in points with intervals, what was measured of the texts, dashes where nothing is."""
    measured = pd.DataFrame(
        [("real", "coverage", 0.5, 0.4, 0.6), ("zero_shot", "remote_clique", 0.5, 0.4, 0.6)],
        columns=["source", "measure", "value", "low", "high"],
    )
    found = generators.generators(toy.run(tables={"measure_means": measured}))
    assert [column.name for column in found.columns][3] == "probe: mean gap in accuracy"
    estimate, gap = "0.500 [0.400, 0.600]", "−10.0 [−14.0, −6.0]"
    assert words(found) == [
        ["(real texts)", "real", *["–"] * 5, estimate],
        ["some model", "zero-shot", "2", gap, gap, estimate, "–", "–"],
    ]


def test_one_strategy_of_two_writers_has_two_rows() -> None:
    """Each with its number of tasks."""
    writers = {"zero_shot": {Author("openai", "a"): 1, Author("openai", "b"): 1}}
    rows = words(generators.generators(toy.run(writers=writers)))[1:]
    assert [row[:3] for row in rows] == [["a", "zero-shot", "1"], ["b", "zero-shot", "1"]]


def test_replies_to_other_prompts_are_warned_of() -> None:
    """With strategy, task and what differs; nothing where prompts are the same."""
    run = toy.run()
    assert about.doubted(run) == ()
    found = run._replace(doubts={"zero_shot": {"sms": "another context"}})
    assert "zero-shot of sms (another context)" in generators.page(found).warnings[-1]


def test_one_generator_or_none_is_no_comparison() -> None:
    """The note says so, and how to have a second one."""
    assert generators.note(2).startswith("Means over tasks")
    assert generators.note(1).startswith("One generator has run, so there is nothing")
    assert generators.note(0).startswith("No generator has run")
