"""Does subjectivity explain the gap? And do diversity and similarity of the sources' texts?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stages.core.records import PROMPTED
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import MetricFact, Votes, block
from stages.rendering.content.page import Cell, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import subjectivity as figures

TITLES = {
    "subjectivity": "Subjectivity and the gap",
    "remote_clique": "Difference to real in remote-clique score, and the gap",
    "top5_cosine": "Difference to real in top-5 cosine, and the gap",
}
NO_INTERVAL = "no intervals, since resampled voters cannot differ (all voted alike, or one voted)"


def page(run: Run) -> Page:
    """The tasks' ranking and every correlation, with what they leave out."""
    ranked, found = run.tables["ranking"], run.tables["correlations"]
    brackets = about.brackets(run.explained.basis.level)
    tables = [ranking(ranked)]
    metrics = run.explained.metrics
    tables += [
        correlations(found[found["of"] == of], title, metrics) for of, title in TITLES.items()
    ]
    notes = [*vote_notes(run.explained.votes, "low" in ranked), *unbeaten(ranked), *missing(run)]
    if run.tables["gaps"].empty:
        notes.append(about.no_gaps(run.sources))
    else:
        notes += correlation_notes(run.explained.correlations_tried)
    return Page(
        "subjectivity",
        "Does subjectivity explain the gap?",
        (f"Subjectivity: {cast(run.explained.votes)}. {about.provenance(run)} {brackets}",),
        about.warnings(run),
        tuple(pictures(run)),
        tuple(table for table in tables if table.rows),
        tuple(notes),
    )


def ranking(rows: pd.DataFrame) -> Table:
    """Tasks by subjectivity: task, rank, stars, subjectivity, wins, comparisons (low, high)."""
    names = ("task", "rank", "stars", "subjectivity", "votes as the more objective")
    lines = [
        (
            Cell(row["task"]),
            Cell(str(row["rank"])),
            Cell("★" * int(row["stars"])),
            words.estimate(row | {"value": row["subjectivity"]}),
            Cell(f"{row['wins']:g} of {row['comparisons']}"),
        )
        for row in rows.to_dict("records")
    ]
    columns = tuple(Column(name, numeric=name in ("rank", "subjectivity")) for name in names)
    return Table("Tasks, most objective first", columns, tuple(lines))


def cast(votes: Votes) -> str:
    """How many votes, and who cast them."""
    count, voters = words.counted(votes.votes, "vote"), words.counted(votes.voters, "voter")
    return f"{count} by {voters}: {votes.who}"


def vote_notes(votes: Votes, interval: bool) -> list[Note]:
    """How the voters agree with each other and with themselves, and what intervals assume."""
    said = [f"{votes.circular_triples} of {votes.triples} triples of tasks are circular"]
    if votes.agreement is not None and votes.kendall_u is not None:
        share, kendall = 100 * votes.agreement, words.number(votes.kendall_u)
        said.append(f"two voters agree on {share:.0f} % of the pairs (u = {kendall})")
    if votes.ties:
        said.append(f"ties, half a vote for each side: {votes.ties}")
    if votes.contradictions:
        said.append(
            "pairs that one voter decided in different ways (all their votes count): "
            f"{votes.contradictions}"
        )
    notes: list[Note] = [f"Votes: {'; '.join(said)}."]
    notes += [f"Note on the votes: {votes.note.rstrip('.')}."] if votes.note else []
    if not interval:
        return [*notes, f"Subjectivity: {NO_INTERVAL}."]
    return [
        *notes,
        "Intervals of subjectivity come from resampled voters, as if they had voted independently. "
        "Where they have not, the intervals are too narrow and the agreement says little.",
    ]


def unbeaten(rows: pd.DataFrame) -> list[Note]:
    """A note where tasks won or lost every vote, since the votes then set no bound."""
    sure = rows[(rows["wins"] == 0) | (rows["wins"] == rows["comparisons"])]["task"]
    if sure.empty:
        return []
    names = ", ".join(sure)
    return [f"All votes on {names} went one way: how far these tasks lie out rests on the prior."]


def missing(run: Run) -> list[Note]:
    """A note that names the tasks without votes."""
    voted = set(run.tables["ranking"]["task"])
    unvoted = [task for task in run.tasks if task not in voted]
    return [f"No votes on {words.listed(unvoted)}."] if unvoted else []


