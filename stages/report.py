"""Every page and figure, drawn from the numbers that the other stages wrote.

Reads:  data/explained/, data/evaluated/, data/analysis/, data/combined/, data/forecast/,
        data/worth/, data/costs/, data/verdicts/, data/real/<task>/source.json, counts of
        refine and screen, data/paper.yaml, the first reply of
        data/replies/<task>/<strategy>.jsonl, curve.parquet of data/predictions/, data/browsed/,
        cards and prompts
Writes: plots/report.html (all of it in one file, with texts), plots/pages/ (.md), plots/figures/
        (.svg), plots/series/ (.json, the numbers in figures)
Params: all that results depend on, to be shown
Cost:   a few seconds
"""

import hashlib
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from importlib import metadata
from itertools import product
from pathlib import Path, PurePosixPath
from typing import TypeVar

import pandas as pd
import yaml

from stages.core import cli, files, params, paths, records, workers
from stages.core.params import Grid
from stages.core.records import CURVE, LABELLED
from stages.rendering.content import closing
from stages.rendering.content import run as about
from stages.rendering.content.combination import Combination, Over
from stages.rendering.content.costs import Costs, MeanCosts
from stages.rendering.content.document import Document, Looked, Prompt
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
from stages.rendering.content.page import Page, Picture
from stages.rendering.content.run import READY, Author, Run
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
    stories,
    subjectivity,
    texts,
    verdict,
    ways,
    worth,
)
from stages.rendering.writers import html, inline, markdown, svg

