"""An LLM that labels real texts, or answers at run time, beside training on other sources."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.core.records import PROMPTED
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import LlmLabels
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import dots

CONFIDENCES = {"3": "sure", "2": "likely", "1": "a guess", "not stated": "not stated"}
TOO_FEW = "too few"
BRACKETS = "In brackets: intervals of {level:.4g} %. "
SCORES = (
    "Sources: a classifier trained on them, on all test texts. Prompted: the LLM itself, asked for "
    "the label of each text of a sample of the test texts; no training, so no seeds: its intervals "
    "hold the test texts alone. Where it was asked about fewer than 30, nothing is said of it."
)
PAIRED = (
    "Points; above zero: the LLM is better. Both sides on the same texts, those that the LLM was "
    "asked about; the intervals hold these texts and the classifier's training runs. p is for one "
    "task and source, not corrected for their number."
)
NOT_HELD = (
    "Not held by any interval here: another LLM, another prompt, another answer of this one to the "
    "same text, and that it may have seen public texts with their labels before. An answer that "
    "cannot be read is left out."
)
AGREEMENT = (
    "Agreement: share of texts, train and test together, to which the LLM gives the label that "
    "people gave; Wilson's intervals. Known within 5 points: with so many labels by people its "
    "interval would reach 5 points to either side. On which side of {enough:.4g} %: with so many "
    "an agreement such as the one found would show in 8 of 10 samples to lie above or below it "
    "(exact one-sided binomial test)."
)
NOTHING: Note = (
    "An LLM labelled no text of these tasks: see ",
    Code("label"),
    " in ",
    Code("params.yaml"),
    ".",
)


def page(run: Run) -> Page:
    """The table of ways, and what an LLM's labels are worth."""
    tables = [table for model in run.models for table in (scores(run, model), paired(run, model))]
    tables += [agreement(run), by_label(run), costs(run)]
    return Page(
        "ways",
        "What are an LLM's labels of real texts worth, and the LLM itself at run time?",
        (about.provenance(run), *(() if run.labels else (NOTHING,))),
        (*about.warnings(run), *few(run)),
        tuple(pictures(run)),
        tuple(table for table in tables if table.rows),
        (NOT_HELD,) if run.labels else (),
    )


def few(run: Run) -> list[Note]:
    """A warning of tasks with too few labelled test texts."""
    found = [f"{task} ({labels.prompted.n})" for task, labels in _unscored(run).items()]
    return [f"Too few test texts labelled by the LLM: {words.listed(found)}."] if found else []


def _unscored(run: Run) -> dict[str, LlmLabels]:
    return {task: labels for task, labels in run.labels.items() if not labels.prompted.scores}


def scores(run: Run, model: str) -> Table:
    """Tasks in rows; each source's scores, and the LLM's own."""
    metrics = about.metrics(run, "labels")
    table = run.tables["scores"]
    rows = table[table["model"] == model].rename(columns={"mean": "value"})
    rows = rows[["task", "source", "metric", "value", "low", "high"]]
    known = {(r["task"], r["source"], r["metric"]): r for r in rows.to_dict("records")}
    shown = []
    for task, labels in run.labels.items():
        cells = [
            _prompted(labels, metric)
            if source == PROMPTED
            else words.estimate(known.get((task, source, metric)), 1, 100)
            for metric in metrics
            for source in (*run.sources, PROMPTED)
        ]
        shown.append((Cell(task), Cell(f"{labels.prompted.n:,}"), *cells))
    columns = [Column("task"), Column("texts asked about", numeric=True)]
    columns += [
        Column(metrics[metric].title, source, numeric=True)
        for metric in metrics
        for source in (*run.sources, PROMPTED)
    ]
    return Table(f"Ways: {model}", tuple(columns), tuple(shown), (), (_level(run) + SCORES,))


def _prompted(labels: LlmLabels, metric: str) -> Cell:
    found = labels.prompted.scores.get(metric)
    if found is None:
        return Cell(TOO_FEW if labels.prompted.n else words.ABSENT)
    return words.estimate({**found, "value": found["mean"]}, 1, 100)


def paired(run: Run, model: str) -> Table:
    """The LLM's score less that of a classifier trained on each source."""
    metrics = about.metrics(run, "labels")
    keys = [(metric, source) for metric in metrics for source in run.sources]
    rows: list[Row] = []
    for task, labels in run.labels.items():
        gaps = labels.prompted.gaps.get(model, {})
        cells = [_gap(gaps.get(source, {}).get(metric)) for metric, source in keys]
        if gaps:
            rows.append((Cell(task), *cells))
    heads = [Column(metrics[metric].title, source, numeric=True) for metric, source in keys]
    title = f"The LLM at run time, less {model} trained on"
    return Table(title, (Column("task"), *heads), tuple(rows), (), (_level(run) + PAIRED,))


def _gap(found: Mapping[str, Any] | None) -> Cell:
    named = {**found, "value": found["difference"]} if found else None
    return words.estimate(named, 1, 100, sign=True)


