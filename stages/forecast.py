"""What each way would lose, forecast before money is spent; which of a task's sets is the best.

From what is known beforehand: a pilot of each strategy's texts, a few texts labelled by people, an
LLM's labels, unlabelled texts, votes. Each task is forecast from all the others, and compared with
what came out.

Reads:  data/real/<task>/ labels.jsonl and test, data/sources/, data/embeddings/, data/labels/,
        data/explained/ (gaps and ranking)
Writes: data/forecast/: facts.json, forecasts.parquet, signals.parquet, sets.parquet
Params: forecast, grid, mixtures
Cost:   about a second for ten small tasks, some ten for sixteen real ones
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from stages.classifiers import pilots, texts
from stages.classifiers.protocol import Features, Labels
from stages.classifiers.regressions import Regressions
from stages.core import cli, files, params, paths, seeds
from stages.core.arrays import Floats, Ints, Rows
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, PROMPTED, REAL, read_labels
from stages.corpora import labelled, sources
from stages.stats.across import choosing, forecasting
from stages.stats.across.choosing import Sets
from stages.stats.resampling import Bootstrap
from stages.stats.scoring import predicted, scores
from stages.stats.texts import overlap

METRICS = ("accuracy", "macro_f1")
SUBJECTIVITY = "subjectivity"
# What each way is forecast from: named before any forecast was computed, and never searched.
WRITTEN = ("pilot", "pad", SUBJECTIVITY, "agreement")
FROM_LABELS = ("agreement", "confidence", SUBJECTIVITY, "texts_per_label")
AT_RUN_TIME = ("agreement", "confidence", SUBJECTIVITY, "pilot")
# By what sets are ordered, without people's labels; the last one needs some.
SIGNALS = ("pad", "mmd", "medoid", "cosine", "confidence", "llm_labels", "own_labels")
FEWEST = 30  # labels, below which nothing is said of an agreement or a score
C = 1.0  # of the pilots' probe
PARTS = 2  # of each strategy's texts, as sets of their own

Signals = dict[tuple[str, str, str], Floats]  # way, metric, predictor -> (draws,)


class Forecast(Section):
    """What is known beforehand, and how sure a forecast shall be."""

    pilot: int = Field(ge=2)  # texts per label, at most half of what was written
    own_labels: int = Field(ge=FEWEST)  # real texts labelled by people
    unlabelled: int = Field(ge=FEWEST)  # real texts
    draws: int = Field(ge=1)  # of the own labels
    level: float = Field(gt=0, lt=1)
    resamples: int = Field(ge=100)  # of tasks; permutations of tasks
    seed: int = Field(ge=0)


class Texts(NamedTuple):
    """Texts as ids and codes of their labels (n,), and embeddings (n, dimensions)."""

    ids: Labels
    codes: Ints
    features: Features


class Known(NamedTuple):
    """What is known of a task beforehand."""

    labels: tuple[str, ...]
    real: Texts
    said: Ints  # an LLM's labels of the real texts at `asked`
    asked: Rows
    confidence: float | None  # mean of what the LLM states
    own: list[Rows]  # per draw the real texts that people labelled
    unlabelled: Rows


def main() -> None:
    """Forecast each task from the others, and order each task's sets without labels."""
    settings, grid = params.load(Forecast, "forecast"), params.grid()
    bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
    mixtures = params.mixtures()
    written = {
        task: [s for s in sources.written(grid.of(task), mixtures) if s in grid.of(task)]
        for task in grid.tasks
    }
    ranked = files.read_table(paths.EXPLAINED / "ranking.parquet", ("task", SUBJECTIVITY))
    votes = ranked.set_index("task")[SUBJECTIVITY]
    signals: dict[str, Signals] = {}
    tables = []
    for task in (task for task in grid.tasks if REAL in grid.of(task)):
        known = _known(task, settings)
        made = {name: _texts(task, name, known.labels) for name in written[task]}
        signals[task] = _signals(known, made, settings, votes.get(task))
        tables.append(_sets(task, known, made, settings).assign(task=task))
    model = (grid.probes or grid.models)[0]  # a probe, like the pilots' classifier, if there is one
    gaps = _gaps(model, chain.from_iterable(written.values()))
    facts, forecasts = _forecasts(gaps, signals, grid, bootstrap)
    sets = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    content = {
        "basis": settings.model_dump(),
        "model": model,
        "ways": facts,
        "sets": _ordered(sets, bootstrap),
    }
    files.write_json(content, paths.forecast(), files.DETAIL_DIGITS)
    files.write_table(forecasts, paths.FORECAST / "forecasts.parquet")
    files.write_table(_long(signals), paths.FORECAST / "signals.parquet")
    files.write_table(sets, paths.FORECAST / "sets.parquet")
    print(f"{len(grid.tasks)} tasks, {len(facts)} ways forecast; {len(sets)} sets", flush=True)


