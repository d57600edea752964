"""Every page and figure, drawn from the numbers that the other stages wrote.

Reads:  data/explained/, data/evaluated/, data/analysis/, data/combined/, data/forecast/,
        data/worth/, data/costs/, data/verdicts/, data/real/<task>/source.json, counts of
        refine and screen, data/paper.yaml, the first reply of
        data/replies/<task>/<strategy>.jsonl, curve.parquet of data/predictions/
Writes: plots/pages/ (.md), plots/figures/ (.svg), plots/series/ (.json, the numbers in figures)
Params: grid, mixtures
Cost:   a few seconds
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TypeVar

import pandas as pd

from stages.core import cli, files, params, paths
from stages.core.params import Grid
from stages.core.records import CURVE, LABELLED
from stages.rendering.content.combination import Combination, Over
from stages.rendering.content.costs import Costs, MeanCosts
from stages.rendering.content.facts import (
    Analysis,
    Explained,
    Fact,
    LlmLabels,
    Origin,
    Paper,
    PoweredFact,
    Refined,
)
from stages.rendering.content.forecasts import Forecasts
from stages.rendering.content.page import Page
from stages.rendering.content.run import Author, Run
from stages.rendering.content.verdict import Verdict
from stages.rendering.content.worth import Worth
from stages.rendering.pages import (
    agreement,
    costs,
    datasets,
    forecast,
    generators,
    mixtures,
    results,
    subjectivity,
    texts,
    verdict,
    ways,
    worth,
)
from stages.rendering.writers import markdown, svg

TABLES = (
    *("scores", "means", "ranking", "gaps", "correlations", "bands"),
    *("against", "against_means", "measures", "measure_means", "closeness"),
)
R = TypeVar("R", bound=Fact)
BESIDE = PurePosixPath("..", paths.FIGURES.name)  # the figures, from a page
# The series that `dvc plots` compares: an empty one where there is nothing to draw.
COMPARED = ("gaps", "scores", "subjectivity", "agreement", "training_curves", "mixtures")


def main() -> None:
    """Write every page and figure."""
    run = read(params.grid())
    pages = [
        verdict.page(run, {task: _record(Verdict, paths.verdict(task)) for task in run.tasks}),
        results.page(run, params.parse(Paper, files.read_yaml(paths.PAPER), str(paths.PAPER))),
        ways.page(run),
        worth.page(run),
        costs.page(run, *_costs(run.tasks)),
        subjectivity.page(run),
        _forecast(run),
        agreement.page(run),
        texts.page(run),
        _mixtures(run),
        datasets.page(run),
        generators.page(run),
    ]
    write(pages)
    figures = sum(len(page.pictures) for page in pages)
    print(f"{len(pages)} pages and {figures} figures in {paths.PLOTS}/", flush=True)


def read(grid: Grid) -> Run:
    """All that pages are about."""
    tables = {name: files.read_table(paths.EXPLAINED / f"{name}.parquet") for name in TABLES}
    tables |= {"thresholds": _thresholds(grid), "curves": _curves(grid)}
    return Run(
        grid.tasks,
        grid.classifiers,
        grid.sources,
        params.mixtures(),
        {task: _record(Origin, paths.real(task) / "source.json") for task in grid.tasks},
        {task: _refined(task, grid) for task in grid.tasks},
        {task: _record(Analysis, paths.analyzed(task)) for task in grid.tasks},
        _record(Explained, paths.explained()),
        {task: found for task in grid.tasks if (found := _labels(task))},
        {task: _record(Worth, paths.worth(task)) for task in grid.tasks},
        {name: _writers(grid.tasks, name) for name in grid.strategies if name in grid.sources},
        tables,
        {task: made for task in grid.tasks if (made := _powered(task))},
    )


def _mixtures(run: Run) -> Page:
    combined = {task: _record(Combination, paths.combined(task)) for task in run.tasks}
    return mixtures.page(run, combined, _record(Over, paths.combined_over()))


def _costs(tasks: Iterable[str]) -> tuple[dict[str, Costs], MeanCosts]:
    """What each task's ways cost, and their mean."""
    found = {task: _record(Costs, paths.costs(task)) for task in tasks}
    return found, _record(MeanCosts, paths.costs_over())


