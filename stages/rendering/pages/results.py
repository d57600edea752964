"""Is training on these texts as good as training on real ones? The paper's Table 1 and more."""

from collections.abc import Iterator

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import Paper
from stages.rendering.content.page import Note, Page, Picture, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import curves, dots
from stages.rendering.pages import scores, sharper

STOPS_ON = {
    "own": "held-out texts of the source that it is trained on",
    "real": "labels of real validation texts, whatever the source",
}


def page(run: Run, paper: Paper) -> Page:
    """Scores and gaps of every task, beside the paper's own."""
    return Page(
        "table",
        "Scores on real test texts",
        (about.provenance(run),),
        about.warnings(run),
        tuple(pictures(run)),
        tuple(table for table in tables(run, paper) if table.rows),
        notes(run),
    )


def tables(run: Run, paper: Paper) -> Iterator[Table]:
    """Of each model scores, gaps, and how good its probabilities are; then the paper's scores."""
    parts = scores.parts(run.sources, run.mixtures).items()
    labels, probabilities = about.metrics(run, "labels"), about.metrics(run, "probabilities")
    for model in run.models:
        for title, sources in parts:
            yield scores.scores(run, model, title, sources, labels)
        yield scores.gaps(run, model)
        for title, sources in parts:
            yield scores.scores(run, model, f"probabilities, {title}", sources, probabilities)
        yield sharper.table(run, model)
    yield scores.beside_paper(run.tables["scores"], paper)


def notes(run: Run) -> tuple[Note, ...]:
    """What the numbers are, which noise their intervals hold, and which not."""
    table, level = run.tables["scores"], run.explained.scores.level
    metrics = about.metrics(run, "labels") | about.metrics(run, "probabilities")
    better = "; ".join(f"{m.title}{m.unit}: {m.better} is better" for m in metrics.values())
    lines = [
        f"{better[0].upper()}{better[1:]}. On few texts the calibration error is too large, in the "
        "mean over tasks, too, and a small log loss is less certain than its interval. Training "
        "texts: of one run.",
        f"{about.brackets(level)} {about.noise(run)}",
    ]
    if table["gap"].notna().any():
        lines.append(
            f"{scores.MARK} a gap beyond chance: paired on the same test texts, p < "
            f"{1 - level:.2g} after Holm's correction over tasks and sources; in tables of scores "
            "the gap to real."
        )
    else:
        lines.append(about.no_gaps(run.sources))
    if any(about.sources(run, task) != run.sources for task in run.tasks):
        lines.append(
            "Not every task has every source: a mean is over the tasks that have its source, so "
            "that means over other tasks are not to be compared."
        )
    stepped = run.tables["curves"].groupby("stops_on")["model"].unique()
    for texts, models in stepped.items():
        lines.append(
            f"Trained in steps: {words.listed(list(models))}. Training stops early, and the best "
            f"weights are kept, by {STOPS_ON[str(texts)]}."
        )
    return tuple(lines)


def pictures(run: Run) -> list[Picture]:
    """Gaps, scores and training curves, as far as there are any."""
    found = []
    gap, level = gap_series(run), run.explained.scores.level
    whiskers = f"whiskers: {100 * level:.4g} %, hold {about.held(run)}"
    if not gap.empty:
        mean = " (mean: interval without zero)" if len(run.tasks) > 1 else ""
        note = (
            "source minus real, points on the real test texts; below zero: worse than real\n"
            f"{whiskers}; filled: p < {1 - level:.2g} after Holm's correction{mean}\n"
            f"{about.basis(run)}"
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
    ends = {"gap": "value", "gap_low": "low", "gap_high": "high"}
    one = ["task", "model", "source", "metric", *ends, "sure"]
    rows = run.tables["scores"].assign(
        sure=run.tables["scores"]["p_holm"] < 1 - run.explained.scores.level
    )[one]
    if len(run.tasks) > 1:
        means = run.tables["means"].assign(task=dots.MEAN)
        means["sure"] = means["gap_low"] * means["gap_high"] > 0
        rows = pd.concat([rows, means[one]])
    return _series(rows[rows["gap"].notna()].rename(columns=ends), run)


def score_series(run: Run) -> pd.DataFrame:
    """Scores in per cent: panel, task, source, value, low, high."""
    return _series(run.tables["scores"].rename(columns={"mean": "value"}), run)


def _series(rows: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Of the metrics that need labels only."""
    titles = {name: metric.title for name, metric in about.metrics(run, "labels").items()}
    rows = rows[rows["metric"].isin(list(titles))]
    rows = rows.assign(panel=rows["model"] + ": " + rows["metric"].map(titles))
    columns = ["panel", "task", "source", "value", "low", "high", "sure"]
    rows = rows[[name for name in columns if name in rows]].reset_index(drop=True)
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
