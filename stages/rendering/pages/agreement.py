"""Are texts on which annotators agree easier? Agreement, annotators, and accuracy against both."""

from collections.abc import Mapping, Sequence

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import Agreement, Analysis, Slopes
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import agreement as figures
from stages.rendering.pages.replacement import replacement

KINDS = {
    "annotations": "named annotators",
    "votes": "votes without names",
    "brackets": "brackets only",
    "none": "none",
}
PROXY = "LLM panel: a proxy for people"
NOTES: tuple[Note, ...] = (
    "a: share of an item's annotators who chose its most frequent label; alpha: Krippendorff's. "
    "Intervals come from resampled items. Of brackets, mean a is given by its bounds, and a text's "
    "agreement is the lower one.",
)
SLOPE_NOTES: tuple[Note, ...] = (
    "Slopes: accuracy per unit of agreement, over the thresholds as in Li et al. (2023) and over "
    "single texts, the latter with a permutation p-value; minus real's, over single texts, with a "
    "bootstrap p-value. Within labels: only texts of one label are compared, since a label that is "
    "disputed and rarely predicted makes agreed texts look easier.",
    "Intervals and p-values of slopes come from resampled, or permuted, test texts: they hold the "
    "noise of test texts, not that of training runs.",
    "No slope separates hard texts from uncertain labels: where the label is the majority of the "
    "same annotators, accuracy falls at low agreement even for a classifier to which all texts are "
    "equally hard.",
)
BIAS_NOTES: tuple[Note, ...] = (
    (
        "Bias: how much more often an annotator gives a label than the others do on the same "
        "items, half the sum over labels without sign; biased: one of these has an interval that "
        "excludes 0, corrected for their number. Only annotators with at least 10 such items; all "
        "are in ",
        Code("data/analysis/<task>/annotators.parquet"),
        ".",
    ),
    "Aggregated labels weight annotators by how reliable they seem, which takes disagreement for "
    "error: an alternative to look at, not a better truth. Accuracy against them is over the test "
    "texts that have annotations; accuracy against the task's labels is over all.",
)
SET_ASIDE = {  # words -> fields of `Agreement`
    "items with a single annotator (left out)": ("single_annotator_items",),
    "items with several labels by one annotator (in a, not in alpha)": ("items_labelled_twice",),
    "annotations given twice (count once)": ("repeated_annotations",),
    "annotations of texts that the task does not have (left out)": (
        "unknown_annotations",
        "unknown_items",
    ),
}
UNKNOWN = tuple(f"{name}_of_unknown_texts" for name in ("annotations", "counts", "agreement"))

Analyses = Mapping[str, Analysis]


def page(run: Run) -> Page:
    """Everything about annotators."""
    found = run.analysed
    tables = (
        agreement(found),
        annotators(run),
        replacement(found),
        slopes(found, run.models, run.sources),
    )
    return Page(
        "agreement",
        "Are texts on which annotators agree easier?",
        (about.analysed(run),),
        about.warnings(run),
        tuple(pictures(run)),
        tuple(table for table in tables if table.rows),
        (*no_lines(found), *proxies(found), *set_aside(run)),
    )


def known(facts: Agreement) -> str:
    """What is known of a task's annotators."""
    return PROXY if facts.by else KINDS[facts.kind]


def agreement(found: Analyses) -> Table:
    """How annotators agree on each task."""
    rows = []
    for task, analysis in found.items():
        facts = analysis.agreement
        people = facts.annotators_per_item
        cells = [words.estimate(e) for e in (facts.mean_a, facts.alpha, facts.entropy_bits)]
        unanimous = facts.unanimous_items
        rows.append(
            (
                Cell(task),
                Cell(known(facts)),
                Cell(f"{facts.items:,}"),
                Cell(words.number(people, 1) if people else words.ABSENT),
                *cells,
                Cell(words.ABSENT if unanimous is None else f"{unanimous:,}"),
            )
        )
    heads = ("items", "annotators per item", "mean a", "alpha", "entropy, bits", "unanimous items")
    columns = (Column("task"), Column("annotators"), *(Column(h, numeric=True) for h in heads))
    notes = (*NOTES, *withheld(found))
    return Table("Agreement of annotators", columns, tuple(rows), (), notes)


def withheld(found: Analyses) -> list[Note]:
    """One note per reason for which alpha, or an interval, is missing: the reason and its tasks."""
    reasons: dict[str, list[str]] = {}
    for task, analysis in found.items():
        facts = analysis.agreement
        for reason in (facts.withheld, facts.alpha_withheld, facts.intervals_withheld):
            if reason:
                reasons.setdefault(reason, []).append(task)
    return [
        f"No interval or no alpha ({reason}): {words.listed(tasks)}."
        for reason, tasks in reasons.items()
    ]


