"""The headline numbers of a task's part of the report."""

from stages.rendering.content.verdict import Verdict
from stages.rendering.content.worth import Worth
from stages.rendering.pages import stories
from tests.rendering.pages import toy

FOUND = {"topics": Worth.model_validate(toy.worth())}


def beside(verdict: Verdict) -> str:
    """What stands below the worth of the plan's texts."""
    return "; ".join(stories.cards(toy.run(worths=FOUND), "topics", verdict)[1].beside)


def test_a_worth_is_said_to_be_that_of_all_texts_where_a_plan_takes_fewer() -> None:
    """It is read off where the source has all of its texts."""
    found = Verdict.model_validate(toy.verdict())
    assert found.plan is not None
    every = FOUND["topics"].sources[found.plan.source].texts
    worth = {"accuracy": {"value": 120.0}}
    fewer = found.model_copy(
        update={"worth": worth, "plan": found.plan.model_copy(update={"texts": every - 1})}
    )
    assert f"that of all {every:,} texts; the way takes {every - 1:,}" in beside(fewer)
    plan = found.plan.model_copy(update={"texts": every})
    assert "that of all" not in beside(found.model_copy(update={"worth": worth, "plan": plan}))


def test_an_llm_at_run_time_takes_no_texts_to_train_on() -> None:
    """So there is no worth of any."""
    found = Verdict.model_validate(toy.verdict(answer="ask", worth={}))
    assert "the way takes no texts to train on" in beside(found)
