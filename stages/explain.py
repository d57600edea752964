"""Does subjectivity explain the gap? All tasks together, with every figure and table of it.

Reads:  data/votes/, metrics/evaluate/, metrics/analyze/, data/analysis/,
        data/real/<task>/source.json, the first reply of data/replies/<task>/<strategy>.jsonl
Writes: metrics/explain.json; plots/: subjectivity, ranking, agreement_synthetic,
        agreement_real, diversity, similarity (.svg), their series (.json), subjectivity.md,
        agreement.md, texts.md, datasets.md, generators.md
Params: explain; the grid (tasks, sources, train.models, train.probes), generate.strategies
Cost:   a few seconds
"""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Grid, Section
from stages.core.records import VOTES, check_columns
from stages.corpora import cards
from stages.figures import agreement as agreement_figure
from stages.figures import measures as measures_figure
from stages.figures import pages, reading, results, style
from stages.figures import subjectivity as subjectivity_figure
from stages.figures.table import Table, markdown
from stages.stats import explanation, ranking
from stages.stats.ranking import Tally

BASE = "real"
SPREAD = (
    "over the real test texts; line: 5 to 95 %, bar: quartiles, marker: median\n"
    "every source (real: the training texts) at the same number of texts of each label"
)


class Explain(Section):
    """Whose votes say how subjective a task is, and how intervals are made."""

    votes: tuple[str, ...] = Field(min_length=1)  # files of data/votes, pooled
    prior: float = Field(gt=0)  # votes won, and lost, by each task against an average one
    resamples: int = Field(ge=100)  # voters or tasks drawn anew, tasks put in another order
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of all draws


class Survey(Section):
    """Where a file of votes comes from: data/votes/<name>.yaml."""

    kind: Literal["people", "panel"]
    voters: str
    collected: str
    question: str
    note: str = ""


def main() -> None:
    settings, grid = params.load(Explain, "explain"), params.grid()
    counted, surveys = _votes(settings.votes)
    ranked = _ranked(counted, settings)
    analysed = {task: files.read_json(paths.analyzed(task)) for task in grid.tasks}
    evaluated = {task: files.read_json(paths.evaluated(task)) for task in grid.tasks}
    gaps = pd.concat(
        [explanation.gaps(task, evaluated[task], grid.models, grid.sources) for task in grid.tasks],
        ignore_index=True,
    )
    subjectivity = ranked.set_index("task")["subjectivity"]
    found = explanation.correlations(
        gaps, subjectivity, settings.resamples, settings.level, settings.seed
    )
    who = _who(surveys)
    facts = {
        "votes": ranking.summary(counted) | {"from": who},
        "tasks": ranked.set_index("task").to_dict("index"),
        "correlation": found,
        "correlations_tried": explanation.tested(found),
        "basis": settings.model_dump(exclude={"votes"}),
    }
    files.write_json(facts, paths.METRICS / "explain.json")
    _subjectivity(ranked, gaps, found, who, settings)
    _agreement(analysed, grid)
    _texts(analysed, grid)
    _tables(analysed, evaluated, gaps, grid)


def _votes(names: tuple[str, ...]) -> tuple[Tally, dict[str, Survey]]:
    """The votes of all files together; equal names in two files are two voters."""
    import yaml

    surveys, tables = {}, []
    for name in names:
        path, beside = paths.votes(name), paths.votes(name).with_suffix(".yaml")
        for needed in (path, beside):
            if not needed.exists():
                raise UserError(f"explain.votes names {name!r}: expected {needed}, found none")
        content = yaml.safe_load(beside.read_text(encoding="utf-8"))
        surveys[name] = params.parse(Survey, content, str(beside))
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        check_columns(table, VOTES, str(path))
        tables.append(table.assign(voter=f"{name}: " + table["voter"]))
    votes = pd.concat(tables, ignore_index=True)
    return ranking.tally(votes, cards.names()), surveys


def _who(surveys: Mapping[str, Survey]) -> str:
    parts = [
        f"{name} ({'a language model playing voters, a proxy' if s.kind == 'panel' else 'people'})"
        for name, s in surveys.items()
    ]
    return ", ".join(parts)


