"""What may explain a task's gap: how annotators disagree, how its sources' texts differ from real.

Reads:  data/real/, data/labels/, data/sources/, data/embeddings/, data/predictions/,
        data/annotations/<task>/<name>.csv and .json where analyze.annotations names a panel
Writes: data/analysis/<task>/: facts.json, and the rows behind it (thresholds, closeness, nearest,
        annotators .parquet)
Params: analyze, grid
Cost:   about two seconds per task; with many annotators up to half a minute to aggregate labels
"""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from stages.core import cli, files, params, paths, seeds, workers
from stages.core.errors import UserError
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, OPINIONS, PREDICTIONS, SPLITS, TEXTS
from stages.corpora import cards, labelled, opinions
from stages.stats.people import annotators, replacement
from stages.stats.people import items as instance
from stages.stats.people.items import Opinions
from stages.stats.resampling import Bootstrap
from stages.stats.scoring import predicted
from stages.stats.texts import copies, neighbours, portrait
from stages.stats.texts.neighbours import Matrix
from stages.stats.texts.portrait import Texts


class Analyze(Section):
    """What is analysed of each task, and how intervals are made."""

    resamples: int = Field(ge=100)  # items resampled, and agreement permuted
    level: float = Field(gt=0, lt=1)  # share of the draws inside an interval
    seed: int = Field(ge=0)  # of all draws
    threshold_items: int = Field(ge=2)  # texts at least between two thresholds of agreement
    annotations: str | None  # a panel's labels, in place of the data set's own; null: these
    gold: annotators.Method | None  # how labels are aggregated to an alternative truth; null: not
    margin: float = Field(ge=0, lt=1)  # by which an LLM that replaces annotators may fall behind
    match_share: float = Field(gt=0, le=0.9)  # of the smallest source, drawn from every source
    match_texts: int = Field(ge=10)  # at most, so that large sources stay quick
    match_draws: int = Field(ge=2)  # draws of each source
    copies: float = Field(gt=0, le=1)  # overlap of word triples from which a text counts as a copy
    pairs: int = Field(ge=0)  # nearest pairs of each source kept to look at


def main() -> None:
    """Analyze the annotators and the texts of each task."""
    settings, grid = params.load(Analyze, "analyze"), params.grid()
    workers.each(partial(_analyze, settings, grid), grid.tasks, "analyze: tasks")
    said = [files.read_json(paths.analyzed(task))["agreement"]["kind"] for task in grid.tasks]
    annotated = sum(kind != "none" for kind in said)
    print(
        f"{len(said)} tasks: texts of {len(grid.sources)} sources, annotators of {annotated} tasks",
        flush=True,
    )


def _analyze(settings: Analyze, grid: Grid, task: str) -> None:
    labels = tuple(cards.load(task).labels)
    folder = paths.analysis(task)
    bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
    splits = {s: files.read_table(paths.real(task) / f"{s}.parquet", TEXTS) for s in SPLITS}
    said = _opinions(task, splits, labels, settings, bootstrap)
    guesses = _guesses(task, grid, splits["test"], labels)
    facts = {
        "basis": bootstrap._asdict(),
        "agreement": said.facts,
        "annotators": _bias(said, labels, settings, folder),
        "thresholds": _thresholds(said, guesses, settings, bootstrap, folder),
        "gold": _gold(said, guesses, settings),
        "replacement": _replacement(task, said, labels, settings.margin, bootstrap),
        **_texts(task, grid, splits["test"], settings, folder),
    }
    files.write_json(facts, paths.analyzed(task), files.DETAIL_DIGITS)


def _opinions(
    task: str,
    splits: dict[str, pd.DataFrame],
    labels: tuple[str, ...],
    settings: Analyze,
    bootstrap: Bootstrap,
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
            f"{known or 'no panel at all'}; run `synthworth annotate {task} "
            f"--name {name}`, or set analyze.annotations to null"
        )
    return path if path.exists() else None


class Guesses(NamedTuple):
    """What every model, trained on every source, predicts for the test texts."""

    test: pd.DataFrame  # id, label
    labels: tuple[str, ...]
    truth: NDArray[np.int64]  # (test texts,) codes of the labels
    codes: dict[tuple[str, str], NDArray[np.int64]]  # (model, source): (seeds, test texts)


def _guesses(task: str, grid: Grid, test: pd.DataFrame, labels: tuple[str, ...]) -> Guesses:
    truth = predicted.truth(test, labels, str(paths.real(task) / "test.parquet"))
    codes = {}
    for model in grid.classifiers:
        for source in grid.of(task):
            path = paths.predictions(task, model, source) / "test.parquet"
            rows = files.read_table(path, PREDICTIONS)
            codes[model, source] = predicted.aligned(rows, test["id"], labels, str(path)).labels
    return Guesses(test, labels, truth, codes)


