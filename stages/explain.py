"""Do subjectivity, diversity, similarity explain the gap? All tasks, every figure and table of it.

Reads:  data/votes/, data/evaluated/, data/analysis/,
        data/real/<task>/source.json, the first reply of data/replies/<task>/<strategy>.jsonl
Writes: metrics/explain.json; plots/: subjectivity, ranking, agreement_synthetic,
        agreement_real, diversity, similarity (.svg), their series (.json), subjectivity.md,
        agreement.md, texts.md, datasets.md, generators.md
Params: explain, grid
Cost:   a few seconds
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.params import Grid, Section
from stages.corpora import cards, votes
from stages.rendering import style
from stages.rendering.figures import agreement as agreement_figure
from stages.rendering.figures import measures as measures_figure
from stages.rendering.figures import subjectivity as subjectivity_figure
from stages.rendering.pages import annotators, reading, results
from stages.rendering.pages import people as pages
from stages.rendering.pages import texts as source_pages
from stages.rendering.table import Table, markdown
from stages.stats.across import explanation
from stages.stats.people import ranking
from stages.stats.people.ranking import Tally
from stages.stats.scoring import rollup

BASE = "real"
TEXTS = {  # measure -> its part of analyze's facts, and its table's title
    "remote_clique": ("diversity", "Difference to real in remote-clique"),
    "top5_cosine": ("similarity", "Difference to real in top-5 cosine"),
}


class Explain(Section):
    """Whose votes say how subjective a task is, and how intervals are made."""

    votes: tuple[str, ...] = Field(min_length=1)  # files of data/votes, pooled
    prior: float = Field(gt=0)  # votes won, and lost, by each task against an average one
    resamples: int = Field(ge=100)  # voters or tasks drawn anew, tasks put in another order
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of all draws


class Run(NamedTuple):
    """What the other stages found, by task."""

    grid: Grid
    origins: dict[str, Any]  # source.json
    evaluated: dict[str, Any]
    analysed: dict[str, Any]
    gaps: pd.DataFrame
    note: str  # what the figures' numbers rest on


def main() -> None:
    """Relate the gaps of all tasks to subjectivity, diversity and similarity."""
    settings = params.load(Explain, "explain")
    counted, who, note = _votes(settings.votes)
    ranked = _ranked(counted, settings)
    run = _run(params.grid())
    subjectivity = ranked.set_index("task")["subjectivity"]
    found = explanation.correlations(
        run.gaps, subjectivity, settings.resamples, settings.level, settings.seed
    )
    of_texts = {measure: _of_texts(run, measure, settings) for measure in TEXTS}
    facts: dict[str, Any] = {
        "votes": ranking.summary(counted) | {"from": who, "note": note},
        "tasks": ranked.set_index("task").to_dict("index"),
        "correlation": found,
        "texts_correlation": of_texts,
        "correlations_tried": sum(map(explanation.tested, (found, *of_texts.values()))),
        "basis": settings.model_dump(exclude={"votes"}),
    }
    files.write_json(facts, paths.explained())
    _ranking(ranked, pages.cast(facts["votes"]), settings)
    _subjectivity(ranked, facts, settings, run)
    _agreement(run)
    _texts(run)
    _tables(run)


def _of_texts(run: Run, measure: str, settings: Explain) -> dict[str, Any]:
    """`explanation.correlations` of the gaps with each source's difference to real."""
    found: dict[str, Any] = {}
    if BASE not in run.grid.sources:
        return found
    for source, gaps in run.gaps.groupby("source", sort=False):
        x = reading.apart(run.analysed, TEXTS[measure][0], measure, str(source), BASE)
        blocks = explanation.correlations(
            gaps, x, settings.resamples, settings.level, settings.seed
        )
        for model, sources in blocks.items():
            found.setdefault(model, {}).update(sources)
    return found


def _run(grid: Grid) -> Run:
    origins = {task: files.read_json(paths.real(task) / "source.json") for task in grid.tasks}
    evaluated = {task: files.read_json(paths.evaluated(task)) for task in grid.tasks}
    analysed = {task: files.read_json(paths.analyzed(task)) for task in grid.tasks}
    gaps = pd.concat(
        [explanation.gaps(t, evaluated[t], grid.classifiers, grid.sources) for t in grid.tasks],
        ignore_index=True,
    )
    note = results.basis(results.Facts.of(evaluated), _origins(origins))
    return Run(grid, origins, evaluated, analysed, gaps, note)