def _ranked(counted: Tally, settings: Explain) -> pd.DataFrame:
    """Tasks, most objective first, with subjectivity: the strength turned round."""
    table = ranking.table(
        counted, settings.prior, settings.resamples // 10, settings.level, settings.seed
    )
    table["subjectivity"] = -table["strength"]
    if "low" in table:
        table["low"], table["high"] = -table["high"], -table["low"]
    return table.drop(columns="strength")


def _subjectivity(
    ranked: pd.DataFrame,
    gaps: pd.DataFrame,
    found: Mapping[str, Any],
    who: str,
    settings: Explain,
) -> None:
    """The ranking, the gap against it, and every correlation."""
    flat = explanation.flat(found)
    table = gaps[(gaps["metric"] == "accuracy") & (gaps["scale"] == "absolute")]
    table = table.merge(ranked[["task", "subjectivity"]], on="task")
    drawn = table[["task", "model", "source", "subjectivity", "gap", "low", "high"]]
    files.write_series(drawn, paths.PLOTS / "subjectivity.json")
    shown = flat[(flat["metric"] == "accuracy") & (flat["scale"] == "absolute")]
    words = {
        (row["model"], row["source"]): reading.correlation(row["block"])
        for row in shown.to_dict("records")
    }
    bands = explanation.bands(drawn, settings.level)
    note = f"votes: {who}; intervals {100 * settings.level:g} %"
    with style.apply():
        scatter = subjectivity_figure.scatter(drawn, bands, words, note)
        order = subjectivity_figure.rank(ranked.assign(task=ranked["task"].map(style.title)), note)
    style.save(scatter, paths.PLOTS / "subjectivity.svg", "Gap to real against subjectivity")
    style.save(order, paths.PLOTS / "ranking.svg", "Tasks by subjectivity")
    notes = [
        f"Votes: {who}. Gap: score of a source less that of real, in points (absolute) or as a "
        "share of real's score (relative); a correlation below 0 means that more is lost on more "
        f"subjective tasks. {explanation.tested(found)} correlations were tried, none corrected "
        "for their number. Skill: share of squared error that subjectivity saves on a task left "
        "out; below 0 the plain mean of the other tasks does better.",
        *pages.unbeaten(ranked),
    ]
    _page(
        "subjectivity",
        "Does subjectivity explain the gap?",
        notes,
        [pages.ranking(ranked), pages.correlations(flat)],
    )


def _agreement(analysed: Mapping[str, Any], grid: Grid) -> None:
    """Accuracy against agreement (Figures 2 and C.1)."""
    facts = {task: content["thresholds"] for task, content in analysed.items()}
    blocks = {
        (task, model, source): block
        for task, content in facts.items()
        for model in grid.models
        for source, block in content.get(model, {}).items()
    }
    tables = [
        files.read_table(paths.analysis(task) / "thresholds.parquet").assign(task=task)
        for task, content in facts.items()
        if any(content.get(model, {}).get(s) for model in grid.models for s in grid.sources)
    ]
    slopes = {key: b["slope"]["value"] for key, b in blocks.items() if "slope" in b}
    columns = ["task", "model", "source", "gamma", "items", "accuracy", "low", "high"]
    points = pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)
    points = reading.lines(points, slopes)
    files.write_series(points.drop(columns="fit"), paths.PLOTS / "agreement.json")
    words = {key: reading.slope(block, key[2]) for key, block in blocks.items()}
    missing = pages.withheld(facts, "line")
    made = [source for source in grid.sources if source != BASE]
    note = "bands: resampled texts; lines: least squares through the points, where there are three"
    for name, sources, caption in (
        ("agreement_synthetic", made, "Trained on other sources: accuracy against agreement"),
        ("agreement_real", [BASE], "Trained on real texts: accuracy against agreement"),
    ):
        with style.apply():
            figure = agreement_figure.draw(points, words, sources, missing, note)
        style.save(figure, paths.PLOTS / f"{name}.svg", caption)
    said = {task: content["agreement"] for task, content in analysed.items()}
    notes = [
        "a: share of an item's annotators who chose its most frequent label. Intervals over "
        "resampled items. Slopes: accuracy per unit of agreement, over the thresholds as in Li et "
        "al. (2023) and over single texts, the latter with a permutation p-value. Within labels: "
        "only texts of one label are compared, since a label that is disputed and seldom predicted "
        "makes agreed texts look easier. Of brackets, mean a is given by its bounds and a text's "
        "agreement taken as the lower one.",
        *pages.withheld(said, "interval or alpha"),
        *missing,
    ]
    tables_ = [pages.agreement(said), pages.slopes(facts, grid.models, grid.sources)]
    _page("agreement", "Annotators' agreement", notes, tables_)