def annotators(run: Run) -> Table:
    """Annotators' bias, and each source's accuracy against labels and against aggregated ones.

    Tasks without named annotators are left out; those without aggregated labels have one row, which
    says why.
    """
    accuracy = run.tables["scores"].query("metric == 'accuracy'")
    own = accuracy.set_index(["task", "model", "source"])["mean"]
    rows: list[Row] = []
    for task, analysis in run.analysed.items():
        people, gold = analysis.annotators, analysis.gold
        if not people.annotators:
            continue
        biased = f"{people.biased_annotators:,} of {people.annotators:,}"
        head = (Cell(task), Cell(biased), Cell(words.number(people.greatest_bias)))
        if not gold.accuracy:
            rows.append((*head, Cell(f"none: {gold.withheld}"), *[Cell()] * 5))
        differs = f"{words.percent(gold.differs_from_label)} % of {gold.items:,}"
        for model, sources in gold.accuracy.items():
            for source, share in sources.items():
                said = (gold.method, differs, model, words.name(source))
                scores = (own[task, model, source], share)
                rows.append((*head, *map(Cell, said), *(Cell(words.percent(s)) for s in scores)))
    names = ("task", "biased annotators", "greatest bias", "aggregated labels", "differ from label")
    heads = ("accuracy against labels, %", "against aggregated labels, %")
    columns = (*map(Column, (*names, "model", "source")), *(Column(h, numeric=True) for h in heads))
    return Table("Annotators", columns, tuple(rows), (), BIAS_NOTES)


def slopes(found: Analyses, models: Sequence[str], sources: Sequence[str]) -> Table:
    """Accuracy against agreement, of each task, model and source with enough spread."""
    rows: list[Row] = []
    for task, analysis in found.items():
        facts = analysis.thresholds
        for model in models:
            for source in sources:
                own = facts.slopes.get(model, {}).get(source)
                if not own or own.item_slope is None:
                    continue
                counts = f"{facts.items:,} / {facts.thresholds}"
                stub = (task, model, words.name(source), counts)
                less = own.difference
                estimates = (own.slope, own.r2, own.spearman, own.item_slope)
                within = (less.get("item_slope"), own.label_slope, less.get("label_slope"))
                rows.append((*map(Cell, stub), *map(words.estimate, (*estimates, *within))))
    names = ("task", "model", "source", "texts / thresholds")
    heads = ["slope over γ", "R²", "rho", "slope over texts", "minus real's"]
    heads += ["slope within labels", "minus real's"]
    columns = (*map(Column, names), *(Column(head, numeric=True) for head in heads))
    return Table("Accuracy against agreement", columns, tuple(rows), (), SLOPE_NOTES)


def no_lines(found: Analyses) -> list[Note]:
    """One note per reason for which a task has no line: the reason, its tasks, how unanimous."""
    reasons: dict[str, list[str]] = {}
    for task, analysis in found.items():
        facts = analysis.thresholds
        if facts.withheld:
            shares = f" ({facts.unanimous_items:,} of {facts.items:,} texts unanimous)"
            said = f"{task}{shares if facts.thresholds else ''}"
            reasons.setdefault(facts.withheld, []).append(said)
    return [
        f"No line of accuracy over agreement ({reason}): {words.listed(tasks)}."
        for reason, tasks in reasons.items()
    ]


def proxies(found: Analyses) -> list[Note]:
    """A note for each panel that took the place of people, naming its tasks."""
    panels: dict[str, list[str]] = {}
    for task, analysis in found.items():
        if analysis.agreement.by:
            panels.setdefault(analysis.agreement.by, []).append(task)
    return [f"Annotators of {words.listed(tasks)}: {who}." for who, tasks in panels.items()]


def set_aside(run: Run) -> list[Note]:
    """Annotations that do not count, or not like the others, by task."""
    notes: list[Note] = []
    for task, analysis in run.analysed.items():
        dropped = run.origins[task].dropped
        counts = {
            what: sum(getattr(analysis.agreement, field) for field in fields)
            for what, fields in SET_ASIDE.items()
        }
        counts[list(SET_ASIDE)[-1]] += sum(dropped.get(reason, 0) for reason in UNKNOWN)
        said = [f"{what}: {n:,}" for what, n in counts.items() if n]
        if said:
            notes.append(f"Set aside in {task}: {'; '.join(said)}.")
    return notes


def pictures(run: Run) -> list[Picture]:
    """Accuracy against agreement, of the tasks with at least two thresholds."""
    points = run.tables["thresholds"]
    spread = points.groupby("task")["gamma"].transform("nunique") > 1
    points = points[spread].reset_index(drop=True)
    if points.empty:
        return []
    lines = {
        (task, model, source): text
        for task, analysis in run.analysed.items()
        for model, sources in analysis.thresholds.slopes.items()
        for source, slopes in sources.items()
        if (text := slope(slopes, source))
    }
    note = (
        "bands and whiskers: resampled test texts; lines: least squares through the points, where "
        f"there are three\n{about.basis(run)}"
    )
    figure = figures.draw(points, lines, run.sources, note)
    tasks = words.listed(list(dict.fromkeys(points["task"])))
    message = f"Accuracy on the texts on which annotators agree at least so far, of {tasks}."
    return [Picture("agreement", "Accuracy against agreement", message, figure, _series(points))]


def _series(points: pd.DataFrame) -> pd.DataFrame:
    panel = points["task"] + ", " + points["model"] + ", " + points["source"].map(words.name)
    return points.drop(columns="fit").dropna().assign(panel=panel)


def slope(slopes: Slopes, source: str) -> str:
    """A source's slope in words: the line's, else that over texts."""
    if slopes.slope and slopes.r2:
        cell, r2 = words.estimate(slopes.slope), words.number(slopes.r2["value"])
        return f"{words.name(source)}: slope {cell.text} {cell.detail}, R² {r2}"
    if slopes.item_slope:
        cell = words.estimate(slopes.item_slope)
        return f"{words.name(source)}: slope over texts {cell.text} {cell.detail}"
    return ""
