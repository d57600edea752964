"""Verdicts of a made-up task, as the stage writes them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages import cost, verdict
from stages.core import files, paths
from stages.rendering.content.verdict import Verdict
from stages.stats.money import redraws
from tests import toy_task
from tests.stats.verdict import toy
from tests.toy_task import TASK

ENDS = {"labels": 300.0, "low": 200.0, "high": "above"}
METRIC = {"worth": {"plain": {"mean": ENDS}}}
WAYS = [
    toy.real(),
    toy.way("alone", "zero_shot", (0.5, 0.55, 0.6), usd=0.001),
    toy.way("alone", "labelled", (0.6, 0.7, 0.795), usd=0.001),
    toy.way("run_time", "prompted", (0.75,), usd=0.01),
]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy task, as other stages leave it: LLM labels within a point of people's."""
    monkeypatch.chdir(tmp_path)
    toy_task.write_params()
    toy_task.write_texts(tests=400)
    rows = {"tool": 200, "fruit": 200}
    source = {"origin": "sample", "rows": {"train": {"tool": 600, "fruit": 400}, "test": rows}}
    files.write_json(source, paths.real(TASK) / "source.json")
    files.write_json(
        {"sources": {"zero_shot": {"metrics": {"accuracy": METRIC}}}}, paths.worth(TASK)
    )
    write_ways(WAYS)
    write_checked(200)


def write_ways(ways: list[redraws.Redrawn], **basis: Any) -> None:
    """Write what stage cost leaves."""
    assumed = {
        "metric": "accuracy",
        "level": 0.95,
        "tests": 400,
        "label": {"usd": 0.1, "seconds": 36},
        "read": 0,
        "texts": 100_000,
        "classified": 0,
    }
    prices = {way.name.source: {"price": "assumed"} for way in ways if way.name.source != "real"}
    content = {"basis": assumed | basis, "prices": prices, "left_out": {}}
    files.write_json(content, paths.costs(TASK))
    files.write_arrays(redraws.arrays(ways), paths.redraws(TASK))


def write_checked(texts: int) -> None:
    """Write how many of the LLM's labels people labelled, too."""
    labelling = {"agreement": {"overall": {"n": texts}}, "prompted": {"n": texts}}
    files.write_json({"labelling": labelling}, paths.evaluated(TASK))


def own_data(monkeypatch: pytest.MonkeyPatch, cut: int = 0) -> None:
    """The texts are the user's; so many test texts were cut from train."""
    study = verdict._study(TASK)
    monkeypatch.setattr(verdict, "_study", lambda _: study._replace(own=True, cut=cut))
    toy_task.write_params(verdict={"owned": 0})


def found() -> Verdict:
    """What the stage says of the task."""
    verdict.main()
    return Verdict.model_validate(json.loads(paths.verdict(TASK).read_text()))


def test_a_verdict_says_what_to_do_what_it_brings_and_what_it_costs() -> None:
    """The LLM's labels of a thousand texts, a dollar, in place of a hundred dollars."""
    said = found()
    assert (said.answer, said.sentence) == (
        "label",
        "Train on 1,000 texts labelled by the LLM.",
    )
    assert said.plan is not None and said.plan.labels == said.plan.hours == 0
    assert said.score is not None and said.score["value"] == pytest.approx(0.795, abs=0.003)
    assert said.floor == 0.5 and said.ceiling is not None
    assert said.ceiling.value == pytest.approx(0.8)
    assert said.cost is not None and said.cost.usd is not None and said.cost.people is not None
    assert said.cost.usd["value"] == pytest.approx(1)
    assert said.cost.people["value"] == pytest.approx(89, abs=1)
    assert said.cost.run_time is not None
    assert said.cost.run_time["value"] == pytest.approx(10, rel=1e-5)
    assert said.held > 0.9 and said.more_labels is None
    assert [each.source for each in said.alternatives][:2] == ["labelled", "real"]
    assert json.loads(paths.VERDICT.read_text()) == {"verdict": "1,000 texts of labelled"}


def test_worth_stands_beside_each_way() -> None:
    """An end beyond the labels that there are is left out."""
    written = next(each for each in found().alternatives if each.source == "zero_shot")
    assert written.worth == {"accuracy": {"value": 300, "low": 200}}
    assert written.why == "within the margin in 0 % of the redraws only"


def test_labels_that_nobody_checked_are_not_relied_on() -> None:
    """Fewer labels by people than asked for: people's labels it is, and it is said why."""
    write_checked(49)
    said = found()
    assert said.answer == "people"
    assert any("checked against 49 labels by people, at least 50" in w for w in said.warnings)
    write_checked(50)
    assert found().answer == "label"