def _forecast(run: Run) -> Page:
    table = files.read_table(paths.FORECAST / "forecasts.parquet")
    return forecast.page(run, _record(Forecasts, paths.forecast()), table)


def _record(kind: type[R], path: Path) -> R:
    return params.parse(kind, files.read_json(path), str(path))


def _labels(task: str) -> LlmLabels | None:
    """What an LLM's labels of the task's real texts are worth; None where there are none."""
    path = paths.evaluated(task)
    found = files.read_json(path).get("labelling")
    if found is None:
        return None
    screened = files.read_json(paths.screened(task)).get(LABELLED, {"to_people": 0})
    content = {**found, "to_people": screened["to_people"]}
    return params.parse(LlmLabels, content, f"{path}: labelling")


def _powered(task: str) -> PoweredFact | None:
    """The task's scores narrowed by an LLM's labels of spare texts; None without such texts."""
    path = paths.evaluated(task)
    found = files.read_json(path).get("powered")
    return None if found is None else params.parse(PoweredFact, found, f"{path}: powered")


def _refined(task: str, grid: Grid) -> dict[str, Refined]:
    """What became of each strategy's texts in `refine`, and then in `screen`."""
    path = paths.refined(task)
    counts = files.read_json(path)["strategies"]
    screened = files.read_json(paths.screened(task))["strategies"]
    found = {}
    for name in dict.fromkeys([*filter(counts.__contains__, grid.strategies), *counts]):
        refined = params.parse(Refined, counts[name], f"{path}: {name}")
        kept = screened[name]["kept"]
        dropped = {**refined.dropped, "by screen": refined.kept - kept}
        found[name] = refined.model_copy(update={"kept": kept, "dropped": dropped})
    return found


def _writers(tasks: Iterable[str], strategy: str) -> Counter[Author]:
    """Who wrote the strategy's texts, and for how many tasks: a file of replies has one writer."""
    found: Counter[Author] = Counter()
    for task in tasks:
        if reply := next(files.read_lines(paths.replies(task, strategy)), None):
            found[Author(reply["provider"], reply["model"])] += 1
    return found


def _thresholds(grid: Grid) -> pd.DataFrame:
    """Accuracy against agreement, of every task that knows its texts' agreement."""
    tables = [
        files.read_table(paths.analysis(task) / "thresholds.parquet").assign(task=task)
        for task in grid.tasks
    ]
    return pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)


def _curves(grid: Grid) -> pd.DataFrame:
    """The training curves of the grid's models that are trained in steps."""
    columns = ["task", "source", "model", "stops_on", *CURVE]
    tables = []
    for task in grid.tasks:
        for model in grid.classifiers:
            for source in grid.of(task):
                path = paths.predictions(task, model, source) / "curve.parquet"
                if path.exists():
                    table = files.read_table(path, (*CURVE, "stops_on"))
                    tables.append(table.assign(task=task, source=source, model=model)[columns])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def write(pages: Iterable[Page]) -> None:
    """Write pages, figures and series; what an earlier run has left is removed."""
    series = dict.fromkeys(COMPARED, pd.DataFrame())
    written = set()
    for page in pages:
        path = paths.PAGES / f"{page.name}.md"
        files.write_text(markdown.render(page, BESIDE), path)
        written.add(path)
        for picture in page.pictures:
            drawn = paths.FIGURES / f"{picture.name}.svg"
            svg.write(picture, drawn)
            written.add(drawn)
            if picture.name in series:
                series[picture.name] = picture.series
    for name, numbers in series.items():
        path = paths.SERIES / f"{name}.json"
        files.write_series(numbers, path)
        written.add(path)
    for path in set(paths.PLOTS.rglob("*.*")) - written:
        path.unlink()


if __name__ == "__main__":
    cli.run(main)
