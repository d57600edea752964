"""The run in few numbers for `dvc metrics diff`, and all of its numbers beside them, for Git.

Reads:  what refine, screen and all stages of results found, data/replies/, data/labels/
Writes: metrics/mean_score/, mean_gap/<model>.json, tasks/<model>/<task>.json,
        cost_usd.json; metrics/details/
Params: summarize, grid, mixtures, generate.endpoint.api, generate.price
Cost:   seconds
"""

import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stages.core import cli, files, params, paths
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, TO_TRAIN
from stages.llm.messages import cost
from stages.llm.messages.config import BATCH_DISCOUNT, Price
from stages.llm.messages.replies import Reply, from_line
from stages.stats.scoring import evaluated, headline, rollup

# Decimals: enough to compute with, and few enough that another processor rounds to the same ones.
DIGITS = 6
MEANS = ("mean_score", "mean_gap")
BACK = (
    "`git restore params.yaml dvc.lock metrics plots && dvc checkout` brings back the run of the "
    "last commit, and `dvc exp run --temp` tries something without touching it"
)


class Summarize(Section):
    """What leads."""

    metric: Literal["accuracy", "macro_f1"]  # shares, of which more is better


class Prices(Section):
    """What tokens cost: parts of generate."""

    api: str
    price: dict[str, Price]


def main() -> None:
    """Write the headline and the details of a run."""
    settings, grid = params.load(Summarize, "summarize"), params.grid()
    scored = {
        task: evaluated.read(paths.evaluated(task), grid.classifiers, grid.of(task))
        for task in grid.tasks
    }
    level = scored[grid.tasks[0]].basis.level
    scores = rollup.score_table(scored, grid.classifiers, grid.sources)
    means = rollup.mean_table(scores, level)
    against = rollup.mean_against(rollup.against_table(scored), level)
    found = headline.headline(scores, means, settings.metric, 1 - level)
    contents = {
        **_headline(found),
        paths.METRICS / "cost_usd.json": _costs(grid),
        paths.DETAILS / "summary.json": rollup.summary(scores, means, against),
        **_details(grid.tasks),
    }
    for path, content in contents.items():
        files.write_json(content, path, DIGITS)
    _remove_others(contents)
    said = [f"{len(contents)} files of numbers in {paths.METRICS}/"]
    if gone := _gone(grid.tasks):
        said.append(f"none of {', '.join(gone)} any more, not in this grid: {BACK}")
    print("; ".join(said), flush=True)


def _headline(found: headline.Headline) -> dict[Path, Mapping[str, Any]]:
    """A file per model (of the scores: per model and task), keyed by source.

    `dvc metrics show` then has a row per file and a column per source, however large the grid is.
    """
    means = {
        paths.METRICS / name / f"{model}.json": by_source
        for name in MEANS
        for model, by_source in getattr(found, name).items()
    }
    scores = {
        paths.METRICS / "tasks" / model / f"{task}.json": by_source
        for model, tasks in found.tasks.items()
        for task, by_source in tasks.items()
    }
    return {**means, **scores}


def _details(tasks: Iterable[str]) -> dict[Path, Mapping[str, Any]]:
    """What the stages before have found, for Git, `tools.compare` and `tools.keep`."""
    kinds = {
        "scores": paths.evaluated,
        "texts": paths.refined,
        "screened": paths.screened,
        "analysis": paths.analyzed,
        "worth": paths.worth,
    }
    by_task = {
        paths.DETAILS / kind / f"{task}.json": files.read_json(path(task))
        for kind, path in kinds.items()
        for task in tasks
    }
    return {
        **by_task,
        paths.DETAILS / "explained.json": files.read_json(paths.explained()),
        paths.DETAILS / "combined.json": files.read_json(paths.combined_over()),
        paths.DETAILS / "costs.json": files.read_json(paths.costs_over()),
        paths.DETAILS / "forecast.json": files.read_json(paths.forecast()),
        paths.DETAILS / "correlations.json": _correlations(),
    }


def _correlations() -> dict[str, Any]:
    """The numbers of every correlation: {of: {model: {source: {metric: {scale: ...}}}}}."""
    found: dict[str, Any] = {}
    table = files.read_table(paths.EXPLAINED / "correlations.parquet")
    for row in table.to_dict("records"):
        block = found
        for name in ("of", "model", "source", "metric", "scale"):
            block = block.setdefault(row.pop(name), {})
        block.update({str(name): value for name, value in row.items() if pd.notna(value)})
    return found


def _gone(tasks: Iterable[str]) -> list[str]:
    """Tasks outside the grid whose numbers Git has: DVC removes all files before the stage runs."""
    command = ["git", "ls-files", "-z", str(paths.DETAILS / "scores")]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except FileNotFoundError:  # no Git, so that nothing is tracked
        return []
    return sorted({Path(name).stem for name in listed.split("\0") if name} - set(tasks))


def _remove_others(written: Container[Path]) -> None:
    """Remove what an earlier run left of other tasks and models, as DVC does before a stage."""
    for folder in (*MEANS, "tasks", "details"):
        for path in (paths.METRICS / folder).rglob("*.json"):
            if path not in written:
                path.unlink()


def _costs(grid: Grid) -> dict[str, float]:
    """US dollars that the LLM's texts or labels of each source cost, where that is known."""
    prices = params.pick(Prices, "generate.endpoint.api", "generate.price")
    discount = BATCH_DISCOUNT if prices.api == "batch" else 1.0
    mixtures = params.mixtures()
    costs = {
        strategy: cost.cost(_replies(grid.tasks, strategy), prices.price, discount)
        for strategy in grid.strategies
    }
    costs[LABELLED] = _labels_cost(grid.tasks, prices.price, discount)
    found: dict[str, float] = {}
    for source in grid.sources:
        parts = [costs[part] for part in mixtures.get(source, (source,)) if part in costs]
        known = [part for part in parts if part is not None]
        if parts and len(known) == len(parts):
            found[source] = sum(known)
    return found


def _labels_cost(
    tasks: Iterable[str], prices: Mapping[str, Price], discount: float
) -> float | None:
    """US dollars of the LLM's labels to train on; None where tokens or prices are not known."""
    lines = (line for task in tasks for line in files.read_lines(paths.labelled(task)))
    paid = [
        cost.usd(line["model"], line["prompt_tokens"], line["completion_tokens"], prices)
        for line in lines
        if line["split"] in TO_TRAIN and {"model", "prompt_tokens"} <= line.keys()
    ]
    known = [usd for usd in paid if usd is not None]
    return discount * sum(known) if paid and len(known) == len(paid) else None


def _replies(tasks: Iterable[str], strategy: str) -> Iterator[Reply]:
    for path in (paths.replies(task, strategy) for task in tasks):
        yield from (from_line(line, str(path)) for line in files.read_lines(path))


if __name__ == "__main__":
    cli.run(main)
