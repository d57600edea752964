"""Is training on these texts as good as training on real ones? The paper's Table 1 and more."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.page import Cell, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import BASE, Run
from stages.rendering.figures import curves, dots


class Shown(NamedTuple):
    """How a metric is written."""

    title: str
    factor: float = 100.0
    digits: int = 1


METRICS = {"accuracy": Shown("accuracy"), "macro_f1": Shown("macro-F1")}
PROBABILITIES = {
    "log_loss": Shown("log loss, nats", 1.0, 3),
    "ece": Shown("calibration error, %"),
}
MARK = "†"
MAIN = "trained on real or on synthetic texts"
REAL = "trained on real texts"
AGAINST = "mixtures less their parts, points"
NOT_HELD = "Not held: which texts the LLM happened to write, and which tasks were chosen."
LOSSES = (
    "Log loss and expected calibration error (ten bins) judge the probabilities: lower is better, "
    "so that a gap above zero is a loss. On few texts the calibration error is too large."
)
MIXING = "trained on few real texts, on synthetic ones, on both together"
PAPER_NOTE = (
    "The paper: Li, Zhu, Lu & Yin (2023), EMNLP, pages 10443-10461, arXiv 2310.07849; fine-tuned "
    "encoders, 3,000 gpt-3.5-turbo texts per label. Only numbers that a second source confirms are "
    f"shown; {words.ABSENT}: none."
)

Reported = Sequence[tuple[str, str, Mapping[str, float]]]  # task, model, accuracy by source
Rows = Mapping[tuple[str, ...], Mapping[Any, Any]]


def page(run: Run, reported: Reported) -> Page:
    """Scores and gaps of every task, beside the paper's own."""
    table, means = run.tables["scores"], run.tables["means"]
    tables = [
        scores(table, means, model, part, run, metrics)
        for model in run.models
        for part in parts(run.sources, run.mixtures).items()
        for metrics in (METRICS, PROBABILITIES)
    ]
    tables += [against(run, model) for model in run.models if len(run.tables["against"])]
    beside = beside_paper(table, reported)
    return Page(
        "table",
        "Scores on real test texts",
        (about.provenance(run),),
        about.warnings(run),
        tuple(pictures(run)),
        (*tables, *([beside] if beside else [])),
        notes(run),
    )


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
    title = MAIN if set(main) - {BASE} else REAL
    found = {title: main, MIXING: beside if mixed else ()}
    return {title: part for title, part in found.items() if part}


def scores(
    table: pd.DataFrame,
    means: pd.DataFrame,
    model: str,
    part: tuple[str, Sequence[str]],
    run: Run,
    metrics: Mapping[str, Shown] = METRICS,
) -> Table:
    """Tasks in rows; the metrics of each source with intervals; means and gaps below."""
    title, sources = part
    own = _lookup(table[table["model"] == model], "task", "source", "metric")
    average = _lookup(means[means["model"] == model], "source", "metric")
    keys = [(source, metric) for source in sources for metric in metrics]
    columns = [Column("task"), Column("training texts", "", True), Column("test texts", "", True)]
    columns += [Column(metrics[metric].title, source, True) for source, metric in keys]
    rows = []
    for task in run.tasks:
        sizes = [f"{own[task, source, 'accuracy']['n_train']:,.0f}" for source in sources]
        trained = sizes[0] if len(set(sizes)) == 1 else "/".join(sizes)
        tests = f"{run.origins[task].texts('test'):,}"
        marked = [_score(own[task, *key], metrics[key[1]], run) for key in keys]
        rows.append((Cell(task), Cell(trained), Cell(tests), *marked))
    kind = "" if metrics == METRICS else "probabilities, "
    totals = _totals(run, keys, average, metrics)
    return Table(f"{model}: {kind}{title}", tuple(columns), tuple(rows), tuple(totals))


