"""All tasks together: scores, gaps, and whether subjectivity, diversity or similarity explain them.

Reads:  data/votes/, data/evaluated/, data/analysis/
Writes: data/explained/: facts.json, and the tables behind it: scores, means (over tasks), against
        and against_means (mixtures and their parts), ranking, gaps, correlations, bands, measures,
        measure_means, closeness (.parquet)
Params: explain, grid
Cost:   a second or two
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.params import Grid, Section
from stages.corpora import cards, votes
from stages.stats.across import explanation, measures
from stages.stats.people import ranking
from stages.stats.people.ranking import Tally
from stages.stats.resampling import Bootstrap
from stages.stats.scoring import evaluated, rollup
from stages.stats.scoring.metrics import METRICS, Metric

SUBJECTIVITY = "subjectivity"
OF_TEXTS = ("remote_clique", "top5_cosine")  # measures whose difference to real may explain the gap


class Explain(Section):
    """Whose votes say how subjective a task is, and how intervals are made."""

    votes: tuple[str, ...] = Field(min_length=1)  # files of data/votes, pooled
    prior: float = Field(gt=0)  # votes won, and lost, by each task against an average one
    resamples: int = Field(ge=100)  # of voters and of tasks; permutations of tasks
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of all draws


def main() -> None:
    """Compare all tasks: scores, gaps, and what may explain them."""
    settings, grid = params.load(Explain, "explain"), params.grid()
    bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
    counted, cast = _votes(settings.votes)
    found = {
        task: evaluated.read(paths.evaluated(task), grid.classifiers, grid.sources)
        for task in grid.tasks
    }
    analysed = {task: files.read_json(paths.analyzed(task)) for task in grid.tasks}
    scores = rollup.score_table(found, grid.classifiers, grid.sources)
    against = rollup.against_table(found)
    ranked = _ranked(counted, settings.prior, bootstrap)
    measured = measures.table(analysed, grid.sources)
    gaps = explanation.gaps(scores).merge(ranked[["task", "rank", SUBJECTIVITY]], how="left")
    correlated = _correlations(gaps, ranked, measured, grid, bootstrap)
    level = found[grid.tasks[0]].basis.level
    drawn = gaps[(gaps["metric"] == "accuracy") & (gaps["scale"] == "absolute")]
    tables = {
        "scores": scores,
        "means": rollup.mean_table(scores, level),
        "ranking": ranked,
        "gaps": gaps,
        "against": against,
        "against_means": rollup.mean_against(against, level),
        "correlations": correlated,
        "bands": explanation.bands(drawn.dropna(subset=[SUBJECTIVITY]), settings.level),
        "measures": measured,
        "measure_means": measures.means(measured, settings.level),
        "closeness": measures.spread(_closeness(grid)),
    }
    facts: dict[str, Any] = {
        "basis": settings.model_dump(exclude={"votes"}),
        "votes": ranking.summary(counted) | cast,
        "ranking": ranked.set_index("task").to_dict("index"),
        "correlations": explanation.nested(correlated),
        "correlations_tried": explanation.tested(correlated),
        "scores": {
            "level": level,
            "few_test_texts": {t: record.basis.few_test_texts for t, record in found.items()},
        },
        "metrics": {name: _described(metric) for name, metric in METRICS.items()},
    }
    for name, table in tables.items():
        files.write_table(table, paths.EXPLAINED / f"{name}.parquet")
    files.write_json(facts, paths.explained(), files.DETAILS)


def _described(metric: Metric) -> dict[str, str]:
    """What a metric is called, and how it is shown."""
    fields = ("title", "better", "needs", "scale")
    return {field: getattr(metric, field) for field in fields}


def _votes(names: Sequence[str]) -> tuple[Tally, dict[str, str]]:
    """The votes of all files together; who cast them, and what their provenance notes.

    Voters of the same name in two files are two voters.
    """
    tables, who, notes = [], [], []
    for name in names:
        table, survey = votes.read(paths.votes(name))
        ranking.check(table, cards.names(), str(paths.votes(name)))
        tables.append(table.assign(voter=f"{name}: " + table["voter"]))
        who.append(f"{name} ({survey.who})")
        notes += [f"{name}: {survey.note}"] if survey.note else []
    counted = ranking.tally(pd.concat(tables, ignore_index=True), cards.names())
    return counted, {"who": ", ".join(who), "note": "; ".join(notes)}


def _ranked(counted: Tally, prior: float, bootstrap: Bootstrap) -> pd.DataFrame:
    """Tasks, most objective first, with subjectivity: the strength with its sign turned.

    Without an interval where all voters voted alike: resamples of them cannot differ.
    """
    table = ranking.table(counted, prior, bootstrap)
    table[SUBJECTIVITY] = -table["strength"]
    if not np.ptp(counted.wins, axis=0).any():
        return table.drop(columns=["strength", "low", "high"], errors="ignore")
    table["low"], table["high"] = -table["high"], -table["low"]
    return table.drop(columns="strength")


def _correlations(
    gaps: pd.DataFrame,
    ranked: pd.DataFrame,
    measured: pd.DataFrame,
    grid: Grid,
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """The gaps against subjectivity, and against the difference of each source's texts to real."""
    columns = explanation.GAPS
    known = ranked.set_index("task")[SUBJECTIVITY]
    parts = [explanation.correlations(gaps[columns], known, bootstrap).assign(of=SUBJECTIVITY)]
    for measure in OF_TEXTS:
        for source in grid.sources:
            x = measures.differences(measured, measure, source)
            rows = gaps.loc[gaps["source"] == source, columns]
            parts.append(explanation.correlations(rows, x, bootstrap).assign(of=measure))
    return pd.concat(parts, ignore_index=True)


def _closeness(grid: Grid) -> pd.DataFrame:
    """How close each test text is to each source's texts."""
    tables = [
        files.read_table(paths.analysis(task) / "closeness.parquet").assign(task=task)
        for task in grid.tasks
    ]
    return pd.concat(tables, ignore_index=True)


if __name__ == "__main__":
    cli.run(main)
