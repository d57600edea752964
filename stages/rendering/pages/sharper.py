"""Scores and gaps on few test texts, narrowed by an LLM's labels of spare texts (PPI++)."""

from collections.abc import Iterator, Mapping
from typing import Any

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import MetricFact, PoweredFact, SharperFact
from stages.rendering.content.page import Cell, Column, Note, Row, Table
from stages.rendering.content.run import Run


def table(run: Run, model: str) -> Table:
    """A row per task, source or gap, and metric: by people's labels alone, and with the LLM's.

    Without rows where no task has unlabelled texts; a task whose conditions fail says which.
    """
    texts = ("test texts", "spare texts", "λ", "as many labels by people")
    columns = (
        Column("task"),
        Column("of"),
        Column("metric"),
        Column("people's labels alone", "", True),
        Column("with the LLM's", "", True),
        *(Column(name, "", True) for name in texts),
    )
    rows = [row for task, found in run.powered.items() for row in _rows(run, model, task, found)]
    return Table(f"{model}: narrowed by an LLM's labels", columns, tuple(rows), (), _notes(run))


def _rows(run: Run, model: str, task: str, found: PoweredFact) -> Iterator[Row]:
    empty = (Cell(),) * 3
    counts = (Cell(f"{found.n:,}"), Cell(f"{found.spare:,}"))
    if found.off:
        yield (Cell(task), Cell(f"not narrowed: {found.off}"), *empty, *counts, Cell(), Cell())
        return
    metrics = about.metrics(run, "labels")
    scores = run.tables["scores"]
    own = scores[(scores["model"] == model) & (scores["task"] == task)]
    classic = {(row["source"], row["metric"]): row for row in own.to_dict("records")}
    for source, by_metric in found.scores.get(model, {}).items():
        for metric, sharper in by_metric.items():
            row = classic[source, metric]
            ends = {"value": row["mean"], "low": row["low"], "high": row["high"]}
            cells = _cells(ends, sharper, metrics[metric])
            of = (Cell(task), Cell(words.name(source)), Cell(metrics[metric].title))
            yield (*of, *cells[:2], *counts, *cells[2:])
    for source, by_metric in found.gaps.get(model, {}).items():
        for metric, sharper in by_metric.items():
            row = classic[source, metric]
            ends = {"value": row["gap"], "low": row["gap_low"], "high": row["gap_high"]}
            cells = _cells(ends, sharper, metrics[metric], sign=True)
            gap = Cell(f"{words.name(source)} − {words.name(REAL)}")
            of = (Cell(task), gap, Cell(metrics[metric].title))
            yield (*of, *cells[:2], *counts, *cells[2:])


def _cells(
    classic: Mapping[str, Any], sharper: SharperFact, metric: MetricFact, sign: bool = False
) -> tuple[Cell, Cell, Cell, Cell]:
    """The classic estimate, the narrowed one, lambda, and the effective number of labels."""
    ends = {"value": sharper.value, "low": sharper.low, "high": sharper.high}
    one, two = (
        words.estimate(found, metric.digits, metric.factor, sign=sign) for found in (classic, ends)
    )
    return one, two, Cell(words.number(sharper.weight)), Cell(f"{sharper.n_eff:,.0f}")


def _notes(run: Run) -> tuple[Note, ...]:
    lines = [
        "Prediction-powered inference (PPI++, Angelopoulos et al. 2023): an LLM labelled the test "
        "texts and spare ones that nobody else labelled and nothing is trained on. Its labels of "
        "the spare texts, corrected by how it errs on the test texts, count as much as λ says. The "
        "last column: how many labels by people alone would tell as much of the test texts. "
        "Training runs widen both intervals alike. The p-values and marks elsewhere are those of "
        "people's labels alone.",
        "It holds if the spare texts are of the test texts' kind. Two tests at once ask for that, "
        "of their embeddings and of the LLM's labels; they see large differences only.",
    ]
    for task, found in run.powered.items():
        if found.copied:
            texts = words.counted(found.copied, "spare text")
            lines.append(f"{task}: {texts} left out, being training texts.")
        lines += [f"{task}: no {_title(run, m)}: {why}." for m, why in found.without.items()]
    return tuple(lines)


def _title(run: Run, metric: str) -> str:
    return about.metrics(run, "labels")[metric].title
