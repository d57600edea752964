"""Why a task's gap may be: how annotators disagree, and how its sources' texts differ from real.

Reads:  data/real/<task>/, data/sources/<task>/, data/embeddings/<task>/, data/predictions/<task>/,
        data/annotations/<task>/<name>.csv and .json where analyze.annotations names a panel
Writes: data/analysis/<task>/: facts.json, and the points behind the figures
Params: analyze, grid
Cost:   about two seconds; with many annotators up to half a minute for the weighed gold
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Grid, Section
from stages.core.records import OPINIONS, PREDICTIONS, SPLITS, TEXTS
from stages.corpora import cards, opinions
from stages.stats.people import annotators
from stages.stats.people import items as instance
from stages.stats.people.items import Bootstrap, Opinions
from stages.stats.scoring import predicted
from stages.stats.texts import copies, neighbours, portrait
from stages.stats.texts.neighbours import Matrix
from stages.stats.texts.portrait import Texts


class Analyze(Section):
    """What is analysed of each task, and how intervals are made."""

    resamples: int = Field(ge=100)  # items drawn anew, and agreement dealt out anew
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of all draws
    threshold_items: int = Field(ge=2)  # texts at least between two thresholds of agreement
    annotations: str | None  # a panel's labels, in place of the data set's own; null: these
    gold: annotators.Method | None  # the alternative truth; null: none
    match_share: float = Field(gt=0, le=0.9)  # of the smallest source, drawn from every source
    match_texts: int = Field(ge=10)  # at most, so that large sources stay quick
    match_draws: int = Field(ge=2)  # draws of each source
    copies: float = Field(gt=0, le=1)  # overlap of word triples from which a text counts as a copy
    pairs: int = Field(ge=0)  # nearest pairs of each source kept to look at


def main(task: cli.Task) -> None:
    """Analyze TASK: its annotators' agreement, and what kind of texts its sources hold."""
    settings, grid = params.load(Analyze, "analyze"), params.grid()
    if task not in grid.tasks:
        raise UserError(f"no task {task!r}: params.yaml has {list(grid.tasks)}; add it there")
    labels = tuple(cards.load(task).labels)
    folder = paths.analysis(task)
    splits = {s: files.read_table(paths.real(task) / f"{s}.parquet", TEXTS) for s in SPLITS}
    said = _opinions(task, splits, labels, settings)
    facts: dict[str, Any] = {"agreement": said.facts} | _people(said, labels, settings, folder)
    facts |= _models(task, grid, splits["test"], labels, said, settings, folder)
    facts |= _texts(task, grid, splits["test"], settings, folder)
    basis = {"level": settings.level, "resamples": settings.resamples, "seed": settings.seed}
    files.write_json(facts | {"basis": basis}, paths.analyzed(task))


def _opinions(
    task: str, splits: dict[str, pd.DataFrame], labels: tuple[str, ...], settings: Analyze
) -> Opinions:
    """What annotators say; `by` in the facts where they are no people."""
    items = pd.concat([table["id"] for table in splits.values()])
    if path := _panel(task, settings.annotations):
        table, who = opinions.panel(path, labels, list(items))
        tables = {"annotations": table}
    else:
        found = {name: paths.real(task) / f"{name}.parquet" for name in OPINIONS}
        tables = {name: files.read_table(path) for name, path in found.items() if path.exists()}
        who = files.read_json(paths.real(task) / "source.json").get("annotators")
    bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
    said = instance.opinions(tables, items, labels, bootstrap)
    return said._replace(facts=said.facts | {"by": who}) if tables and who else said


def _panel(task: str, name: str | None) -> Path | None:
    """The panel's file for the task; None where the task has none, or none is asked for."""
    if name is None:
        return None
    path = paths.annotations(task, name)
    if not any(path.parents[1].glob(f"*/{path.name}")):
        known = sorted({found.stem for found in path.parents[1].glob("*/*.csv")})
        raise UserError(
            f"analyze.annotations names {name!r}: expected {path} or that of another task, found "
            f"{known or 'no panel at all'}; run `python -m stages.tools.annotate {task} "
            f"--name {name}`, or set analyze.annotations to null"
        )
    return path if path.exists() else None


def _people(
    said: Opinions, labels: tuple[str, ...], settings: Analyze, folder: Path
) -> dict[str, Any]:
    """Single annotators against the others."""
    if said.table is None:
        files.write_table(pd.DataFrame(columns=["annotator"]), folder / "annotators.parquet")
        return {"annotators": {"withheld": "annotators are not named"}}
    found = annotators.bias(said.table, labels, settings.level)
    files.write_table(found, folder / "annotators.parquet")
    return {"annotators": annotators.bias_summary(found)}