TABLES = (
    *("scores", "means", "ranking", "gaps", "correlations", "bands"),
    *("against", "against_means", "measures", "measure_means", "closeness"),
)
R = TypeVar("R", bound=Fact)
BESIDE = PurePosixPath("..", paths.FIGURES.name)  # the figures, from a page
PACKAGES = (  # whose versions the report says
    *("synthworth", "cleanlab", "dvc", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy"),
    *("torch", "transformers"),
)
# The series that `dvc plots` compares: an empty one where there is nothing to draw.
COMPARED = ("gaps", "scores", "subjectivity", "agreement", "training_curves", "mixtures")


def main() -> None:
    """Write every page and figure, and the report."""
    grid = params.grid()
    run = read(grid)
    paper = params.parse(Paper, files.read_yaml(paths.PAPER), str(paths.PAPER))
    verdicts = {task: _record(Verdict, paths.verdict(task)) for task in run.tasks}
    pages = [
        verdict.page(run, verdicts),
        results.page(run, paper),
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
    drawn = write(pages)
    content = document(run, pages, verdicts, grid, paper)
    files.write_text(html.render(content, drawn), paths.REPORT)
    warned = (warning for page in pages for warning in map(str, page.warnings))
    print(f"{len(pages)} pages and {len(drawn)} figures in {paths.PLOTS}/")
    print("\n".join(closing.lines(verdicts, warned, str(paths.REPORT))), flush=True)


def read(grid: Grid) -> Run:
    """All that pages are about."""
    tables = {name: files.read_table(paths.EXPLAINED / f"{name}.parquet") for name in TABLES}
    tables |= {"thresholds": _thresholds(grid), "curves": _curves(grid)}
    origins = {task: _record(Origin, paths.real(task) / "source.json") for task in grid.tasks}
    return Run(
        grid.tasks,
        grid.classifiers,
        grid.sources,
        params.mixtures(),
        origins,
        {task: _refined(task, grid) for task in grid.tasks},
        {task: _record(Analysis, paths.analyzed(task)) for task in grid.tasks},
        _record(Explained, paths.explained()),
        {task: found for task in grid.tasks if (found := _labels(task))},
        {task: _record(Worth, paths.worth(task)) for task in grid.tasks},
        _writers(grid, origins),
        tables,
        {task: made for task in grid.tasks if (made := _powered(task))},
        {name: _doubts(grid.tasks, name) for name in grid.strategies},
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


def _writers(grid: Grid, origins: Mapping[str, Origin]) -> dict[str, Counter[Author]]:
    """Who wrote each source's texts, and for how many tasks: a file of replies has one writer."""
    found = {name: Counter[Author]() for name in grid.strategies if name in grid.sources}
    for strategy, task in product(found, grid.tasks):
        if reply := next(files.read_lines(paths.replies(task, strategy)), None):
            found[strategy][Author(reply["provider"], reply["model"])] += 1
    mixtures = params.mixtures()
    for task, origin in origins.items():
        used = {part for name in grid.of(task) for part in mixtures.get(name, (name,))}
        for name, given in origin.ready.items():
            if name in used:
                found.setdefault(name, Counter())[Author(READY, given.by)] += 1
    return found


def _doubts(tasks: Iterable[str], strategy: str) -> dict[str, str]:
    """By task: how the strategy's prompts of now differ from those that its replies answered."""
    replies = {task: next(files.read_lines(paths.replies(task, strategy)), None) for task in tasks}
    said = {task: str(reply.get("doubts", "")) for task, reply in replies.items() if reply}
    return {task: doubt for task, doubt in said.items() if doubt}


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


def document(
    run: Run, pages: Iterable[Page], verdicts: Mapping[str, Verdict], grid: Grid, paper: Paper
) -> Document:
    """The report of all tasks."""
    named = {page.name: page for page in pages}
    told = []
    for task in run.tasks:
        looked, prompts = _looked(run, task), _prompts(task, grid)
        told.append(stories.story(run, task, named, verdicts[task], looked, prompts, *_named(task)))
    over = [page._replace(pictures=_over(page, run.tasks)) for page in named.values()]
    versions = [("Python", platform.python_version())]
    versions += [(name, metadata.version(name)) for name in PACKAGES]
    return Document(
        about.warnings(run), tuple(told), tuple(over), _settings(), tuple(versions), paper.citation
    )


def _settings() -> str:
    """What results depend on: not how fast, and with which budget, an LLM is asked."""
    found = params.values(
        *("grid", "mixtures", "strategies", "models", "fetch", "label", "edit", "refine"),
        *("screen", "embed", "train", "curves", "evaluate", "worth", "combine", "cost", "verdict"),
        *("analyze", "browse", "explain", "forecast", "summarize"),
        *("generate.provider", "generate.endpoint", "generate.price"),
    )
    return yaml.safe_dump(found, sort_keys=False, allow_unicode=True)


def _over(page: Page, tasks: Iterable[str]) -> tuple[Picture, ...]:
    """A page's pictures that are not of a single task, which has them itself."""
    own = tuple(f"_{task}" for task in tasks)
    return tuple(picture for picture in page.pictures if not picture.name.endswith(own))


def _looked(run: Run, task: str) -> Looked:
    folder, labels = paths.browsed(task), records.read_labels(paths.labels(task))
    texts, pairs = (files.read_table(folder / f"{name}.parquet") for name in ("texts", "pairs"))
    return stories.looked(run, labels, texts, pairs, files.read_json(folder / "facts.json"))


def _prompts(task: str, grid: Grid) -> list[Prompt]:
    """The card and the prompts as they were written; of `labelled` the one for labels."""
    used = [name for name in grid.strategies if name in grid.of(task)]
    used += ["label"] if LABELLED in grid.of(task) else []
    found = {f"Prompt: {name}": paths.prompts(name) for name in used}
    found = {"Card: labels, definitions, prompts, licence, citation": paths.card(task), **found}
    return [Prompt(title, path.read_text(encoding="utf-8")) for title, path in found.items()]


def _named(task: str) -> tuple[str, str]:
    """The task's title, and which texts and results these are."""
    title = files.read_yaml(paths.card(task)).get("title", "")
    texts = [paths.real(task) / f"{name}.parquet" for name in ("train", "test")]
    data, found = _digest(texts), _digest([paths.evaluated(task)])
    return title, f"texts {data}, results {found}"


def _digest(found: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest()[:8]


def write(pages: Iterable[Page]) -> dict[str, str]:
    """Write pages, figures and series; what an earlier run has left is removed.

    Returns every figure as part of a page, by its name.
    """
    series = dict.fromkeys(COMPARED, pd.DataFrame())
    pictures = {picture.name: picture for page in pages for picture in page.pictures}
    drawn = dict(workers.results(partial(_draw, pictures), pictures))
    written = {paths.REPORT, *(paths.FIGURES / f"{name}.svg" for name in pictures)}
    for page in pages:
        path = paths.PAGES / f"{page.name}.md"
        files.write_text(markdown.render(page, BESIDE), path)
        written.add(path)
    series |= {name: pictures[name].series for name in series if name in pictures}
    for name, numbers in series.items():
        path = paths.SERIES / f"{name}.json"
        files.write_series(numbers, path)
        written.add(path)
    for path in set(paths.PLOTS.rglob("*.*")) - written:
        path.unlink()
    return drawn


def _draw(pictures: Mapping[str, Picture], name: str) -> tuple[str, str]:
    """Write a figure's file; the figure as part of a page."""
    svg.write(pictures[name], paths.FIGURES / f"{name}.svg")
    return name, inline.render(pictures[name], name)


if __name__ == "__main__":
    cli.run(main)
