"""All tasks together: scores, gaps, and whether subjectivity, diversity or similarity explain them.

Reads:  data/votes/, data/evaluated/, data/analysis/
Writes: data/explained/: facts.json, and the tables behind it: scores, means (over tasks), against
        and against_means (mixtures and their parts), ranking, gaps, correlations, bands, measures,
        measure_means, closeness (.parquet)
Params: explain, grid
Cost:   a second or two
"""

from collections.abc import Mapping, Sequence
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
from stages.stats.scoring.evaluated import Evaluated
from stages.stats.scoring.metrics import METRICS

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
        task: evaluated.read(paths.evaluated(task), grid.classifiers, grid.of(task))
        for task in grid.tasks
    }
    tables = _rolled_up(found, grid) | _measured(grid, settings.level)
    tables["ranking"] = _ranked(counted, settings.prior, bootstrap)
    tables |= _explained(tables, explanation.prompted(found), grid, bootstrap)
    facts: dict[str, Any] = {
        "basis": settings.model_dump(exclude={"votes"}),
        "votes": ranking.summary(counted) | cast,
        "ranking": tables["ranking"].set_index("task").to_dict("index"),
        "correlations_tried": explanation.tested(tables["correlations"]),
        "scores": {
            "level": found[grid.tasks[0]].basis.level,
            "few_test_texts": {t: record.basis.few_test_texts for t, record in found.items()},
            "short": {task: _short(record) for task, record in found.items()},
        },
        "metrics": {
            name: {key: text for key, text in metric._asdict().items() if isinstance(text, str)}
            for name, metric in METRICS.items()
        },
    }
    for name, table in tables.items():
        files.write_table(table, paths.EXPLAINED / f"{name}.parquet")
    files.write_json(facts, paths.explained(), files.DETAIL_DIGITS)
    print(
        f"{len(grid.tasks)} tasks: {facts['correlations_tried']} correlations with the gap tried",
        flush=True,
    )


def _short(record: Evaluated) -> dict[str, Mapping[str, int]]:
    """By source the labels with fewer training texts than asked for: the same for every model."""
    return {
        source: trained.short
        for sources in record.trained.values()
        for source, trained in sources.items()
        if trained.short
    }


def _rolled_up(found: Mapping[str, Evaluated], grid: Grid) -> dict[str, pd.DataFrame]:
    """Scores and gaps of all tasks, and their means."""
    level = found[grid.tasks[0]].basis.level
    scores = rollup.score_table(found, grid.classifiers, grid.sources)
    against = rollup.against_table(found)
    return {
        "scores": scores,
        "means": rollup.mean_table(scores, level),
        "against": against,
        "against_means": rollup.mean_against(against, level),
    }


def _measured(grid: Grid, level: float) -> dict[str, pd.DataFrame]:
    """Diversity and similarity of all tasks' texts, and their means."""
    analysed = {task: files.read_json(paths.analyzed(task)) for task in grid.tasks}
    closeness = [
        files.read_table(paths.analysis(task) / "closeness.parquet").assign(task=task)
        for task in grid.tasks
    ]
    found = measures.table(analysed, grid.sources)
    return {
        "measures": found,
        "measure_means": measures.means(found, level),
        "closeness": measures.spread(pd.concat(closeness, ignore_index=True)),
    }


def _explained(
    tables: Mapping[str, pd.DataFrame], prompted: pd.DataFrame, grid: Grid, bootstrap: Bootstrap
) -> dict[str, pd.DataFrame]:
    """The gaps beside subjectivity, their correlations, and regression lines."""
    ranks = tables["ranking"][["task", "rank", SUBJECTIVITY]]
    both = [table for table in (explanation.gaps(tables["scores"]), prompted) if len(table)]
    gaps = pd.concat(both or [prompted], ignore_index=True).merge(ranks, how="left")
    drawn = gaps[(gaps["metric"] == "accuracy") & (gaps["scale"] == "absolute")]
    known = drawn.dropna(subset=[SUBJECTIVITY])
    of_votes = explanation.correlations(gaps, ranks.set_index("task")[SUBJECTIVITY], bootstrap)
    parts = [of_votes.assign(of=SUBJECTIVITY)]
    for measure in OF_TEXTS:
        for source in grid.sources:
            x = measures.differences(tables["measures"], measure, source)
            rows = gaps[gaps["source"] == source]
            parts.append(explanation.correlations(rows, x, bootstrap).assign(of=measure))
    return {
        "gaps": gaps,
        "correlations": pd.concat(parts, ignore_index=True),
        "bands": explanation.bands(known, bootstrap.level),
    }


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


if __name__ == "__main__":
    cli.run(main)