def test_labels_that_are_there_are_not_paid_for() -> None:
    """A number, or all of own data."""
    toy_task.write_params(verdict={"owned": 1000})
    said = found()
    assert said.answer == "people" and said.sentence == "Train on your 1,000 labels by people."
    assert said.cost is not None and said.cost.usd is not None and said.cost.usd["value"] == 0


def test_some_of_the_labels_are_there() -> None:
    """What people would take instead is less the labels that are there, too."""
    toy_task.write_params(verdict={"owned": 60})
    said = found()
    assert said.cost is not None and said.cost.people is not None
    assert said.cost.people_labels is not None and 60 < said.cost.people_labels < 1000
    assert said.cost.people["value"] == pytest.approx(0.1 * (said.cost.people_labels - 60), abs=0.1)
    assert any("of people's time beyond the 60 labels that you have." in r for r in said.reasons)
    toy_task.write_params(verdict={"owned": 60, "answers": ["people"]})
    assert found().sentence == "Train on 1,000 labels by people (60 of them yours)."


def test_labels_of_own_data_are_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the 1,000 train texts, unless the setting says another number."""
    study = verdict._study(TASK)
    assert not study.own
    monkeypatch.setattr(verdict, "_study", lambda _: study._replace(own=True))
    assert found().sentence == "Train on your 1,000 labels by people."
    toy_task.write_params(verdict={"owned": 0})
    assert found().answer == "label"


def test_a_way_that_is_not_possible() -> None:
    """Without it, as if it were not there."""
    toy_task.write_params(verdict={"answers": ["people", "ask"]})
    assert found().answer == "people"


def test_no_way_may_be_chosen() -> None:
    """Labels by the LLM alone are wanted, and nobody checked them: said with the reasons."""
    toy_task.write_params(verdict={"answers": ["label"]})
    write_checked(0)
    said = found()
    assert (said.answer, said.sentence) == ("undecided", "No way that was tried may be chosen.")
    assert said.more_labels is None and said.next.command == "dvc repro"
    assert any("the LLM was checked against 0 labels" in reason for reason in said.reasons)


def test_a_way_that_must_not_be_chosen_is_not_the_best_so_far() -> None:
    """An LLM that nobody checked is always right; what is undecided names another way."""
    perfect = toy.way("run_time", "prompted", (0.99,), usd=0.01)
    noisy = [toy.real(noise=0.03), toy.way("alone", "zero_shot", (0.6, 0.7, 0.8), 0.001, 0.03)]
    write_ways([*noisy, perfect])
    write_checked(0)
    said = found()
    assert said.answer == "undecided" and not said.reasons[0].startswith("The best so far, the LLM")
    assert said.reasons[0].startswith("The best so far, ")


def test_a_share_of_all_real_labels_score_is_said_to_be_enough() -> None:
    """Three quarters of it are twenty points off, but at the target."""
    toy_task.write_params(verdict={"target": 0.74})
    said = found()
    assert said.answer == "label" and said.basis.target == 0.74
    assert "of the best way or at 74 % of what all real labels bring in" in said.reasons[1]


def test_asking_at_run_time_says_what_else_there_is() -> None:
    """If no LLM is to be asked."""
    best = toy.way("run_time", "prompted", (0.95,), usd=0.01)
    write_ways([*WAYS[:3], best])
    said = found()
    assert said.answer == "ask" and said.next.why.startswith("nothing is missing: ask the LLM")
    assert any(
        "If no LLM is to be asked at run time: Train on 1,000 texts labelled by the LLM" in reason
        for reason in said.reasons
    )


def test_answers_that_are_all_right_are_not_certain() -> None:
    """No redraw holds a wrong one; evaluate's interval of 50 texts has a width."""
    perfect = toy.way("run_time", "prompted", (1.0,), usd=0.01)
    certain = {"accuracy": np.ones_like(perfect.scores["accuracy"])}
    write_ways([*WAYS[:3], perfect._replace(scores=certain, tested=certain)])
    own = {"mean": 1.0, "low": 0.93, "high": 1.0}
    prompted = {"n": 50, "scores": {"accuracy": own}}
    labelling = {"agreement": {"overall": {"n": 50}}, "prompted": prompted}
    files.write_json({"labelling": labelling}, paths.evaluated(TASK))
    said = found()
    assert said.answer == "ask" and said.score == {"value": 1.0, "low": 0.93, "high": 1.0}
    assert said.run_time is not None and said.run_time.low == 0.93
    assert said.alternatives[0].score["low"] == 0.93


def test_what_is_behind_is_said_where_nothing_is_decided() -> None:
    """No more than that: a few texts rule nothing out."""
    noisy = [toy.real(noise=0.03), toy.way("alone", "labelled", (0.6, 0.7, 0.8), 0.001, 0.03)]
    write_ways([*noisy, toy.way("alone", "zero_shot", (0.5, 0.55, 0.6), usd=0.001)])
    said = found()
    assert said.answer == "undecided" and said.sentence.endswith(" Behind so far: zero-shot.")


