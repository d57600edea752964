"""What should be done: which way to a classifier, how many labels, at what cost, how sure?"""

from collections.abc import Mapping

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import Estimate
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.content.verdict import ANSWERS, Verdict

HEADING = "What should I do?"
SCORES = ("score", "majority label", "LLM at run time", "attainable")
NUMBERS = ("texts", "labels by people", "score", "US dollars", "held")


def page(run: Run, tasks: Mapping[str, Verdict]) -> Page:
    """Each task's verdict with its reasons, and the ways that it was chosen from."""
    metric = run.explained.metrics[_first(tasks).basis.metric].title
    return Page(
        "verdict",
        HEADING,
        (about.provenance(run), *asked(_first(tasks), metric)),
        (*about.warnings(run), *warned(tasks)),
        (),
        (overview(tasks, metric), *(ways(task, found) for task, found in tasks.items())),
        tuple(_notes(_first(tasks))),
    )


def asked(found: Verdict, metric: str) -> tuple[Note, ...]:
    """What a verdict is asked for."""
    basis = found.basis
    target = (
        f" or reaches {100 * basis.target:g} % of what all real labels bring"
        if basis.target is not None
        else ""
    )
    rule = (
        f"The cheapest way whose {metric} is within {100 * basis.margin:g} points of the best one"
        f"{target}, "
        f"for {basis.texts:,} texts that are classified over the classifier's life, and in at "
        f"least {100 * basis.confidence:g} % of the redraws; else undecided."
    )
    return rule, ("All of this is in ", Code("params.yaml: verdict"), " and ", Code("cost"), ".")


def warned(tasks: Mapping[str, Verdict]) -> list[Note]:
    """Each warning once, with its tasks."""
    found: dict[str, list[str]] = {}
    for task, verdict in tasks.items():
        for warning in verdict.warnings:
            found.setdefault(warning, []).append(task)
    return [f"{warning} ({words.listed(own)})" for warning, own in found.items()]


def overview(tasks: Mapping[str, Verdict], metric: str) -> Table:
    """The verdict of each task."""
    rows = []
    for task, found in tasks.items():
        beside = (
            _score(found.score),
            Cell(words.percent(found.floor)),
            _score(found.run_time.model_dump() if found.run_time else None),
            _score(found.ceiling.model_dump(exclude={"what"}) if found.ceiling else None),
        )
        cells = Cell(task), Cell(found.sentence), *beside, Cell(_share(found.held))
        rows.append((*cells, Cell(found.next.command or found.next.why)))
    heads = [Column("task"), Column("verdict"), *(Column(name, numeric=True) for name in SCORES)]
    heads += [Column("held", numeric=True), Column("next")]
    note = (
        f"Scores: {metric} in per cent. Held: the share of redraws of test and training texts "
        "that give the same answer when they are taken for what was observed; where "
        "ways are close, another study would do so less often."
    )
    return Table("Verdicts", tuple(heads), tuple(rows), (), (note,))


def ways(task: str, found: Verdict) -> Table:
    """The ways of a task, the answer first, and why."""
    rows: list[Row] = []
    for each in found.alternatives:
        money = words.money(each.cost["value"]) if each.cost else words.ABSENT
        texts = words.ABSENT if each.kind == "run_time" else f"{each.texts:,}"
        counts = Cell(texts), Cell(f"{each.labels:,}"), _score(each.score)
        rows.append((Cell(each.way), *counts, Cell(money), Cell(_share(each.held)), Cell(each.why)))
    heads = (Column("way"), *(Column(name, numeric=True) for name in NUMBERS), Column(""))
    said = (found.sentence, *found.reasons)
    title = f"{task}: {ANSWERS[found.answer]}"
    return Table(title, heads, tuple(rows), (), (" ".join(said),))


def _notes(found: Verdict) -> list[Note]:
    return [
        f"In brackets: {100 * found.basis.level:g} % intervals. Attainable: with all real labels, "
        "or as people agree, where that is known.",
        "Scores are those of the classifier of the learning curves, trained on all texts at that "
        "size (params.yaml: curves.model). Texts that an LLM wrote are taken as they are: how much "
        "others that it might have written would score is not among the redraws.",
    ]


def _score(found: Estimate | None) -> Cell:
    return words.estimate(found, 1, 100)


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _first(tasks: Mapping[str, Verdict]) -> Verdict:
    """What was asked is the same for all tasks."""
    return next(iter(tasks.values()))