def _texts(analysed: Mapping[str, Any], grid: Grid) -> None:
    """Diversity (Figure 1) and similarity to real texts (Figure B.2)."""
    shown = {"remote_clique": "remote-clique score", "chamfer": "Chamfer score"}
    table = reading.measures(analysed, "diversity", shown, grid.sources)
    files.write_series(table, paths.PLOTS / "diversity.json")
    close = [
        files.read_table(paths.analysis(task) / "closeness.parquet").assign(task=style.title(task))
        for task in grid.tasks
    ]
    spread = reading.spread(pd.concat(close, ignore_index=True))
    files.write_series(spread, paths.PLOTS / "similarity.json")
    note = "every source at the same number of texts of each label; whiskers: delete-d jackknife"
    with style.apply():
        dots = measures_figure.draw(
            table, shown, f"cosine distance, higher is more diverse\n{note}"
        )
        boxes = measures_figure.boxes(spread, SPREAD)
    style.save(dots, paths.PLOTS / "diversity.svg", "Diversity of the sources' texts")
    style.save(boxes, paths.PLOTS / "similarity.svg", "Similarity of the sources to real texts")
    notes = [f"Higher is more diverse, or closer to real texts; {note}, where sizes matter."]
    _page("texts", "The sources' texts", notes, pages.texts(analysed, grid.sources))


def _tables(
    analysed: Mapping[str, Any], evaluated: Mapping[str, Any], gaps: pd.DataFrame, grid: Grid
) -> None:
    """The data sets, and the generators beside each other."""
    origins = {task: files.read_json(paths.real(task) / "source.json") for task in grid.tasks}
    sizes = {
        task: {s: evaluated[task][grid.models[0]][s]["n_train"] for s in grid.sources}
        for task in grid.tasks
    }
    notes = ["Real texts by split; `trained on`: texts a classifier saw, the mean over seeds."]
    _page("datasets", "Data sets", notes, [pages.datasets(origins, analysed, sizes)])
    writers = _writers(grid)
    count = len({writer for writer, _ in writers.values()})
    notes = [
        "Mean gap to real over tasks, in points."
        if count > 1
        else f"{count} generators have run, so there is nothing to compare between them."
    ]
    _page("generators", "Generators", notes, [pages.generators(writers, gaps, analysed)])


def _writers(grid: Grid) -> dict[str, tuple[str, int]]:
    """Who wrote each strategy's texts (its replies' model), and for how many tasks."""
    found: dict[str, tuple[str, int]] = {}
    for strategy in params.strategies():
        if strategy not in grid.sources:
            continue
        models = [
            str(reply["model"])
            for task in grid.tasks
            if (reply := next(files.read_lines(paths.replies(task, strategy)), None))
        ]
        if models:
            found[strategy] = (", ".join(dict.fromkeys(models)), len(models))
    return found


def _page(name: str, heading: str, notes: list[str], tables: list[Table]) -> None:
    kept = [table for table in tables if table.rows]
    sources = (files.read_json(paths.real(task) / "source.json") for task in params.grid().tasks)
    origins = list(dict.fromkeys(source["origin"] for source in sources))
    page = markdown(heading, kept, [results.real_from(origins), *notes])
    files.write_text(page, paths.PLOTS / f"{name}.md")


if __name__ == "__main__":
    cli.run(main)