def _origins(origins: Mapping[str, Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(source["origin"] for source in origins.values()))


def _votes(names: Sequence[str]) -> tuple[Tally, str, str]:
    """The votes of all files together, who cast them, and what their provenance notes.

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
    return counted, ", ".join(who), "; ".join(notes)


def _ranked(counted: Tally, settings: Explain) -> pd.DataFrame:
    """Tasks, most objective first, with subjectivity: the strength turned round.

    Without an interval where all voters voted alike: resamples of them cannot differ.
    """
    table = ranking.table(
        counted, settings.prior, settings.resamples // 10, settings.level, settings.seed
    )
    table["subjectivity"] = -table["strength"]
    if not np.ptp(counted.wins, axis=0).any():
        return table.drop(columns=["strength", "low", "high"], errors="ignore")
    table["low"], table["high"] = -table["high"], -table["low"]
    return table.drop(columns="strength")


def _ranking(ranked: pd.DataFrame, who: str, settings: Explain) -> None:
    whiskers = f"whiskers: {100 * settings.level:g} %, voters drawn anew"
    note = f"{who}\n{whiskers if 'low' in ranked else pages.NO_INTERVAL}"
    with style.apply():
        figure = subjectivity_figure.rank(ranked, note)
    style.save(figure, paths.PLOTS / "ranking.svg", "Tasks by subjectivity")


def _subjectivity(
    ranked: pd.DataFrame, facts: Mapping[str, Any], settings: Explain, run: Run
) -> None:
    """The gap against subjectivity, with the correlations of the facts of explain.json."""
    flat = explanation.flat(facts["correlation"])
    table = run.gaps[(run.gaps["metric"] == "accuracy") & (run.gaps["scale"] == "absolute")]
    table = table.merge(ranked[["task", "subjectivity"]], on="task")
    drawn = table[["task", "model", "source", "subjectivity", "gap", "low", "high"]]
    files.write_series(drawn, paths.PLOTS / "subjectivity.json")
    shown = flat[(flat["metric"] == "accuracy") & (flat["scale"] == "absolute")]
    words = {
        (row["model"], row["source"]): reading.correlation(row["block"])
        for row in shown.to_dict("records")
    }
    bands = explanation.bands(drawn, settings.level)
    level = f"{100 * settings.level:g} %"
    note = (
        f"{pages.cast(facts['votes'])}\nbars: {level} over test texts; line: least squares, "
        f"band: {level} of the line over tasks\n{run.note}"
    )
    unvoted = [task for task in run.grid.tasks if task not in set(ranked["task"])]
    lacking = [f"No votes on {', '.join(unvoted)}."] if unvoted else []
    if run.gaps.empty:
        lacking.append(results.no_gaps(run.grid.sources))
    with style.apply():
        figure = subjectivity_figure.scatter(drawn, bands, words, note, " ".join(lacking))
    style.save(figure, paths.PLOTS / "subjectivity.svg", "Gap to real against subjectivity")
    _subjectivity_page(ranked, facts, lacking, run)


def _subjectivity_page(
    ranked: pd.DataFrame, facts: Mapping[str, Any], lacking: Sequence[str], run: Run
) -> None:
    """The ranking and every correlation, with what they leave out."""
    cast = facts["votes"]
    notes = [
        f"Subjectivity: from {pages.cast(cast)}.",
        pages.voters(cast),
        *pages.vote_limits(cast, "low" in ranked),
        *pages.unbeaten(ranked),
        *lacking,
    ]
    if not run.gaps.empty:
        notes.append(pages.correlation_note(facts["correlations_tried"]))
    tables = [
        pages.ranking(ranked),
        pages.correlations(explanation.flat(facts["correlation"])),
    ]
    tables += [
        pages.correlations(explanation.flat(facts["texts_correlation"][measure]), title)
        for measure, (_, title) in TEXTS.items()
    ]
    _page("subjectivity", "Does subjectivity explain the gap?", notes, tables, run)


def _agreement(run: Run) -> None:
    """Accuracy against agreement (Figures 2 and C.1)."""
    grid = run.grid
    facts = {task: content["thresholds"] for task, content in run.analysed.items()}
    blocks = {
        (task, model, source): block
        for task, content in facts.items()
        for model in grid.classifiers
        for source, block in content.get(model, {}).items()
    }
    tables = [
        files.read_table(paths.analysis(task) / "thresholds.parquet").assign(task=task)
        for task, content in facts.items()
        if any(content.get(model, {}).get(s) for model in grid.classifiers for s in grid.sources)
    ]
    slopes = {key: b["slope"]["value"] for key, b in blocks.items() if "slope" in b}
    columns = ["task", "model", "source", "gamma", "items", "accuracy", "low", "high"]
    points = pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)
    points = reading.lines(points, slopes)
    files.write_series(points.drop(columns="fit"), paths.PLOTS / "agreement.json")
    words = {key: reading.slope(block, key[2]) for key, block in blocks.items()}
    said = {task: content["agreement"] for task, content in run.analysed.items()}
    missing, proxies = pages.withheld(facts, "line"), pages.proxies(said)
    short = [*pages.shortened(facts, missing), *proxies]
    note = (
        "bands and whiskers: resampled texts; lines: least squares through the points, where there "
        f"are three; {run.note}"
    )
    made = [source for source in grid.sources if source != BASE]
    base = [source for source in grid.sources if source == BASE]
    for name, sources, caption, nothing in (
        ("synthetic", made, "Trained on other sources", "The only source of this run is `real`."),
        ("real", base, "Trained on real texts", "`real` is not among the sources of this run."),
    ):
        with style.apply():
            figure = style.sentence(nothing)
            if sources:
                figure = agreement_figure.draw(points, words, sources, short, note)
        caption = f"{caption}: accuracy against agreement"
        style.save(figure, paths.PLOTS / f"agreement_{name}.svg", caption)
    dropped = {task: source.get("dropped", {}) for task, source in run.origins.items()}
    notes = [*pages.AGREEMENT_NOTES, *pages.withheld(said, "interval or alpha")]
    notes += [*missing, *proxies]
    notes += pages.set_aside(said, dropped)
    people = annotators.annotators(run.analysed, run.evaluated, grid.classifiers, grid.sources)
    notes += [annotators.NOTE] if people.rows else []
    tables_ = [pages.agreement(said), pages.slopes(facts, grid.classifiers, grid.sources), people]
    _page("agreement", "Annotators' agreement", notes, tables_, run)


def _texts(run: Run) -> None:
    """Diversity (Figure 1) and similarity to real texts (Figure B.2)."""
    shown = {"remote_clique": "remote-clique score", "chamfer": "Chamfer score"}
    table = reading.measures(run.analysed, "diversity", shown, run.grid.sources)
    files.write_series(table, paths.PLOTS / "diversity.json")
    close = [
        files.read_table(paths.analysis(task) / "closeness.parquet").assign(task=task)
        for task in run.grid.tasks
    ]
    spread = reading.spread(pd.concat(close, ignore_index=True))
    files.write_series(spread, paths.PLOTS / "similarity.json")
    drawn = f"{source_pages.drawn(run.analysed)}; {results.made_by(_origins(run.origins))}"
    measured = source_pages.measured(run.analysed)
    with style.apply():
        dots = measures_figure.draw(table, shown, f"{source_pages.DIVERSITY_NOTE}\n{drawn}")
        boxes = measures_figure.boxes(
            spread, f"over {measured}; {source_pages.SPREAD_NOTE}\n{drawn}"
        )
    style.save(dots, paths.PLOTS / "diversity.svg", "Diversity of the sources' texts")
    style.save(boxes, paths.PLOTS / "similarity.svg", "Similarity of the sources to real texts")
    tables = source_pages.texts(run.analysed, run.grid.sources)
    _page("texts", "The sources' texts", source_pages.TEXTS_NOTES, tables, run)


def _tables(run: Run) -> None:
    """The data sets, and the generators beside each other."""
    sizes = {
        task: {s: content[run.grid.classifiers[0]][s]["n_train"] for s in run.grid.sources}
        for task, content in run.evaluated.items()
    }
    notes = ["Real texts by split; `trained on`: texts a classifier saw, the mean over seeds."]
    tables = [source_pages.datasets(run.origins, run.analysed, sizes)]
    _page("datasets", "Data sets", notes, tables, run)
    _generators(run)


def _generators(run: Run) -> None:
    grid, level = run.grid, results.Facts.of(run.evaluated).level
    writers = _writers(grid)
    scores = rollup.score_table(run.evaluated, grid.classifiers, grid.sources)
    measured = rollup.mean_measures(run.analysed, grid.sources)
    found = source_pages.generators(writers, rollup.mean_table(scores, level), measured)
    notes = [source_pages.generator_note(len({writer for writer, _ in writers.values()}))]
    _page("generators", "Generators", notes, [found], run)


def _writers(grid: Grid) -> dict[str, tuple[str, int]]:
    """Who wrote each strategy's texts (its replies' model), and for how many tasks."""
    found: dict[str, tuple[str, int]] = {}
    for strategy in grid.strategies:
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


def _page(name: str, heading: str, notes: Sequence[str], tables: Sequence[Table], run: Run) -> None:
    kept = [table for table in tables if table.rows]
    page = markdown(heading, kept, [results.real_from(_origins(run.origins)), *notes])
    files.write_text(page, paths.PLOTS / f"{name}.md")


if __name__ == "__main__":
    cli.run(main)