def test_answers_that_cannot_be_read_are_told() -> None:
    """They are in no score, which is that of the others."""
    prompted, unread = {"n": 200}, {"train": 0, "test": 7}
    labelling = {"agreement": {"overall": prompted}, "prompted": prompted, "without_label": unread}
    files.write_json({"labelling": labelling}, paths.evaluated(TASK))
    assert any("Of 207 answers of the LLM about test texts 7" in line for line in found().warnings)


def test_noise_is_undecided_and_says_how_many_labels_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command is a sheet for so many, to test on.

    A test file takes the place of test texts that were cut from train; of texts that somebody else
    labelled more have to be fetched.
    """
    write_ways([toy.real(noise=0.03), toy.way("alone", "labelled", (0.6, 0.7, 0.8), 0.001, 0.03)])
    said = found()
    assert said.answer == "undecided" and said.plan is None and said.score is None
    assert said.more_labels is not None and said.more_labels > 400
    assert (
        said.sentence == f"Too few labels to say: label about {said.more_labels:,} more test texts."
    )
    assert json.loads(paths.VERDICT.read_text()) == {"verdict": "undecided"}
    assert said.next.command == "dvc repro" and "fetch.origin" in said.next.why
    own_data(monkeypatch)
    own = found()
    assert own.next.command == f"synthworth draw {TASK} --texts {said.more_labels}"
    assert own.next.why.endswith(f"to be given back by `synthworth add {TASK} FILE --test`")
    own_data(monkeypatch, cut=400)
    assert found().next.command == f"synthworth draw {TASK} --texts {said.more_labels + 400}"


def test_only_labels_by_people() -> None:
    """That nothing else was tried is said, and what to try."""
    write_ways(WAYS[:1])
    said = found()
    assert said.answer == "people" and said.next.command == f"synthworth label {TASK} --texts 400"
    assert "No other way than labels by people was tried." in said.reasons
    toy_task.write_params(verdict={"answers": ["people"]})
    assert "synthworth" not in found().next.command  # no LLM may see the texts


def test_fewer_test_texts_than_any_number_can_rest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said but how many it takes."""
    why = "expected at least 30 test texts, found 12"
    files.write_json(
        {
            "basis": {
                "metric": "accuracy",
                "tests": 12,
                "level": 0.95,
                "withheld": why,
                "texts": 1000,
                "label": {"usd": 0.1},
            }
        },
        paths.costs(TASK),
    )
    own_data(monkeypatch)
    said = found()
    assert said.answer == "undecided" and said.more_labels == 1000 and not said.alternatives
    assert said.next.command == f"synthworth draw {TASK} --texts 1000"
    assert any("Only 12 test texts" in warning for warning in said.warnings)


def test_no_real_texts_among_the_sources() -> None:
    """It is no matter of more labels."""
    toy_task.write_params(grid={"sources": ["zero_shot"]})
    why = "real texts are not among the sources, so there is no score to reach"
    files.write_json(
        {
            "basis": {
                "metric": "accuracy",
                "tests": 400,
                "level": 0.95,
                "withheld": why,
                "texts": 1000,
                "label": {"usd": 0.1},
            }
        },
        paths.costs(TASK),
    )
    said = found()
    assert said.more_labels is None and said.sentence == f"Nothing to say: {why}."
    assert "grid.sources" in said.next.why


def test_the_file_that_git_keeps_changes_only_with_the_decision() -> None:
    """Other resamples, scores a little off: the same words; written twice, the same bytes."""
    found()
    first, record = paths.VERDICT.read_bytes(), paths.verdict(TASK).read_bytes()
    found()
    assert paths.verdict(TASK).read_bytes() == record
    moved = [way._replace(scores={m: s + 0.003 for m, s in way.scores.items()}) for way in WAYS]
    write_ways(moved)
    found()
    assert paths.VERDICT.read_bytes() == first and paths.verdict(TASK).read_bytes() != record


def test_public_texts_are_said_to_be_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """An LLM may have seen them, unless the user brought them or a model wrote them."""
    study = verdict._study(TASK)
    monkeypatch.setattr(verdict, "_study", lambda _: study._replace(public=True))
    assert any("These texts are public" in warning for warning in found().warnings)


def test_what_cost_writes_is_what_verdict_reads() -> None:
    """From learning curves to a verdict, with the ways' sizes and labels."""
    from tests import test_cost

    toy_task.write_texts(tests=60)
    test_cost.name_replies()
    test_cost.write_curves()
    test_cost.write_replies()
    test_cost.write_labels(40)
    cost.main()
    said = found()
    assert {each.source for each in said.alternatives} == {"real", "zero_shot", "both", "prompted"}
    assert np.isclose(sum(said.again.values()), 1)