def against(run: Run, model: str) -> Table:
    """Each mixture less each of its parts on the same test texts, in points."""
    table, means = run.tables["against"], run.tables["against_means"]
    own = table[table["model"] == model]
    pairs = list(own[["source", "part"]].drop_duplicates().itertuples(index=False, name=None))
    keys = [(*pair, metric) for pair in pairs for metric in METRICS]
    found = _lookup(own, "task", "source", "part", "metric")
    average = _lookup(means[means["model"] == model], "source", "part", "metric")
    columns = [
        Column(f"{METRICS[metric].title}, less {words.name(part)}", mixture, True)
        for mixture, part, metric in keys
    ]
    rows = [
        (Cell(task), *(_gap(found[task, *key], METRICS[key[2]], run) for key in keys))
        for task in run.tasks
    ]
    totals: list[Row] = []
    if len(run.tasks) > 1:
        cells = (_gap(average[key], METRICS[key[2]]) for key in keys)
        totals.append((Cell(f"mean of {len(run.tasks)}"), *cells))
    title = f"{model}: {AGAINST}"
    return Table(title, (Column("task"), *columns), tuple(rows), tuple(totals))


def _totals(
    run: Run, keys: Sequence[tuple[str, str]], average: Rows, metrics: Mapping[str, Shown]
) -> list[Row]:
    """The means of several tasks, and the gap to real."""
    found: list[Row] = []
    stub, count = (Cell(), Cell()), len(run.tasks)
    if count > 1:
        means = [_score(average[key], metrics[key[1]]) for key in keys]
        found.append((Cell(f"mean of {count}"), *stub, *means))
    gaps = [_gap(average[key], metrics[key[1]]) for key in keys]
    if any(cell.text for cell in gaps):
        found.append((Cell("mean gap to real" if count > 1 else "gap to real"), *stub, *gaps))
    return found


def notes(run: Run) -> tuple[Note, ...]:
    """What the numbers of the score tables are."""
    level = run.explained.scores.level
    lines = [
        f"Accuracy and macro-F1 in per cent, over {about.trained(run)} per source; in brackets the "
        f"{100 * level:.4g} % interval, which holds {about.noise(run)}. {NOT_HELD} Training texts: "
        "per run.",
        LOSSES,
    ]
    if run.tables["scores"]["gap"].notna().any():
        given = "; the interval of its mean takes the tasks as given" * (len(run.tasks) > 1)
        lines.append(
            f"{MARK} differs from real on the same test texts: t test that holds {about.noise(run)}"
            f", p < {1 - level:.2g} after Holm's correction over tasks and sources. The gap is "
            f"source minus real, in points{given}."
        )
    else:
        lines.append(about.no_gaps(run.sources))
    return tuple(lines)


def beside_paper(table: pd.DataFrame, reported: Reported) -> Table | None:
    """Accuracies that the paper reports above ours on the same tasks."""
    sources = (BASE, "zero_shot", "few_shot")
    own = _lookup(table[table["metric"] == "accuracy"], "task", "model", "source")
    rows: list[Row] = []
    for task in table["task"].unique():
        theirs = [(model, accuracy) for name, model, accuracy in reported if name == task]
        ours = [
            (model, {s: own[task, model, s]["mean"] for s in sources if (task, model, s) in own})
            for model in table["model"].unique()
            if theirs
        ]
        for model, accuracy in [(f"{m}, the paper", a) for m, a in theirs] + [
            (f"{m}, here", a) for m, a in ours
        ]:
            cells = [words.percent(accuracy[s]) if s in accuracy else words.ABSENT for s in sources]
            rows.append((Cell(task), Cell(model), *map(Cell, cells)))
    columns = [Column("task"), Column("model"), *(Column("accuracy", s, True) for s in sources)]
    title = "Beside the paper's own accuracies"
    return Table(title, tuple(columns), tuple(rows), (), (PAPER_NOTE,)) if rows else None


