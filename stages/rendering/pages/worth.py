"""How many real labels is a source worth, and how many does it save?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import MetricFact
from stages.rendering.content.page import Cell, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.content.worth import (
    PLAIN,
    WAYS,
    LabelCount,
    Points,
    SourceCurve,
    Worth,
    WorthBasis,
    labels,
    saved,
)
from stages.rendering.figures import worth as drawing

METRICS = ("accuracy", "macro_f1")


def page(run: Run) -> Page:
    """Worth of every source on every task, labels saved, and the curves behind them."""
    known = {task: _of_grid(found, run) for task, found in run.worths.items() if found.real}
    return Page(
        "worth",
        "Worth in real labels",
        (_lead(run),),
        about.warnings(run),
        tuple(_pictures(run, known)),
        tuple(table for table in _tables(run, known) if table.rows),
        tuple(_notes(run, known)),
    )


def _of_grid(found: Worth, run: Run) -> Worth:
    """With the sources of the grid, in its order."""
    sources = {name: found.sources[name] for name in run.sources if name in found.sources}
    return found.model_copy(update={"sources": sources})


def _lead(run: Run) -> Note:
    return (
        "A source is worth as many real labels as train an equally good classifier: the learning "
        "curve of real texts, drawn at random and labelled by people, is read off at the score "
        f"that the source reaches with all of its texts. {about.provenance(run)}"
    )


def _tables(run: Run, known: dict[str, Worth]) -> Iterator[Table]:
    metrics = {name: run.explained.metrics[name] for name in METRICS}
    for name, metric in metrics.items():
        yield _worth(known, name, metric)
    yield _readings(known, metrics)
    for name, metric in metrics.items():
        yield _saved(known, name, metric)
    yield _extrapolated(known, metrics)


def _each(known: dict[str, Worth], metric: str) -> Iterator[tuple[str, str, Worth, SourceCurve]]:
    for task, found in known.items():
        for source, own in found.sources.items():
            yield task, source, found, own.metrics[metric]


def _worth(known: dict[str, Worth], name: str, metric: MetricFact) -> Table:
    """Worth by one metric, with and without a correction of class shares."""
    given = {way for *_, own in _each(known, name) for way in own.worth}
    ways = [way for way in WAYS if way in given]
    rows = []
    for task, source, found, own in _each(known, name):
        score = words.estimate(own.worth[PLAIN].score, metric.digits, metric.factor)
        cells = [labels(own.worth[way].mean, found.basis) for way in ways]
        texts = Cell(f"{found.sources[source].texts:,}")
        rows.append((Cell(task), Cell(words.name(source)), texts, score, *cells))
    columns = [Column("task"), Column("source"), Column("texts", numeric=True)]
    columns += [Column(f"{metric.title}, %", numeric=True)]
    columns += [Column(WAYS[way], numeric=True) for way in ways]
    return Table(f"Worth in real labels, by {metric.title}", tuple(columns), tuple(rows))


def _readings(known: dict[str, Worth], metrics: dict[str, MetricFact]) -> Table:
    """Where the mean of the draws crosses, and where nine of ten do."""
    rows = []
    for task, source, found, _ in _each(known, METRICS[0]):
        cells = [Cell(task), Cell(words.name(source))]
        for name in metrics:
            plain = found.sources[source].metrics[name].worth[PLAIN]
            cells += [labels(plain.mean, found.basis), labels(plain.reliable, found.basis)]
        rows.append(tuple(cells))
    heads = [f"{m.title}, {what}" for m in metrics.values() for what in ("mean", "9 of 10 draws")]
    columns = (Column("task"), Column("source"), *(Column(head, numeric=True) for head in heads))
    note = (
        "Mean: where the mean over draws of real texts reaches the source. 9 of 10 draws: where "
        "all but the luckless tenth of them do, after Pecher et al. (2025). That tenth is known "
        "roughly: in simulations its 95 % interval holds the truth in 92 to 99 % of studies."
    )
    return Table("Two readings, class shares as they come", columns, tuple(rows), (), (note,))


def _saved(known: dict[str, Worth], name: str, metric: MetricFact) -> Table:
    """How many labels each source saves those who have n."""
    sizes = sorted({size for *_, own in _each(known, name) for size in own.saved})
    rows: list[Row] = []
    for task, source, found, own in _each(known, name):
        cells = [
            saved(own.saved[size], size, found.basis) if size in own.saved else Cell()
            for size in sizes
        ]
        rows.append((Cell(task), Cell(words.name(source)), *cells))
    heads = [Column(f"with {size:,}", numeric=True) for size in sizes]
    note = (
        "With n own labels: as many further ones would do as much as all texts of the source "
        "beside them do. Below zero: the source harms. A text with both a person's and an LLM's "
        "label counts with the person's."
    )
    columns = (Column("task"), Column("source"), *heads)
    title = f"Labels saved, by {metric.title}"
    return Table(title, columns, tuple(rows) if sizes else (), (), (note,))


def _extrapolated(known: dict[str, Worth], metrics: dict[str, MetricFact]) -> Table:
    """Worth beyond the real labels at hand, where it was asked for."""
    rows = []
    for name, metric in metrics.items():
        for task, source, found, own in _each(known, name):
            if forms := own.worth[PLAIN].extrapolated:
                far = found.basis.model_copy(update={"texts": 2 * found.basis.texts})
                cells = [labels(each, far) for each in forms.values()]
                rows.append((Cell(task), Cell(words.name(source)), Cell(metric.title), *cells))
    columns = (*map(Column, ("task", "source", "metric")), Column("POW4"), Column("MMF4"))
    note = (
        "Not measured: two forms fitted to the curve of real texts and carried on, at most twice "
        "as far. Where they disagree, neither is to be believed; intervals take the form for true."
    )
    return Table("Extrapolated worth", columns, tuple(rows), (), (note,))


def _notes(run: Run, known: dict[str, Worth]) -> Iterator[Note]:
    for task, found in run.worths.items():
        if found.basis.withheld:
            yield f"{task}: no worth. {found.basis.withheld[0].upper()}{found.basis.withheld[1:]}."
    if not known:
        return
    bases = [found.basis for found in known.values()]
    drawn = {s for found in known.values() for s, own in found.sources.items() if own.drawn}
    held = "A source's texts are taken as they are"
    if drawn:
        names = words.listed([words.name(source) for source in run.sources if source in drawn])
        held += f"; {names}: a random sample of real texts, whose choice is held too"
    yield (
        f"In brackets: {100 * bases[0].level:.4g} % intervals. They hold the choice of "
        f"{words.between([basis.tests for basis in bases])} test texts and that of real training "
        f"texts, {bases[0].draws} draws of each size. {held}. Outside the measured sizes only that "
        "is said."
    )
    yield (
        "Class shares: written texts come with as many of each label, real ones do not. Corrected "
        "by Bayes' rule after calibration on held-out texts: for the shares of all real labels, of "
        "the few-shot pool's labels, or estimated from unlabelled real texts by EM (Saerens et al. "
        "2002). In a small pool every label has a least number of texts, so that its shares are "
        "more even than real ones."
    )
    falls = [
        f"{task} ({run.explained.metrics[name].title}, p {curve.p_monotone:.3f})"
        for task, found in known.items()
        for name, curve in found.real.items()
        if curve.p_monotone < 1 - found.basis.level
    ]
    if falls:
        yield (
            f"Real texts' curves that fall somewhere by more than noise: {words.listed(falls)}. "
            "Worth is read off the nearest curve that does not fall."
        )


def _pictures(run: Run, known: dict[str, Worth]) -> Iterator[Picture]:
    if not known:
        return
    level = next(iter(known.values())).basis.level
    tests = words.between([found.basis.tests for found in known.values()])
    note = (
        "real labels, class shares as they come; grey: the sizes that were measured; arrows and "
        f"hollow markers: beyond them\nwhiskers: {100 * level:.4g} %, hold test texts and draws of "
        f"real texts\n{tests} test texts per task; {about.real_texts(run)}"
    )
    table = series(run, known)
    if not table.empty:
        figure = drawing.worth(table, run.sources, note)
        message = "Worth in real labels of every task and source with its interval, as below."
        yield Picture("worth", "Worth in real labels", message, figure, table)
    for task, found in known.items():
        lines, marks = _lines(run, found), _marks(run, found)
        note = f"band: {100 * level:.4g} % of the real curve's mean; dotted: what a source is worth"
        figure = drawing.curves(lines, marks, run.sources, note)
        message = f"Scores by number of training texts on {task}, a line per source."
        yield Picture(f"curves_{task}", f"Learning curves: {task}", message, figure, lines)


def series(run: Run, known: dict[str, Worth]) -> pd.DataFrame:
    """Worth by panel, task and source, ends beyond the measured sizes cut off and named."""
    rows = []
    for name in METRICS:
        for task, source, found, own in _each(known, name):
            count, basis = own.worth[PLAIN].mean, found.basis
            panel, cut = run.explained.metrics[name].title, _cut(count, basis)
            rows.append({"panel": panel, "task": task, "source": source, **cut})
    return pd.DataFrame(rows)


def _cut(count: LabelCount, basis: WorthBasis) -> dict[str, float | str]:
    limits = {"below": float(basis.smallest), "above": float(basis.texts)}
    found: dict[str, float | str] = {"smallest": basis.smallest, "largest": basis.texts}
    for end, suffix in (("labels", ""), ("low", "_low"), ("high", "_high")):
        value = getattr(count, end)
        found[end] = limits[value] if isinstance(value, str) else value
        found[f"open{suffix}"] = value if isinstance(value, str) else ""
    return found


def _lines(run: Run, found: Worth) -> pd.DataFrame:
    """The curves of a task in per cent."""
    rows = []
    for name in METRICS:
        curves: dict[str, Points] = {REAL: found.real[name].curve}
        curves |= {source: own.metrics[name].curve for source, own in found.sources.items()}
        for source, points in curves.items():
            for size, point in sorted(points.items()):
                ends = {end: 100 * point[end] for end in ("value", "low", "high")}
                panel = f"{run.explained.metrics[name].title}, %"
                rows.append({"panel": panel, "source": source, "size": size, **ends})
    return pd.DataFrame(rows)


def _marks(run: Run, found: Worth) -> pd.DataFrame:
    """Each source at its full size, and the number of real texts that match it."""
    rows = []
    for name in METRICS:
        for source, own in found.sources.items():
            reading = own.metrics[name].worth[PLAIN]
            count = reading.mean.labels
            rows.append(
                {
                    "panel": f"{run.explained.metrics[name].title}, %",
                    "source": source,
                    "size": own.texts,
                    "value": 100 * reading.score["value"],
                    "labels": np.nan if isinstance(count, str) else count,
                }
            )
    return pd.DataFrame(rows, columns=["panel", "source", "size", "value", "labels"])
