"""Tables of scores, of the gaps between sources, and of the paper's own accuracies."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import MetricFact, Paper
from stages.rendering.content.page import Cell, Column, Row, Table
from stages.rendering.content.run import Run

MARK = "†"
MAIN = "trained on real or on synthetic texts"
ONLY_REAL = "trained on real texts"
MIXING = "trained on few real texts, on synthetic ones, on both together"

Rows = Mapping[tuple[str, ...], Mapping[Any, Any]]


def parts(
    sources: Sequence[str], mixtures: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """The sources of the main table and, where mixtures are in the grid, of the mixing table.

    The mixing table shows each mixture beside what it is made of.
    """
    mixed = [source for source in sources if source in mixtures or source == "real_pool"]
    made_of = {part for mixture in mixed for part in mixtures.get(mixture, ())}
    main = tuple(source for source in sources if source not in mixed)
    beside = tuple(source for source in sources if source in mixed or source in made_of)
    title = MAIN if set(main) - {REAL} else ONLY_REAL
    found = {title: main, MIXING: beside if mixed else ()}
    return {title: part for title, part in found.items() if part}


def scores(
    run: Run, model: str, title: str, sources: Sequence[str], metrics: Mapping[str, MetricFact]
) -> Table:
    """Tasks in rows; scores of each source with interval and mark; means and gaps to real below."""
    table, means = run.tables["scores"], run.tables["means"]
    own = _lookup(table[table["model"] == model], "task", "source", "metric")
    average = _lookup(means[means["model"] == model], "source", "metric")
    keys = [(source, metric) for source in sources for metric in metrics]
    columns = [Column("task"), Column("training texts", "", True), Column("test texts", "", True)]
    columns += [Column(metrics[metric].title, source, True) for source, metric in keys]
    rows = []
    for task in run.tasks:
        there = [own[task, s, keys[0][1]] for s in sources if (task, s, keys[0][1]) in own]
        sizes = [f"{row['n_train']:,.0f}" for row in there]
        trained = sizes[0] if len(set(sizes)) == 1 else "/".join(sizes)
        tests = f"{run.origins[task].texts('test'):,}"
        cells = [_score(own.get((task, *key)), metrics[key[1]], run) for key in keys]
        rows.append((Cell(task), Cell(trained), Cell(tests), *cells))
    stub, count = (Cell(), Cell()), len(run.tasks)
    totals: list[Row] = []
    if count > 1:
        means_of = [(average[key], metrics[key[1]]) for key in keys]
        cells = [_of(_score(row, metric, run), row["tasks"], run) for row, metric in means_of]
        totals.append((Cell(f"mean of {count}"), *stub, *cells))
    gaps = [_of(_gap(average[k], metrics[k[1]]), average[k]["gap_tasks"], run) for k in keys]
    if any(cell.text for cell in gaps):
        totals.append((Cell("mean gap to real" if count > 1 else "gap to real"), *stub, *gaps))
    return Table(f"{model}: {title}", tuple(columns), tuple(rows), tuple(totals))


def gaps(run: Run, model: str) -> Table:
    """Every source less real, and every mixture less each of its parts, paired; means below."""
    one = ["task", "model", "source", "part", "metric", "gap", "gap_low", "gap_high", "p_holm"]
    tables = run.tables
    rows = pd.concat([tables["scores"].assign(part=REAL)[one], tables["against"][one]])
    rows = rows[(rows["model"] == model) & rows["gap"].notna()]
    metrics = about.metrics(run, "labels")
    own = _lookup(rows, "task", "source", "part", "metric")
    pairs = dict.fromkeys(zip(rows["source"], rows["part"], strict=True))
    keys = [(source, part, metric) for source, part in pairs for metric in metrics]
    means = pd.concat([tables["means"].assign(part=REAL), tables["against_means"]])
    average = _lookup(means[means["model"] == model], "source", "part", "metric")
    columns = [Column("task")]
    columns += [
        Column(metrics[metric].title, f"{words.name(source)} − {words.name(part)}", True)
        for source, part, metric in keys
    ]
    found = [
        (Cell(task), *(_gap(own.get((task, *key)), metrics[key[2]], run) for key in keys))
        for task in run.tasks
    ]
    total = [_of(_gap(average[k], metrics[k[2]]), average[k]["gap_tasks"], run) for k in keys]
    totals = ((Cell("mean"), *total),) if len(run.tasks) > 1 else ()
    return Table(f"{model}: gaps, in points", tuple(columns), tuple(found) if keys else (), totals)


def beside_paper(table: pd.DataFrame, paper: Paper) -> Table:
    """Accuracies that the paper reports above ours on the same tasks."""
    sources = (REAL, "zero_shot", "few_shot")
    own = _lookup(table[table["metric"] == "accuracy"], "task", "model", "source")
    lines: list[tuple[str, str, Mapping[str, float]]] = []
    for task in table["task"].unique():
        theirs = [found for found in paper.accuracies if found.task == task]
        lines += [(task, f"{found.model}, the paper", found.accuracy) for found in theirs]
        for model in table["model"].unique() if theirs else ():
            ours = {s: own[task, model, s]["mean"] for s in sources if (task, model, s) in own}
            lines.append((task, f"{model}, here", ours))
    rows = [
        (Cell(task), Cell(model), *(Cell(_known(accuracy, source)) for source in sources))
        for task, model, accuracy in lines
    ]
    columns = [Column("task"), Column("model"), *(Column("accuracy", s, True) for s in sources)]
    note = (
        f"The paper: {paper.citation}; fine-tuned encoders, 3,000 gpt-3.5-turbo texts per label. "
        f"Only numbers that a second source confirms are shown; {words.ABSENT}: none."
    )
    title = "Beside the paper's own accuracies"
    return Table(title, tuple(columns), tuple(rows), (), (note,))


def _known(accuracy: Mapping[str, float], source: str) -> str:
    return words.percent(accuracy[source]) if source in accuracy else words.ABSENT


def _lookup(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[Any, Any]]:
    return {tuple(row[key] for key in keys): row for row in table.to_dict("records")}


def _of(mean: Cell, tasks: float, run: Run) -> Cell:
    """A mean, which says over how many tasks it is where these are not all."""
    if not mean.text or tasks == len(run.tasks):
        return mean
    return Cell(mean.text, f"{mean.detail} of {words.counted(int(tasks), 'task')}")


def _score(row: Mapping[Any, Any] | None, metric: MetricFact, run: Run) -> Cell:
    """A score with its interval; marked where its gap to real is beyond chance; else empty."""
    if row is None:
        return Cell()
    ends = {"value": row["mean"], "low": row["low"], "high": row["high"]}
    shown = words.estimate(ends, metric.digits, metric.factor)
    return Cell(shown.text, f"{shown.detail}{_mark(row, run)}")


def _gap(row: Mapping[Any, Any] | None, metric: MetricFact, run: Run | None = None) -> Cell:
    """A gap with its interval, and a mark where a run is given; empty where there is none."""
    if row is None or pd.isna(row["gap"]):
        return Cell()
    ends = {"value": row["gap"], "low": row["gap_low"], "high": row["gap_high"]}
    shown = words.estimate(ends, metric.digits, metric.factor, sign=True)
    return Cell(shown.text, f"{shown.detail}{_mark(row, run) if run else ''}")


def _mark(row: Mapping[Any, Any], run: Run) -> str:
    return MARK if row.get("p_holm", 1.0) < 1 - run.explained.scores.level else ""