def pictures(run: Run) -> list[Picture]:
    """Gaps, scores and training curves, as far as there are any."""
    found = []
    gap, level = gap_series(run), run.explained.scores.level
    whiskers = f"whiskers: {100 * level:.4g} %, hold {about.noise(run)}"
    if not gap.empty:
        note = (
            "source minus real, points on the real test texts; below zero: worse than real\n"
            f"{whiskers}; filled: p < {1 - level:.2g} after Holm's correction (mean: interval "
            f"without zero)\n{about.basis(run)}"
        )
        figure = dots.draw(gap, run.sources, note, zero=True)
        title, numbers = "Gap to real by task", dots.series(gap)
        found.append(Picture("gaps", title, gap_message(gap), figure, numbers))
    own = score_series(run)
    figure = dots.draw(own, run.sources, f"per cent; {whiskers}\n{about.basis(run)}")
    message = "Scores of every task and source with their intervals, as in the tables below."
    found.append(Picture("scores", "Scores by task", message, figure, dots.series(own)))
    steps = run.tables["curves"]
    if not steps.empty:
        figure = curves.draw(steps, run.sources, about.real_texts(run))
        message = "Loss and macro-F1 on held-out texts by training step, one line per seed."
        panel = steps["task"] + ", " + steps["model"] + ", " + steps["source"].map(words.name)
        numbers = steps.assign(panel=panel)
        found.append(Picture("training_curves", "Training curves", message, figure, numbers))
    return found


def gap_series(run: Run) -> pd.DataFrame:
    """Gaps in points: panel, task, source, value, low, high, sure; means below several tasks."""
    ends = {"gap": "value", "gap_low": "low", "gap_high": "high", "p_holm": "p"}
    one = ["task", "model", "source", "metric", *ends]
    rows = run.tables["scores"][one].rename(columns=ends)
    rows["sure"] = rows["p"] < 1 - run.explained.scores.level
    if len(run.tasks) > 1:
        average = run.tables["means"].assign(task=dots.MEAN, p_holm=None)[one].rename(columns=ends)
        average["sure"] = average["low"] * average["high"] > 0
        rows = pd.concat([rows, average])
    return _series(rows[rows["value"].notna()], ["value", "low", "high", "sure"])


def score_series(run: Run) -> pd.DataFrame:
    """Scores in per cent: panel, task, source, value, low, high."""
    rows = run.tables["scores"].rename(columns={"mean": "value"})
    return _series(rows, ["value", "low", "high"])


def _series(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    titles = {metric: shown.title for metric, shown in METRICS.items()}
    rows = rows[rows["metric"].isin(titles)]
    rows = rows.assign(panel=rows["model"] + ": " + rows["metric"].map(titles))
    rows = rows[["panel", "task", "source", *columns]].reset_index(drop=True)
    rows[["value", "low", "high"]] *= 100
    return rows


def gap_message(gap: pd.DataFrame) -> str:
    """The gaps in a sentence."""
    tasks = gap[gap["task"] != dots.MEAN]
    means = gap[gap["task"] == dots.MEAN] if len(tasks) < len(gap) else tasks
    panel = means["panel"].iloc[0]
    said = [
        f"{words.name(row['source'])} {words.number(row['value'], 1, sign=True)} "
        f"{words.interval(row['low'], row['high'], 1, sign=True)}"
        for row in means[means["panel"] == panel].to_dict("records")
    ]
    beyond = f"{tasks['sure'].sum()} of {len(tasks)} gaps of single tasks are beyond chance."
    return f"Gap to real in points, {panel}: {'; '.join(said)}. {beyond}"


def _lookup(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[Any, Any]]:
    return {tuple(row[key] for key in keys): row for row in table.to_dict("records")}


def _score(row: Mapping[Any, Any], shown: Shown, run: Run | None = None) -> Cell:
    """A score with its interval; of a task in `run`, with the mark."""
    low, high = (shown.factor * row[end] for end in ("low", "high"))
    value = words.number(shown.factor * row["mean"], shown.digits)
    return Cell(value, f"{words.interval(low, high, shown.digits)}{_mark(row, run)}")


def _gap(row: Mapping[Any, Any], shown: Shown, run: Run | None = None) -> Cell:
    """A gap with its interval; of a task in `run`, with the mark. Empty where there is none."""
    if pd.isna(row["gap"]):
        return Cell()
    value, low, high = (shown.factor * row[end] for end in ("gap", "gap_low", "gap_high"))
    ends = words.interval(low, high, shown.digits, sign=True)
    return Cell(words.number(value, shown.digits, sign=True), f"{ends}{_mark(row, run)}")


def _mark(row: Mapping[Any, Any], run: Run | None) -> str:
    return MARK if run and row["p_holm"] < 1 - run.explained.scores.level else ""
