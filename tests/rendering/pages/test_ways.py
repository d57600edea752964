"""The page on an LLM's labels and the LLM itself at run time."""

from typing import Any

from stages.rendering.content.facts import LabelAgreementFact, LlmLabels, PromptedFact
from stages.rendering.content.page import plain
from stages.rendering.pages import ways
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words

SHARE = {"n": 40, "share": 0.9, "low": 0.8, "high": 0.95}
SCORE = {"mean": 0.95, "low": 0.9, "high": 0.98}
GAP = {"difference": 0.05, "low": 0.01, "high": 0.09, "p": 0.02}
KINDS = ("accuracy", "macro_f1")
SCORED = PromptedFact(
    n=60,
    scores=dict.fromkeys(KINDS, SCORE),
    gaps={"probe": {"real": dict.fromkeys(KINDS, GAP)}},
)


def labels(prompted: PromptedFact = SCORED, **changes: Any) -> LlmLabels:
    """What an LLM's labels of a task are worth."""
    agreement = LabelAgreementFact(
        overall=SHARE,
        of_people={"bad": SHARE},
        of_llm={"good": SHARE},
        of_confidence={"3": SHARE},
        enough=0.9,
        labels_for_width=139,
    )
    return LlmLabels(
        labelled={"train": 20, "test": 20},
        without_label={"train": 1, "test": 2},
        of_other_texts=7,
        agreement=agreement,
        prompted=prompted,
        **changes,
    )


def test_the_llm_stands_beside_the_sources() -> None:
    """Every metric of labels, with the number of texts that it was asked about."""
    found = ways.scores(toy.run(labels={"topics": labels()}), "probe")
    real, zero, own = "90.0 [85.0, 95.0]", "80.0 [75.0, 85.0]", "95.0 [90.0, 98.0]"
    assert words(found) == [["topics", "60", *[real, zero, own] * 2]]
    assert [column.source for column in found.columns][2:5] == ["real", "zero_shot", "prompted"]
    assert "no training, so no seeds" in plain(found.notes[0])


def test_differences_are_in_points_on_the_same_texts() -> None:
    """A dash where a source was not compared; no row where nothing was."""
    run = toy.run(labels={"topics": labels(), "moods": labels(PromptedFact(n=9))})
    gap = "+5.0 [+1.0, +9.0], p 0.020"
    assert words(ways.paired(run, "probe")) == [["topics", gap, "–", gap, "–"]]


def test_too_few_test_texts_are_said_and_not_scored() -> None:
    """In the warnings and in place of the number; none asked about is a dash."""
    few = {"topics": labels(PromptedFact(n=29)), "moods": labels(PromptedFact(n=0))}
    page = ways.page(toy.run(labels=few))
    assert "Too few test texts labelled by the LLM: topics (29), moods (0)." in page.warnings
    rows = words(page.tables[0])
    assert rows[0][4] == "too few" and rows[1][4] == "–"
    assert page.pictures == ()


def test_agreement_says_how_many_labels_it_takes_to_know() -> None:
    """Overall and by confidence with n; what cannot be told is beyond ten thousand."""
    found = ways.agreement(toy.run(labels={"topics": labels(to_people=4)}))
    share = "90.0 [80.0, 95.0] of 40"
    counts = ["139", "over 10,000", "4", "3", "7"]
    assert words(found) == [["topics", share, share, *counts]]
    assert found.columns[4].name == "and on which side of 90 %"
    rows = words(ways.by_label(toy.run(labels={"topics": labels()})))
    assert rows == [["topics", "bad", share, "–"], ["topics", "good", "–", share]]


def test_costs_are_shown_where_tokens_were_counted() -> None:
    """Without a price the tokens alone."""
    tokens = {"texts": 40, "prompt": 212.4, "completion": 12.0}
    run = toy.run(labels={"topics": labels(tokens=tokens), "moods": labels()})
    assert words(ways.costs(run)) == [["topics", "40", "212", "12", "–"]]
    run = toy.run(labels={"topics": labels(tokens=tokens | {"usd_per_1000": 0.1234})})
    assert words(ways.costs(run))[0][-1] == "0.123"


def test_without_labels_the_page_says_so() -> None:
    """And where they are set."""
    page = ways.page(toy.run())
    assert page.tables == () and "label in params.yaml" in plain(page.lead[1])


def test_every_way_is_drawn() -> None:
    """In per cent, of the tasks with the LLM's score."""
    (picture,) = ways.pictures(toy.run(labels={"topics": labels()}))
    assert set(picture.series["task"]) == {"topics"}
    own = picture.series[picture.series["source"] == "prompted"]
    assert list(own["value"]) == [95.0, 95.0] and len(picture.series) == 6