def _texts(task: str, source: str, labels: tuple[str, ...]) -> Texts:
    path = paths.sources(task) / f"{source}.parquet"
    return _read(path, paths.embeddings(task) / f"{source}.npy", labels)


def _read(path: Path, vectors: Path, labels: tuple[str, ...]) -> Texts:
    found = texts.read(path, vectors, labels, embedded=True)
    codes = predicted.codes(pd.Series(found.labels), labels, str(path))
    return Texts(found.ids, codes, found.features)


def _known(task: str, settings: Forecast) -> Known:
    """The labels and texts at hand. Own labels are of texts that the LLM labelled, if it did."""
    labels = read_labels(paths.labels(task))
    real = _texts(task, REAL, labels)
    said = labelled.read(paths.labelled(task), labels)
    said = said[said["split"] == "train"]
    places = pd.Index(real.ids).get_indexer(pd.Index(said["id"]))
    there = places >= 0
    asked, codes = places[there], predicted.codes(said["label"][there], labels, task)
    confidence = said["confidence"][there].mean()
    if len(asked) < FEWEST:
        asked, codes, confidence = asked[:0], codes[:0], np.nan
    people = asked if len(asked) else np.arange(len(real.codes))
    own = [
        seeds.generator(settings.seed, task, "own", str(draw)).permutation(people)
        for draw in range(settings.draws)
    ]
    rest = seeds.generator(settings.seed, task, "unlabelled").permutation(len(real.codes))
    return Known(
        labels,
        real,
        codes,
        asked,
        float(confidence) if np.isfinite(confidence) else None,
        [rows[: settings.own_labels] for rows in own],
        np.sort(rest[: settings.unlabelled]),
    )


def _scores(truth: Ints, said: Ints, labels: int) -> dict[str, float]:
    """The METRICS of label codes."""
    table = scores.confusion(truth, said, labels)
    return {"accuracy": float(scores.accuracy(table)), "macro_f1": float(scores.macro_f1(table))}


def _on_own(known: Known, said: Ints, places: Rows) -> dict[str, Floats]:
    """By metric the scores (draws,) on the own labels of codes `said` for the real `places`."""
    place = np.full(len(known.real.codes), -1)
    place[places] = np.arange(len(places))
    drawn = [
        _scores(known.real.codes[own], said[place[own]], len(known.labels)) for own in known.own
    ]
    return {metric: np.array([found[metric] for found in drawn]) for metric in METRICS}


def _signals(
    known: Known, written: Mapping[str, Texts], settings: Forecast, votes: float | None
) -> Signals:
    """Every predictor of every way, as far as it is known."""
    every = np.arange(len(known.real.codes))
    unlabelled = known.real.features[known.unlabelled]
    shared: dict[str, dict[str, Floats]] = {}
    if votes is not None:
        shared[SUBJECTIVITY] = _same(float(votes), settings)
    if len(known.asked):
        shared["agreement"] = _on_own(known, known.said, known.asked)
        per_label = len(known.asked) / len(known.labels)
        shared["texts_per_label"] = _same(float(np.log(per_label)), settings)
    if known.confidence is not None:
        shared["confidence"] = _same(known.confidence, settings)
    of_way: dict[str, dict[str, dict[str, Floats]]] = {}
    for name, made in written.items():
        rows = pilots.first(made.codes, settings.pilot)
        fitted = pilots.fit(made.features[rows], made.codes[rows], len(known.labels), C)
        said = _predicted(fitted, known.real)
        of_way[name] = {
            "pilot": _on_own(known, said, every),
            "pad": _same(
                pilots.proxy_a_distance(made.features[rows], unlabelled, C, settings.seed), settings
            ),
        }
    if of_way:
        mean = {
            metric: np.mean([found["pilot"][metric] for found in of_way.values()], axis=0)
            for metric in METRICS
        }
        shared["pilot"] = mean
    wanted = dict.fromkeys(written, WRITTEN)
    wanted |= {LABELLED: FROM_LABELS, PROMPTED: AT_RUN_TIME}
    found: Signals = {}
    for way, names in wanted.items():
        for name in names:
            values = of_way.get(way, {}).get(name, shared.get(name, {}))
            found |= {(way, metric, name): values[metric] for metric in values}
    return found


