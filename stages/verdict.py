"""What to do, per task: which way to a classifier, how many labels, at what cost, and how sure.

The rules are in stats/verdict/rules.py. Ways are sources, alone and with real labels, and the LLM
at run time; the ways of stage `combine`, whose cost nobody counts, are not among them.

Reads:  data/costs/ (every way in each redraw), data/worth/, data/evaluated/, data/tasks/,
        data/real/<task>/ (source.json, labels)
Writes: data/verdicts/<task>.json; metrics/verdict.json, few words that change only when a
        decision does
Params: verdict, mixtures, grid
Cost:   a second for ten tasks
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field, NonNegativeInt

from stages.core import cli, files, params, paths, workers
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, PROMPTED, REAL, read_labels
from stages.corpora import cards
from stages.rendering.content import advice
from stages.rendering.content import costs as costs_said
from stages.rendering.content.advice import Known
from stages.rendering.content.facts import Estimate
from stages.rendering.content.verdict import (
    Alternative,
    Basis,
    Ceiling,
    Cost,
    Next,
    Plan,
    RunTime,
    Verdict,
)
from stages.stats.money import redraws
from stages.stats.money.outlay import Tariff
from stages.stats.money.said import estimate
from stages.stats.money.ways import PROMPTED as ASKED
from stages.stats.money.ways import RUN_TIME, Name
from stages.stats.verdict import options as every
from stages.stats.verdict import rules
from stages.stats.verdict.options import Answer, Options
from stages.stats.verdict.rules import Asked, Decision

LEFT_OUT = "params.yaml: verdict.answers leaves it out"
DIGITS = 6  # decimals in the files
ANSWERS: tuple[Answer, ...] = ("people", "label", "write", "ask", "mix")


class Settings(Section):
    """What a verdict has to satisfy."""

    margin: float = Field(gt=0, lt=1)  # a score so much below the best one is as good
    confidence: float = Field(gt=0.5, lt=1)  # share of redraws in which that has to hold
    target: float | None = Field(gt=0, le=1)  # share of all real labels' score that is enough, too
    checked: NonNegativeInt  # labels by people that an LLM's labels or answers have to face
    answers: tuple[Answer, ...] = Field(min_length=1)  # that are possible at all
    owned: NonNegativeInt | None  # labels by people that are there and free; null: all of own data


class Study(NamedTuple):
    """A task, as far as other stages know it."""

    name: str
    basis: Mapping[str, Any]  # of its costs
    costs: Mapping[str, Any]
    labelling: Mapping[str, Any] | None
    rows: Mapping[str, Mapping[str, int]]  # split -> label -> texts
    own: bool  # whether the texts are the user's
    cut: int  # test texts that fetch cut from train
    public: bool
    labels: Sequence[str]

    @property
    def train(self) -> int:
        """Labels by people for training."""
        return sum(self.rows["train"].values())


def main() -> None:
    """Say for each task what to do."""
    settings, grid, mixtures = params.load(Settings, "verdict"), params.grid(), params.mixtures()
    found = workers.results(partial(_task, settings, grid, mixtures), grid.tasks, "verdict: tasks")
    said = dict(zip(grid.tasks, found, strict=True))
    files.write_json({"verdict": advice.over(list(said.values()))}, paths.VERDICT)
    for task, each in said.items():
        print(f"{task}: {each.sentence}", flush=True)


def _task(
    settings: Settings, grid: Grid, mixtures: Mapping[str, tuple[str, ...]], name: str
) -> Verdict:
    study, asked = _study(name), Asked(settings.margin, settings.confidence, settings.target)
    if "withheld" in study.basis:
        found = _withheld(study, settings, asked, REAL in grid.of(name))
    else:
        found = _judged(study, settings, grid, mixtures, asked)
    files.write_record(found.model_dump(exclude_none=True), paths.verdict(name), DIGITS)
    return found


def _study(task: str) -> Study:
    origin = files.read_json(paths.real(task) / "source.json")
    costs, card = files.read_json(paths.costs(task)), cards.load(task)
    own = card.own is not None
    return Study(
        task,
        costs["basis"],
        costs,
        files.read_json(paths.evaluated(task)).get("labelling"),
        origin["rows"],
        own,
        sum(origin["rows"]["test"].values()) if "test" in origin.get("drawn_from", {}) else 0,
        card.hub is not None and not own and origin["origin"] != "sample",
        read_labels(paths.labels(task)),
    )


def _judged(
    study: Study,
    settings: Settings,
    grid: Grid,
    mixtures: Mapping[str, tuple[str, ...]],
    asked: Asked,
) -> Verdict:
    """The verdict on what was measured."""
    ways = redraws.read(files.read_arrays(paths.redraws(study.name)))
    basis, owned = study.basis, _owned(settings, study)
    person = basis["label"]
    tariff = Tariff(
        person["usd"], person["seconds"], basis["read"], basis["texts"], basis["classified"] / 1000
    )
    barred = _barred(settings, study, [way.name for way in ways], mixtures)
    options = every.of_ways(ways, mixtures, basis["metric"], tariff, owned, barred)
    real = every.real(options)
    decision = rules.decide(options, real, asked)
    draft = _draft(study, settings, options, decision, asked, tariff, barred)
    known = _known(study, grid, options, decision, barred)
    known = known._replace(possible=settings.answers, unread=_unread(study))
    if draft.answer == "ask" and len(settings.answers) > 1:
        trained = options._replace(allowed=options.allowed & (np.array(options.answers) != "ask"))
        other = rules.decide(trained, real, asked)
        otherwise = _draft(study, settings, trained, other, asked, tariff, barred)
        known = known._replace(otherwise=otherwise)
    return _worded(draft, known)


def _owned(settings: Settings, study: Study) -> int:
    """Labels by people that are there and cost nothing more."""
    if settings.owned is not None:
        return settings.owned
    return study.train if study.own else 0


def _barred(
    settings: Settings, study: Study, ways: Sequence[Name], mixtures: Mapping[str, Sequence[str]]
) -> dict[Name, str]:
    """Ways that must not be chosen, and why."""
    found = {}
    for way in ways:
        parts = mixtures.get(way.source, (way.source,))
        kind = every.answer(way, parts)
        if kind not in settings.answers:
            found[way] = LEFT_OUT
        elif LABELLED in parts or kind == "ask":
            checked = _checked(study, kind == "ask")
            if checked < settings.checked:
                found[way] = (
                    f"the LLM was checked against {checked} labels by people, at least "
                    f"{settings.checked} are asked for"
                )
    return found


def _checked(study: Study, at_run_time: bool = False) -> int:
    """Texts of the task with a label by people and one by the LLM; test texts alone, or all."""
    if study.labelling is None:
        return 0
    said = study.labelling["prompted"] if at_run_time else study.labelling["agreement"]["overall"]
    return int(said["n"])


def _unread(study: Study) -> int:
    """Test texts for which the LLM gave no label that could be read."""
    return int((study.labelling or {}).get("without_label", {}).get("test", 0))


def _draft(
    study: Study,
    settings: Settings,
    options: Options,
    decision: Decision,
    asked: Asked,
    tariff: Tariff,
    barred: Mapping[Name, str],
) -> Verdict:
    """The verdict in numbers, without a word."""
    level, chosen = study.basis["level"], decision.chosen
    others = _alternatives(study, options, decision, asked, barred)
    real = every.real(options)
    full = None if real is None else estimate(options.scores[real], level)
    answer = rules.UNDECIDED if chosen is None else options.answers[chosen]
    more = None if chosen is not None else rules.more(options, real, asked, *_labels(study))
    floor = rules.floor(list(study.rows["test"].values()), study.basis["metric"])
    content: dict[str, Any] = {
        "basis": _basis(study, settings),
        "answer": answer,
        "floor": floor,
        "ceiling": full and Ceiling(**full, what="all real labels"),
        "run_time": _run_time(study, options, level),
        "within": 0 if chosen is None else decision.sure[chosen],
        "held": decision.again.get(answer, 0.0),
        "again": decision.again,
        "sentence": "",
        "next": Next(command="", why=""),
        "more_labels": rules.rough(sum(more)) if more else None,
        "more_for": None if more is None else "test and training" if more.train else "test",
        "alternatives": others,
    }
    if chosen is not None:
        content |= {
            "plan": _plan(options, chosen, tariff),
            "score": _scored(study, options, chosen, level, decision.optimism),
            "optimism": decision.optimism,
            "worth": _worth(study.name, options.ways[chosen].source),
            "cost": _cost(options, chosen, tariff, level),
        }
    return Verdict(**content)


def _basis(study: Study, settings: Settings) -> Basis:
    basis = study.basis
    return Basis(
        metric=basis["metric"],
        tests=_tests(study),
        labels=study.train,
        checked=_checked(study),
        texts=basis["texts"],
        level=basis["level"],
        margin=settings.margin,
        confidence=settings.confidence,
        target=settings.target,
        usd_per_label=basis["label"]["usd"],
    )


def _tests(study: Study) -> int:
    return int(study.basis["tests"])


def _labels(study: Study) -> tuple[int, int]:
    """Labels by people: of test texts, and of train texts."""
    return _tests(study), study.train


def _run_time(study: Study, options: Options, level: float) -> RunTime | None:
    place = options.of(Name(RUN_TIME, ASKED))
    if not len(place) or study.labelling is None:
        return None
    score = _scored(study, options, int(place[0]), level)
    return RunTime(**score, n=_checked(study, at_run_time=True))


def _scored(
    study: Study, options: Options, place: int, level: float, optimism: float = 0
) -> Estimate:
    """An option's score with its interval, less the luck of being chosen.

    Redraws of answers that are all right are all right: then the LLM's interval at run time is that
    of evaluate, which has a width.
    """
    found = estimate(options.scores[place], level)
    equal = found["high"] - found["low"] < 10.0**-DIGITS
    if equal and options.ways[place].kind == RUN_TIME and study.labelling is not None:
        scores = study.labelling["prompted"].get("scores", {})
        if own := scores.get(study.basis["metric"]):
            found = {**found, "low": own["low"], "high": own["high"]}
    return {end: max(0.0, value - optimism) for end, value in found.items()}


def _plan(options: Options, chosen: int, tariff: Tariff) -> Plan:
    way = options.ways[chosen]
    return Plan(
        kind=way.kind,
        source=way.source,
        texts=int(options.texts[chosen]),
        labels=round(options.labels[chosen]),
        hours=float(options.people[chosen]) * tariff.seconds / 3600,
    )


def _cost(options: Options, chosen: int, tariff: Tariff, level: float) -> Cost:
    """What the plan costs, and what others would for comparison, all beyond what is there."""
    needed = rules.people_for(options, chosen)
    more, machine = np.maximum(0, needed - options.owned), tariff.texts * tariff.classified
    people = estimate(tariff.label * more + machine, level)
    asked = options.of(Name(RUN_TIME, ASKED))
    run_time = estimate(1000 / tariff.texts * options.costs[asked[0]], level) if len(asked) else {}
    return Cost(
        usd=estimate(options.costs[chosen], level),
        hours=float(options.people[chosen]) * tariff.seconds / 3600,
        people=people if "value" in people else None,
        people_labels=round(needed[0]) if np.isfinite(needed[0]) else None,
        run_time=run_time if "value" in run_time else None,
    )


def _alternatives(
    study: Study,
    options: Options,
    decision: Decision,
    asked: Asked,
    barred: Mapping[Name, str],
) -> list[Alternative]:
    """Every way, the chosen one first, then by how sure it is and by its score."""
    found = []
    for way in dict.fromkeys(options.ways):
        places = options.of(way)
        place = rules.standing(options, decision, asked, places)
        cost = estimate(options.costs[place], study.basis["level"])
        why = barred.get(way, "" if "value" in cost else every.NO_PRICE)
        own = Alternative(
            way=costs_said.name(*way),
            kind=way.kind,
            source=way.source,
            texts=int(options.texts[place]),
            labels=round(options.labels[place]),
            score=_scored(study, options, place, study.basis["level"]),
            within=decision.sure[place],
            cost=cost if "value" in cost else None,
            worth=_worth(study.name, way.source),
            held=decision.picked[places].sum(),
            admissible=not why,
            why=why,
        )
        found.append((place != decision.chosen, -own.within, -own.score["value"], own))
    return [own for *_, own in sorted(found, key=lambda each: each[:-1])]


def _worth(task: str, source: str) -> dict[str, Estimate]:
    """By metric the labels by people that a source is worth; 0 for fewer than a curve has.

    An end that is beyond the labels that there are is left out.
    """
    known = files.read_json(paths.worth(task)).get("sources", {}).get(source, {})
    found: dict[str, Estimate] = {}
    for metric, each in known.get("metrics", {}).items():
        read = each["worth"]["plain"]["mean"]
        ends = {"value": read["labels"], "low": read["low"], "high": read["high"]}
        ends = {end: 0.0 if labels == "below" else labels for end, labels in ends.items()}
        found[metric] = {end: labels for end, labels in ends.items() if labels != "above"}
    return found


def _known(
    study: Study,
    grid: Grid,
    options: Options,
    decision: Decision,
    barred: Mapping[Name, str],
) -> Known:
    """What sentences need beside the numbers."""
    prices = study.costs["prices"]
    used = {way.source for way in options.ways}
    return Known(
        task=study.name,
        labels=study.labels,
        tests=study.rows["test"],
        own=study.own,
        cut=study.cut,
        owned=round(options.owned),
        ready=[name for name, each in prices.items() if each["price"] == "paid already"],
        strategies=[name for name in grid.strategies if name in used],
        public=study.public,
        assumed=any(each["price"] == "assumed" for each in prices.values()),
        unpriced={
            costs_said.name(RUN_TIME if source == PROMPTED else "alone", source): why
            for source, why in study.costs["left_out"].items()
            if source in used
        },
        barred={costs_said.name(*w): why for w, why in barred.items() if why != LEFT_OUT},
        rising=rules.rising(options, decision.chosen),
    )


def _withheld(study: Study, settings: Settings, asked: Asked, more_help: bool) -> Verdict:
    """The verdict where nothing could be measured: how many test texts it would take, if any do."""
    tests = _tests(study)
    wanted = rules.rough(max(1, rules.first_tests(asked) - tests))
    draft = Verdict(
        basis=_basis(study, settings),
        answer="undecided",
        floor=rules.floor(list(study.rows["test"].values()), study.basis["metric"]),
        held=0,
        sentence="",
        next=Next(command="", why=""),
        more_labels=wanted if more_help else None,
        more_for="test" if more_help else None,
    )
    known = Known.nothing(study.name, study.labels, study.rows["test"])
    known = known._replace(own=study.own, cut=study.cut)
    return advice.withheld(draft, known, study.basis["withheld"])


def _worded(draft: Verdict, known: Known) -> Verdict:
    """The verdict with its sentences."""
    others = [
        each.model_copy(update={"why": advice.why_not(each, draft)} if place else {})
        for place, each in enumerate(draft.alternatives)
    ]
    return draft.model_copy(
        update={
            "sentence": advice.sentence(draft, known),
            "reasons": advice.reasons(draft, known),
            "next": advice.step(draft, known),
            "warnings": advice.warnings(draft, known),
            "alternatives": tuple(others),
        }
    )


if __name__ == "__main__":
    cli.run(main)
