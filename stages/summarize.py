"""The grid rolled up: scores and gaps of all tasks, the paper's Table 1, gaps, training curves.

Reads:  metrics/evaluate/ and metrics/refine/, data/real/<task>/source.json, the first reply of
        data/replies/<task>/<strategy>.jsonl, curve.parquet of data/predictions/
Writes: metrics/summary.json; plots/table.md; plots/gaps and plots/training_curves (.json, .svg),
        plots/table.svg
Params: grid, mixtures
Cost:   seconds
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Grid
from stages.core.records import CURVE
from stages.rendering import style
from stages.rendering.figures import curves, gaps
from stages.rendering.pages import results
from stages.rendering.table import draw, markdown
from stages.stats.across import paper
from stages.stats.scoring import rollup

HEADING = "Scores on real test texts"


def main() -> None:
    grid = params.grid()
    evaluated = {task: _evaluated(task, grid) for task in grid.tasks}
    facts = results.Facts.of(evaluated)
    scores = rollup.score_table(evaluated, grid.classifiers, grid.sources)
    means = rollup.mean_table(scores, facts.level)
    origins = list(dict.fromkeys(_origin(task) for task in grid.tasks))
    summary = rollup.summary(scores, means) | {
        "origin": ", ".join(map(results.short, origins)),
        "counts": _counts(grid.tasks, facts),
        "level": facts.level,
        "resamples": facts.resamples,
        "n_seeds": facts.n_seeds,
    }
    files.write_json(summary, paths.METRICS / "summary.json")
    provenance = results.provenance(origins, _writers(grid.tasks))
    _write_tables(grid, scores, means, facts, provenance)
    _write_figures(scores, means, facts, _curves(grid), origins)


def _evaluated(task: str, grid: Grid) -> dict[str, Any]:
    """The task's metrics, which must hold every model and source of the grid."""
    path = paths.evaluated(task)
    content: dict[str, Any] = files.read_json(path)
    wanted = [(model, source) for model in grid.classifiers for source in grid.sources]
    missing = [pair for pair in wanted if pair[1] not in content.get(pair[0], {})]
    if missing:
        raise UserError(
            f"{path}: expected scores of {len(wanted)} pairs of model and source, "
            f"{len(missing)} are missing, first {missing[0]}; run `dvc repro` to make them"
        )
    return content


def _origin(task: str) -> str:
    origin: str = files.read_json(paths.real(task) / "source.json")["origin"]
    return origin


def _writers(tasks: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Provider and model of the synthetic texts, each with its strategies.

    A file of replies is of one provider and model, so its first reply tells.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for strategy in params.grid().strategies:
        for task in tasks:
            reply = next(files.read_lines(paths.replies(task, strategy)), None)
            if reply is not None:
                strategies = found.setdefault((reply["provider"], reply["model"]), [])
                strategies += [strategy] if strategy not in strategies else []
    return found


def _counts(tasks: Iterable[str], facts: results.Facts) -> dict[str, Any]:
    """Test texts, and for each strategy the replies, the texts in them and those kept."""
    counts: dict[str, Any] = {}
    for task in tasks:
        counts[task] = {"test": facts.n_test[task]}
        for strategy, block in files.read_json(paths.refined(task)).items():
            counts[task][strategy] = {key: block[key] for key in ("replies", "texts", "kept")}
    return counts


def _curves(grid: Grid) -> pd.DataFrame:
    """The training curves of the grid's models that are trained in steps."""
    columns = ["task", "source", "model", *CURVE]
    tables = []
    for task in grid.tasks:
        for model in grid.classifiers:
            for source in grid.sources:
                path = paths.predictions(task, model, source) / "curve.parquet"
                if path.exists():
                    table = files.read_table(path, CURVE)
                    tables.append(table.assign(task=task, source=source, model=model)[columns])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _write_tables(
    grid: Grid, scores: pd.DataFrame, means: pd.DataFrame, facts: results.Facts, provenance: str
) -> None:
    parts = results.parts(grid.sources, params.mixtures())
    tables = [
        results.scores(scores, means, model, part, facts)
        for model in grid.classifiers
        for part in parts.items()
    ]
    notes = [provenance, *results.notes(scores, facts)]
    beside = results.beside_paper(scores, paper.ACCURACIES)
    if beside is not None:
        tables.append(beside)
        notes.append(results.PAPER_NOTE.format(citation=paper.CITATION))
    files.write_text(markdown(HEADING, tables, notes), paths.PLOTS / "table.md")
    with style.apply():
        figure = draw(HEADING, tables, notes)
    style.save(figure, paths.PLOTS / "table.svg", HEADING)


def _write_figures(
    scores: pd.DataFrame,
    means: pd.DataFrame,
    facts: results.Facts,
    steps: pd.DataFrame,
    origins: Sequence[str],
) -> None:
    files.write_series(rollup.gap_series(scores), paths.PLOTS / "gaps.json")
    files.write_series(steps, paths.PLOTS / "training_curves.json")
    with style.apply():
        gap_figure = gaps.draw(scores, means, facts.level, results.basis(facts, origins))
        curve_figure = curves.draw(steps, results.made_by(origins))
    style.save(gap_figure, paths.PLOTS / "gaps.svg", "Gap to real by task")
    style.save(curve_figure, paths.PLOTS / "training_curves.svg", "Training curves")


if __name__ == "__main__":
    cli.run(main)