def _predicted(fitted: Regressions, asked: Texts) -> Ints:
    codes: Ints = fitted.predict(asked.features)[0].astype(np.int64)
    return codes


def _same(value: float, settings: Forecast) -> dict[str, Floats]:
    """A number that neither the metric nor the own labels change."""
    return dict.fromkeys(METRICS, np.full(settings.draws, value))


def _sets(
    task: str, known: Known, written: Mapping[str, Texts], settings: Forecast
) -> pd.DataFrame:
    """Signal and true score of each part of each strategy's texts, by metric."""
    vectors = paths.embeddings(task) / "test.npy"
    tests = _read(paths.real(task) / "test.parquet", vectors, known.labels)
    unlabelled = known.real.features[known.unlabelled]
    found = []
    for name, made in written.items():
        for part, rows in enumerate(pilots.parts(made.codes, PARTS)):
            own = made.features[rows]
            fitted = pilots.fit(own, made.codes[rows], len(known.labels), C)
            said = _predicted(fitted, known.real)
            true = _scores(tests.codes, _predicted(fitted, tests), len(known.labels))
            alike = {
                "pad": -pilots.proxy_a_distance(own, unlabelled, C, settings.seed),
                "mmd": -overlap.mmd(own, unlabelled),
                "medoid": overlap.to_medoid(own, unlabelled),
                "cosine": overlap.mean_cosine(own, unlabelled),
                "confidence": float(fitted.predict_proba(unlabelled)[0].max(axis=1).mean()),
            }
            people = {
                metric: float(values[0])
                for metric, values in _on_own(known, said, np.arange(len(said))).items()
            }
            judge = (
                _scores(known.said, said[known.asked], len(known.labels))
                if len(known.asked)
                else dict.fromkeys(METRICS)
            )
            found += [
                {"set": f"{name} {part + 1}", "texts": len(rows), "metric": metric, **alike}
                | {"llm_labels": judge[metric], "own_labels": people[metric]}
                | {"score": true[metric]}
                for metric in METRICS
            ]
    return pd.DataFrame(found)


def _gaps(model: str, written: Iterable[str]) -> pd.DataFrame:
    """The gap of each way to real, where it is known: task, source, metric, gap, low, high."""
    path = paths.EXPLAINED / "gaps.parquet"
    columns = ("task", "model", "source", "metric", "scale", "gap", "low", "high")
    found = files.read_table(path, columns)
    of_way = found["source"].isin([*written, LABELLED, PROMPTED]) & (found["model"] == model)
    return found[of_way & found["metric"].isin(METRICS) & (found["scale"] == "absolute")]


def _forecasts(
    gaps: pd.DataFrame, signals: Mapping[str, Signals], grid: Grid, bootstrap: Bootstrap
) -> tuple[dict[str, Any], pd.DataFrame]:
    """By way and metric what the forecasts are worth; and each task's: the first draw's."""
    facts: dict[str, Any] = {}
    tables = [pd.DataFrame(columns=["way", "metric", *forecasting.FORECASTS])]
    for (way, metric), rows in gaps.groupby(["source", "metric"], sort=False):
        wanted = {way: WRITTEN, LABELLED: FROM_LABELS, PROMPTED: AT_RUN_TIME}[way]
        known = {
            task: {name: own[key] for name in wanted if (key := (way, metric, name)) in own}
            for task, own in signals.items()
            if way == PROMPTED or way in grid.of(task)
        }
        found, table = forecasting.of_tasks(rows.set_index("task"), known, wanted, bootstrap)
        facts.setdefault(str(way), {})[str(metric)] = found
        tables.append(table.assign(way=str(way), metric=str(metric)))
    return facts, pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)


def _ordered(sets: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, Any]:
    """By metric and signal how well it orders the sets of a task."""
    found: dict[str, Any] = {}
    for metric, rows in sets.groupby("metric", sort=False) if len(sets) else ():
        for signal in SIGNALS:
            tasks = [
                Sets(group[signal].to_numpy(np.float64), group["score"].to_numpy(np.float64))
                for _, group in rows.dropna(subset=[signal]).groupby("task", sort=False)
            ]
            found.setdefault(str(metric), {})[signal] = choosing.ordered(tasks, bootstrap)
    return found


def _long(signals: Mapping[str, Signals]) -> pd.DataFrame:
    """Every predictor of every task and draw, a row each."""
    rows = [
        {"task": task, "way": way, "metric": metric, "predictor": name, "draw": draw, "value": x}
        for task, found in signals.items()
        for (way, metric, name), values in found.items()
        for draw, x in enumerate(values)
    ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    cli.run(main)