def _bias(
    said: Opinions, labels: tuple[str, ...], settings: Analyze, folder: Path
) -> dict[str, Any]:
    """Single annotators against the others."""
    if said.table is None:
        files.write_table(pd.DataFrame(columns=["annotator"]), folder / "annotators.parquet")
        return {"withheld": "annotators are not named"}
    found = annotators.bias(said.table, labels, settings.level)
    files.write_table(found, folder / "annotators.parquet")
    return annotators.bias_summary(found)


def _thresholds(
    said: Opinions, guesses: Guesses, settings: Analyze, bootstrap: Bootstrap, folder: Path
) -> dict[str, Any]:
    """Accuracy against agreement."""
    right = {key: (codes == guesses.truth).mean(axis=0) for key, codes in guesses.codes.items()}
    share = said.share.reindex(guesses.test["id"]).to_numpy(dtype=np.float64)
    swept = instance.sweeps(share, right, guesses.truth, settings.threshold_items, bootstrap)
    files.write_table(swept.points, folder / "thresholds.parquet")
    return swept.facts | {"seeds": min(len(codes) for codes in guesses.codes.values())}


def _gold(said: Opinions, guesses: Guesses, settings: Analyze) -> dict[str, Any]:
    """Accuracy against the annotators' aggregated labels."""
    if settings.gold is None or said.table is None:
        reason = "not asked for" if settings.gold is None else "annotators are not named"
        return {"withheld": reason}
    if (disputed := instance.disputed(said)) < settings.threshold_items:
        plural = "" if disputed == 1 else "s"
        return {"withheld": f"{disputed} disputed item{plural}: the same as the majority"}
    names = np.asarray(guesses.labels, dtype=object)
    spoken: dict[tuple[str, str], NDArray[np.object_]] = {
        key: names[codes] for key, codes in guesses.codes.items()
    }
    test, method, seed = guesses.test, settings.gold, settings.seed
    return instance.against_aggregated(said.table, test, spoken, method, seed)


def _replacement(
    task: str, said: Opinions, labels: tuple[str, ...], margin: float, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Whether the LLM's labels may stand for an annotator's."""
    if said.table is None or said.facts.get("by"):
        reason = "annotators are not named" if said.table is None else "no people's annotations"
        return {"withheld": reason}
    rows = labelled.read(paths.labelled(task), labels)
    machine = dict(zip(rows["id"], rows["label"], strict=True))
    return replacement.alternative(said.table, machine, margin, bootstrap)


def _texts(
    task: str, grid: Grid, test: pd.DataFrame, settings: Analyze, folder: Path
) -> dict[str, Any]:
    """Diversity of the sources' texts, their similarity to the test texts, and copies.

    Texts that an LLM has labelled are left out: they are a few of the real ones.
    """
    sources = {source: _source(task, source) for source in grid.of(task) if source != LABELLED}
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
    diversity = portrait.diversities(sources, matched, settings.level)
    return facts | {
        "diversity": basis | {"sources": diversity},
        "similarity": basis | {"reference_texts": len(kept), "sources": close.estimates},
    }


def _source(task: str, source: str) -> Texts:
    path = paths.sources(task) / f"{source}.parquet"
    table = files.read_table(path, TEXTS)
    rows: Matrix = neighbours.unit(files.read_array(paths.embeddings(task) / f"{source}.npy"))
    if len(rows) != len(table):
        raise UserError(
            f"expected an embedding for each of the {len(table)} texts of {path}, found "
            f"{len(rows)}; run `dvc repro` to embed them again"
        )
    return Texts(table["id"].tolist(), table["text"].tolist(), table["label"], rows)


def _sample(count: int, settings: Analyze) -> NDArray[np.int64]:
    """The test texts that stand for real ones: all, or a seeded sample of `match_texts`."""
    if count <= settings.match_texts:
        return np.arange(count)
    rng = seeds.generator(settings.seed, "test texts")
    return np.sort(rng.choice(count, settings.match_texts, replace=False))


def _copies(
    task: str, sources: dict[str, Texts], test: pd.DataFrame, settings: Analyze
) -> dict[str, Any]:
    """The share of each source's texts that nearly repeat a test text or a few-shot example."""
    pool = files.read_table(paths.real(task) / "pool.parquet", TEXTS)
    found: dict[str, dict[str, Any]] = {name: {} for name in sources}
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
            found[name][kind] = share | {"greatest_overlap": greatest}
    return {"overlap": settings.copies, "sources": found}


if __name__ == "__main__":
    cli.run(main)