def _models(
    task: str,
    grid: Grid,
    test: pd.DataFrame,
    labels: tuple[str, ...],
    said: Opinions,
    settings: Analyze,
    folder: Path,
) -> dict[str, Any]:
    """Models against agreement, and against the alternative gold."""
    truth = predicted.truth(test, labels, str(paths.real(task) / "test.parquet"))
    guesses = {}
    for model in grid.classifiers:
        for source in grid.sources:
            path = paths.predictions(task, model, source) / "test.parquet"
            rows = files.read_table(path, PREDICTIONS)
            guesses[model, source] = predicted.aligned(rows, test["id"], labels, str(path)).labels
    right = {key: (codes == truth).mean(axis=0) for key, codes in guesses.items()}
    share = said.share.reindex(test["id"]).to_numpy(dtype=np.float64)
    bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
    swept = instance.sweeps(share, right, truth, settings.threshold_items, bootstrap)
    files.write_table(swept.points, folder / "thresholds.parquet")
    seeds = min(len(codes) for codes in guesses.values())
    facts: dict[str, Any] = {"thresholds": swept.facts | {"seeds": seeds}}
    if settings.gold is None or said.table is None:
        return facts
    if instance.disputed(said) < settings.threshold_items:
        reason = f"{instance.disputed(said)} disputed items: any gold would be the majority's"
        return facts | {"gold": {"withheld": reason}}
    named = np.asarray(labels, dtype=object)
    spoken: dict[tuple[str, str], NDArray[np.object_]] = {k: named[c] for k, c in guesses.items()}
    return facts | {
        "gold": instance.weighed(said.table, test, spoken, settings.gold, settings.seed)
    }


def _texts(
    task: str, grid: Grid, test: pd.DataFrame, settings: Analyze, folder: Path
) -> dict[str, Any]:
    """Diversity of the sources' texts, their similarity to the test texts, and copies."""
    sources = {source: _source(task, source) for source in grid.sources}
    reference = neighbours.unit(files.read_array(paths.embeddings(task) / "test.npy"))
    near = [
        portrait.pairs(name, source, test, reference, settings.pairs)
        for name, source in sources.items()
    ]
    files.write_table(pd.concat(near, ignore_index=True), folder / "nearest.parquet")
    facts: dict[str, Any] = {"copies": _copies(task, sources, test, settings)}
    matched = portrait.match(
        sources,
        settings.match_share,
        settings.match_texts,
        settings.match_draws,
        settings.seed,
    )
    columns = ["source", "id", "top5_cosine"]
    if not matched.size:
        files.write_table(pd.DataFrame(columns=columns), folder / "closeness.parquet")
        reason = "the smallest source has too few texts of the labels that all sources have"
        return facts | {"diversity": {"withheld": reason}, "similarity": {"withheld": reason}}
    kept = _sample(len(test), settings)
    close = portrait.similarities(
        sources, matched, reference[kept], settings.level, settings.resamples, settings.seed
    )
    ids = test["id"].to_numpy()[kept]
    rows = [
        pd.DataFrame(dict(zip(columns, (s, ids, v), strict=True))) for s, v in close.texts.items()
    ]
    files.write_table(pd.concat(rows, ignore_index=True), folder / "closeness.parquet")
    basis = {"texts": matched.size, "draws": settings.match_draws}
    return facts | {
        "diversity": portrait.diversities(sources, matched, settings.level) | basis,
        "similarity": close.estimates | basis | {"reference_texts": len(kept)},
    }


def _source(task: str, source: str) -> Texts:
    path = paths.sources(task) / f"{source}.parquet"
    table = files.read_table(path, TEXTS)
    rows: Matrix = neighbours.unit(files.read_array(paths.embeddings(task) / f"{source}.npy"))
    if len(rows) != len(table):
        raise UserError(
            f"expected an embedding for each of the {len(table)} texts of {path}, found "
            f"{len(rows)}; run `dvc repro` to embed anew"
        )
    return Texts(table["id"].tolist(), table["text"].tolist(), table["label"], rows)


def _sample(count: int, settings: Analyze) -> NDArray[np.int64]:
    """The test texts that stand for real ones: all, or a seeded sample of `match_texts`."""
    if count <= settings.match_texts:
        return np.arange(count)
    drawn = np.random.default_rng(settings.seed).choice(count, settings.match_texts, replace=False)
    return np.sort(drawn)


def _copies(
    task: str, sources: dict[str, Texts], test: pd.DataFrame, settings: Analyze
) -> dict[str, Any]:
    """The share of each source's texts that nearly repeat a test text or a few-shot example."""
    pool = files.read_table(paths.real(task) / "pool.parquet", TEXTS)
    facts: dict[str, Any] = {"overlap": settings.copies}
    for name, source in sources.items():
        for kind, table in (("test", test), ("pool", pool)):
            known = set(table["id"])  # the pool is a part of the real texts and of mixtures
            texts = [t for i, t in zip(source.ids, source.texts, strict=True) if i not in known]
            if not texts:
                continue
            overlap = copies.overlap(texts, table["text"].tolist())
            share = copies.interval(
                int((overlap >= settings.copies).sum()), len(overlap), settings.level
            )
            greatest = float(overlap.max())
            facts.setdefault(name, {})[kind] = share | {"greatest_overlap": greatest}
    return facts


if __name__ == "__main__":
    cli.run(main)