def agreement(run: Run) -> Table:
    """Agreement with people's labels, overall and by confidence, and how many it takes to know."""
    stated = {name for labels in run.labels.values() for name in labels.agreement.of_confidence}
    shown = {name: title for name, title in CONFIDENCES.items() if name in stated}
    rows, enough = [], 0.0
    for task, labels in run.labels.items():
        found, enough = labels.agreement, labels.agreement.enough
        told = f"{found.labels_to_tell:,}" if found.labels_to_tell else "over 10,000"
        counts = [
            f"{found.labels_for_width:,}",
            told,
            f"{labels.to_people:,}",
            f"{sum(labels.without_label.values()):,}",
            f"{labels.of_other_texts:,}",
        ]
        shares = [_share(found.overall), *(_share(found.of_confidence.get(c)) for c in shown)]
        rows.append((Cell(task), *shares, *map(Cell, counts)))
    if not rows:
        return Table("Labels", (), ())
    heads = [
        "agreement, %",
        *(f"where {title}, %" for title in shown.values()),
        "people's labels to know it within 5 points",
        f"and on which side of {100 * enough:.4g} %",
        "texts left to people",
        "answers not read",
        "recorded labels of other texts",
    ]
    columns = (Column("task"), *(Column(head, numeric=True) for head in heads))
    note = _level(run) + AGREEMENT.format(enough=100 * enough)
    return Table("The LLM's labels beside people's", columns, tuple(rows), (), (note,))


def by_label(run: Run) -> Table:
    """Agreement among the texts of each label."""
    rows = []
    for task, labels in run.labels.items():
        found = labels.agreement
        for label in dict.fromkeys([*found.of_people, *found.of_llm]):
            cells = _share(found.of_people.get(label)), _share(found.of_llm.get(label))
            rows.append((Cell(task), Cell(label), *cells))
    heads = ("where people gave it, %", "where the LLM gave it, %")
    columns = (Column("task"), Column("label"), *(Column(head, numeric=True) for head in heads))
    note = "In each case the share of these texts whose two labels are the same, of how many texts."
    return Table("Agreement by label", columns, tuple(rows), (), (note,))


def _share(found: Mapping[str, float] | None) -> Cell:
    """A share in per cent with its interval, and of how many texts."""
    if not found:
        return Cell(words.ABSENT)
    value, ends = words.estimate({**found, "value": found["share"]}, 1, 100)
    return Cell(value, f"{ends} of {found['n']:,.0f}")


def costs(run: Run) -> Table:
    """Tokens and money of a label, where the endpoint counted tokens."""
    rows = []
    for task, labels in run.labels.items():
        if (found := labels.tokens) is not None:
            usd = found.get("usd_per_1000")
            cells = [f"{found['texts']:,.0f}", f"{found['prompt']:,.0f}"]
            cells += [f"{found['completion']:,.0f}"]
            cells += [words.ABSENT if usd is None else words.number(usd, 3)]
            rows.append((Cell(task), *map(Cell, cells)))
    heads = ("texts", "prompt tokens of a text", "completion tokens", "US dollars per 1,000 texts")
    columns = (Column("task"), *(Column(head, numeric=True) for head in heads))
    note = "Means over the texts whose tokens the endpoint counted, all attempts and members."
    return Table("What a label costs", columns, tuple(rows), (), (note,))


def _level(run: Run) -> str:
    return BRACKETS.format(level=100 * run.explained.scores.level)


def pictures(run: Run) -> list[Picture]:
    """The scores of every way."""
    found = series(run)
    if found.empty:
        return []
    level = 100 * run.explained.scores.level
    note = (
        f"per cent; whiskers: {level:.4g} %, hold {about.held(run)} (prompted: test texts)\n"
        f"prompted: on a sample of the test texts; {about.basis(run)}"
    )
    figure = dots.draw(found, (*run.sources, PROMPTED), note)
    message = "Scores of every source and of the LLM itself by task, as in the tables below."
    return [Picture("ways", "Ways by task", message, figure, dots.series(found))]


def series(run: Run) -> pd.DataFrame:
    """Scores in per cent: panel, task, source, value, low, high; of tasks with the LLM's score."""
    titles = {name: metric.title for name, metric in about.metrics(run, "labels").items()}
    scored = {t: labels for t, labels in run.labels.items() if labels.prompted.scores}
    table = run.tables["scores"]
    own = table[table["metric"].isin(list(titles)) & table["task"].isin(list(scored))]
    asked = pd.DataFrame(
        [
            {"task": task, "model": model, "source": PROMPTED, "metric": metric, **found}
            for model in run.models
            for task, labels in scored.items()
            for metric, found in labels.prompted.scores.items()
        ],
    )
    if asked.empty:
        return asked
    columns = ["task", "model", "source", "metric", "mean", "low", "high"]
    rows = pd.concat([own[columns], asked[columns]], ignore_index=True)
    rows = rows.assign(panel=rows["model"] + ": " + rows["metric"].map(titles))
    rows = rows.rename(columns={"mean": "value"})
    rows[["value", "low", "high"]] *= 100
    return rows[["panel", "task", "source", "value", "low", "high"]]
