"""Which generator writes the more useful texts?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.page import Cell, Column, Page, Row, Table
from stages.rendering.content.run import Run

MEASURES = {
    "remote_clique": "remote-clique",
    "top5_cosine": "mean top-5 cosine with test texts",
    "coverage": "coverage of test texts",
}


def page(run: Run) -> Page:
    """The generators beside each other."""
    names = {writer.model for writers in run.writers.values() for writer in writers}
    return Page(
        "generators",
        "Which generator writes the more useful texts?",
        (about.provenance(run),),
        (*about.warnings(run), *about.doubted(run)),
        tables=(generators(run),),
        notes=(note(len(names)),),
    )


def generators(run: Run) -> Table:
    """Each strategy with its generator, below the real texts."""
    means, measured = run.tables["means"], run.tables["measure_means"]
    gaps = {(r["source"], r["model"], r["metric"]): r for r in means.to_dict("records")}
    known = {(r["source"], r["measure"]): r for r in measured.to_dict("records")}
    metrics = about.metrics(run, "labels")
    kinds = [(model, metric) for model in run.models for metric in metrics]
    lines = [("(real texts)", REAL, 0)] if REAL in run.sources else []
    lines += [
        (writer.model, strategy, tasks)
        for strategy, writers in run.writers.items()
        for writer, tasks in writers.items()
    ]
    rows: list[Row] = []
    for writer, source, tasks in lines:
        stub = Cell(writer), Cell(words.name(source)), Cell(str(tasks or words.ABSENT))
        shown = [_gap(gaps.get((source, *kind), {})) for kind in kinds]
        shown += [words.estimate(known.get((source, measure)), 3) for measure in MEASURES]
        rows.append((*stub, *shown))
    mean = "mean gap" if len(run.tasks) > 1 else "gap"
    heads = [f"{model}: {mean} in {metrics[metric].title}" for model, metric in kinds]
    numbers = (Column(name, numeric=True) for name in ("tasks", *heads, *MEASURES.values()))
    return Table("Generators", (Column("generator"), Column("source"), *numbers), tuple(rows))


def _gap(row: Mapping[Any, Any]) -> Cell:
    """A gap in points; a dash where there is none."""
    ends = {"value": "gap", "low": "gap_low", "high": "gap_high"}
    found = {end: row[name] for end, name in ends.items() if pd.notna(row.get(name))}
    return words.estimate(found, 1, 100, sign=True)


def note(count: int) -> str:
    """What the table of this many generators compares."""
    if count > 1:
        return (
            "Means over tasks, gaps to real in points; the intervals take the tasks as given. "
            "Diversity and similarity at equal numbers of texts."
        )
    found = "One generator has" if count else "No generator has"
    return (
        f"{found} run, so there is nothing to compare. A second one is a strategy with a model "
        "of its own: see README, Your own runs."
    )