def correlations(rows: pd.DataFrame, title: str, metrics: Mapping[str, MetricFact]) -> Table:
    """Correlations with the gap: model, source, metric, scale, and the numbers of `correlate`."""
    lines: list[Row] = []
    for row in rows.to_dict("records"):
        score = metrics[row["metric"]].title
        head = (row["model"], words.name(row["source"]), score, row["scale"])
        cells = [Cell(text) for text in head]
        if not block(row, "spearman"):
            lines.append((*cells, Cell(f"none: {row['withheld']}"), *[Cell()] * 4))
            continue
        percent = row["scale"] == "relative"
        errors = [
            words.estimate(block(row, f"leave_one_out_{name}"), 1, 100)
            for name in ("mae", "mean_mae")
        ]
        errors = [cell._replace(text=f"{cell.text} %") for cell in errors] if percent else errors
        skill = Cell(words.number(row["leave_one_out_skill"]))
        rank = [words.estimate(block(row, name)) for name in ("spearman", "kendall")]
        lines.append((*cells, *rank, *errors, skill))
    names = ("model", "source", "score", "gap")
    numbers = (
        "Spearman's rho",
        "Kendall's tau",
        "error on a new task",
        "the mean's error",
        "skill",
    )
    columns = (*map(Column, names), *(Column(name, numeric=True) for name in numbers))
    return Table(title, columns, tuple(lines))


def correlation_notes(tried: int) -> list[Note]:
    """What the correlations are, and how many were tried."""
    return [
        "Gap: score of a source minus that of real, in points (absolute) or as a share of real's "
        "score (relative). A correlation with subjectivity below 0 means that more is lost on more "
        "subjective tasks. One above 0 with the difference to real in remote-clique score, or in "
        "top-5 cosine, means that more is lost where a source's texts are less diverse, or less "
        "close to real test texts. Prompted is the LLM itself, asked at run time, against the "
        "classifier trained on real texts, on the test texts that it was asked.",
        "Error on a new task: mean absolute error, in points or in per cent of real's score, when "
        "a task's gap is predicted by the line through the other tasks; the mean's: by their "
        "mean. Skill: share of squared error that the line saves; below 0 the mean does better.",
        f"{tried} correlations were tried; p-values are not corrected for their number. They come "
        "from permuted tasks, intervals from resampled tasks. Subjectivity and gaps are taken as "
        "known: the choice of tasks is held, the noise of votes, training and test texts is not.",
    ]


def said(row: Mapping[Any, Any]) -> str:
    """A correlation in a line, or why there is none."""
    rho = block(row, "spearman")
    if not rho:
        return f"no correlation: {row['withheld']}"
    ends = words.interval(rho["low"], rho["high"])
    return f"rho {words.number(rho['value'])} {ends}, p {rho['p']:.2g}, {row['tasks']:.0f} tasks"


def pictures(run: Run) -> list[Picture]:
    """The ranking, and the gap in accuracy against it where there is one."""
    ranked, facts = run.tables["ranking"], run.explained
    level = f"{100 * facts.basis.level:g} %"
    whiskers = f"whiskers: {level}, resampled voters" if "low" in ranked else NO_INTERVAL
    figure = figures.rank(ranked, f"{cast(facts.votes)}\n{whiskers}")
    order = ", ".join(ranked["task"])
    message = f"Tasks from the most objective to the most subjective: {order}."
    found = [Picture("ranking", "Tasks by subjectivity", message, figure, ranked)]
    gaps = run.tables["gaps"]
    drawn = gaps[(gaps["metric"] == "accuracy") & (gaps["scale"] == "absolute")]
    drawn = drawn.dropna(subset=["subjectivity"]).drop(columns=["metric", "scale"])
    if drawn.empty:
        return found
    drawn["rank"] = drawn["rank"].astype(int)
    bars = f"{100 * facts.scores.level:g}"
    sentences = _sentences(run.tables["correlations"])
    note = (
        f"{cast(facts.votes)}\nbars: {bars} %, hold {about.held(run)}; line: least squares, band: "
        f"{level} of the line over tasks\n{about.basis(run)}"
    )
    figure = figures.scatter(drawn, run.tables["bands"], sentences, (*run.sources, PROMPTED), note)
    message = "; ".join(f"{words.name(s)}, {m}: {text}" for (m, s), text in sentences.items())
    message = f"Gap to real in accuracy against subjectivity. {message}."
    panel = drawn["source"].map(words.name) + ", " + drawn["model"]
    numbers = drawn.assign(panel=panel)
    return [*found, Picture("subjectivity", "Gap and subjectivity", message, figure, numbers)]


def _sentences(found: pd.DataFrame) -> dict[tuple[str, str], str]:
    chosen = (found["of"] == "subjectivity") & (found["metric"] == "accuracy")
    rows: Sequence[Mapping[Any, Any]] = found[chosen & (found["scale"] == "absolute")].to_dict(
        "records"
    )
    return {(row["model"], row["source"]): said(row) for row in rows}
