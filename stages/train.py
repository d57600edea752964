"""A model trained on each source with every seed; each predicts the real test texts.

Reads:  data/sources/<task>/<source>.parquet, data/real/<task>/ validation and test,
        data/spare/<task>.parquet, data/embeddings/<task>/ where the model is a probe
Writes: data/predictions/<model>/<task>/<source>/: test.parquet (empty where the task lacks the
        source), runs.json (what is to be known of the runs), spare.parquet where the task has spare
        texts, curve.parquet where the model is trained in steps, seed-<seed>/ (the model) where
        params ask for it
Params: train, models.<model>; grid.tasks, grid.sources, grid.sources_of where none is named
Cost:   seconds for a probe on all; for a fine-tuned model see tests/benchmarks/bench_finetune.py
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt

from stages.classifiers import configs, registry, sampling
from stages.classifiers.protocol import (
    Classifier,
    CurveRow,
    Features,
    Labels,
    Probabilities,
    Saveable,
)
from stages.classifiers.texts import Labelled, Unlabelled, read, unlabelled
from stages.core import cli, files, params, paths, records, workers
from stages.core.errors import UserError
from stages.core.params import Section

SAID = 5  # sources that are named in the terminal


class Train(Section):
    """How often and on how much each model is trained."""

    seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    texts_per_label: PositiveInt | None  # drawn again for each seed; null = all


class Runs(NamedTuple):
    """What is to be known of a source's training runs."""

    identical: bool  # without chance, on all texts: every seed gives the same model, one is enough
    short: dict[str, int]  # labels with fewer texts than asked for, so that labels are unequal


class Job(NamedTuple):
    """What is the same for each source of a task."""

    settings: Train
    config: configs.ModelConfig
    labels: tuple[str, ...]
    validation: Labelled
    test: Labelled
    spare: Unlabelled | None


def main(
    model: Annotated[str, typer.Argument(help="an entry of `models` in params.yaml")],
    task: Annotated[str | None, typer.Option(help="else each of grid.tasks")] = None,
    source: Annotated[str | None, typer.Option(help="else each of the task's")] = None,
) -> None:
    """Train MODEL on the sources of each task, or on the named ones; predict the test texts."""
    settings, grid, config = params.load(Train, "train"), params.grid(), _config(model)
    if task and task not in grid.tasks:
        raise UserError(f"no task {task!r}: grid.tasks has {list(grid.tasks)}; add it there")
    if task and source and files.read_table(_table_of(task, source)).empty:
        empty = pd.DataFrame(columns=list(records.PREDICTIONS))
        files.write_table(empty, paths.predictions(task, model, source) / "test.parquet")
        print(f"{model}: nothing to train on, {source} is no source of {task}", flush=True)
        return
    tasks = [task] if task else grid.tasks
    sources = {name: (source,) if source else grid.of(name) for name in tasks}
    train = partial(_train, settings, config, model, sources)
    if config.reads == "embeddings":
        found = dict(zip(tasks, workers.results(train, tasks, f"{model}: tasks"), strict=True))
    else:  # takes all processors, or the accelerator, for itself
        found = {name: train(name) for name in tasks}
    print("; ".join([f"{model}: trained on {_named(sources)}", *_remarks(settings, found)]))


def _train(
    settings: Train,
    config: configs.ModelConfig,
    model: str,
    sources: Mapping[str, Sequence[str]],
    task: str,
) -> dict[str, Runs]:
    """Train on each of the task's `sources`."""
    labels = records.read_labels(paths.labels(task))

    def texts(name: str, path: Path) -> Labelled:
        vectors = paths.embeddings(task) / f"{name}.npy"
        return read(path, vectors, labels, config.reads == "embeddings")

    validation, test = (texts(s, paths.real(task) / f"{s}.parquet") for s in ("validation", "test"))
    spare = unlabelled(
        paths.spare(task), paths.embeddings(task) / "spare.npy", config.reads == "embeddings"
    )
    job = Job(settings, config, labels, validation, test, spare)
    found = {}
    for source in sources[task]:
        train = texts(source, _table_of(task, source))
        found[source] = _run(job, source, train, paths.predictions(task, model, source))
    return found


def _named(sources: Mapping[str, Sequence[str]]) -> str:
    tasks, names = list(sources), dict.fromkeys(chain.from_iterable(sources.values()))
    return f"{', '.join(names)} of {f'{len(tasks)} tasks' if len(tasks) > 1 else tasks[0]}"


def _remarks(settings: Train, found: Mapping[str, Mapping[str, Runs]]) -> Iterator[str]:
    """What a reader of the scores has to know, by source."""
    same, short = Counter[str](), list[str]()
    for task, sources in found.items():
        for source, runs in sources.items():
            same[source] += runs.identical
            if runs.short:
                few = ", ".join(f"{count} {label}" for label, count in runs.short.items())
                short.append(f"{task} {source} ({few})")
    if once := [source for source, tasks in same.items() if tasks]:
        yield f"one run on {', '.join(once)}, all of whose texts are taken: more would be the same"
    if short:
        more = f" and {len(short) - SAID} more" if len(short) > SAID else ""
        yield (
            f"fewer than {settings.texts_per_label} texts of a label, so labels are unequal: "
            f"{', '.join(short[:SAID])}{more}"
        )


def _run(job: Job, source: str, train: Labelled, folder: Path) -> Runs:
    """Train on one source with every seed; write what `folder` is to hold."""
    runs = _runs(job, train.labels)
    predictions, spare, curve = [], [], list[CurveRow]()
    for seed in job.settings.seeds[: 1 if runs.identical else None]:
        cap = job.settings.texts_per_label
        rows = sampling.draw(train.labels, job.labels, cap, seed, source)
        size = len(rows)  # texts that are held out had to be labelled, too
        classifier = registry.build(job.config, job.labels)
        rows, features, labels = _held_out(job, train, rows, seed, source)
        classifier.fit(train.features[rows], train.labels[rows], features, labels, seed)
        probabilities = classifier.predict_proba(job.test.features)
        predictions.append(frame(job.test.ids, probabilities, job.labels, seed, size))
        if job.spare:
            more = classifier.predict_proba(job.spare.features)
            spare.append(frame(job.spare.ids, more, job.labels, seed, size))
        curve += classifier.curve
        if isinstance(job.config, configs.FinetuneConfig) and job.config.save:
            _save(classifier, folder / f"seed-{seed}")
    _write(predictions, spare, curve, job.config, folder)
    files.write_json(runs._asdict(), folder / "runs.json")
    return runs


def _held_out(
    job: Job, train: Labelled, rows: NDArray[np.intp], seed: int, source: str
) -> tuple[NDArray[np.intp], Features, Labels]:
    """The rows to train on, and the held-out texts and labels that tell when to stop."""
    if not isinstance(job.config, configs.FinetuneConfig) or job.config.stops_on == "real":
        return rows, job.validation.features, job.validation.labels
    share = job.config.held_out_share
    kept, held = sampling.hold_out(train.labels, rows, share, seed, source)
    return kept, train.features[held], train.labels[held]


def _runs(job: Job, labels: Labels) -> Runs:
    """Whether all seeds give the same model, and which of the task's labels are short of texts."""
    cap, counts = job.settings.texts_per_label, Counter(labels)
    takes_all = cap is None or max(counts.values()) <= cap
    short = {label: counts[label] for label in job.labels if cap and counts[label] < cap}
    return Runs(takes_all and not job.config.random, short)


def frame(
    ids: Labels, probabilities: Probabilities, labels: Sequence[str], seed: int, size: int
) -> pd.DataFrame:
    """One seed's predictions: `records.PREDICTIONS`, then `p_<label>` in the card's order."""
    guesses = np.asarray(labels, dtype=object)[probabilities.argmax(axis=1)]
    columns = {f"p_{label}": probabilities[:, place] for place, label in enumerate(labels)}
    return pd.DataFrame({"id": ids, "seed": seed, "size": size, "label": guesses, **columns})


def _config(model: str) -> configs.ModelConfig:
    grid = params.grid()
    if model not in grid.classifiers:
        raise UserError(
            f"no model {model!r}: params.yaml has grid.models {list(grid.models)} and grid.probes "
            f"{list(grid.probes)}; add it to one of them"
        )
    config = params.entry("models", model, configs.model)
    lists = {"texts": "grid.models", "embeddings": "grid.probes"}
    if model not in (grid.models if config.reads == "texts" else grid.probes):
        raise UserError(
            f"params.yaml: {model!r} is of kind {config.kind!r}, which reads {config.reads}; list "
            f"it in {lists[config.reads]}"
        )
    return config


def _table_of(task: str, source: str) -> Path:
    path = paths.sources(task) / f"{source}.parquet"
    if not path.exists():
        known = sorted(found.stem for found in path.parent.glob("*.parquet"))
        raise UserError(
            f"no source {source!r}: {path.parent} has {known}; add it to grid.sources "
            "and run `dvc repro`"
        )
    return path


def _save(classifier: Classifier, folder: Path) -> None:
    """Keep the model whole or not at all; an older one gives way only to a whole one."""
    if not isinstance(classifier, Saveable):
        raise TypeError(f"{type(classifier).__name__} cannot be saved")
    unfinished = folder.with_name(f".{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        classifier.save(unfinished)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(
    predictions: Sequence[pd.DataFrame],
    spare: Sequence[pd.DataFrame],
    curve: list[CurveRow],
    config: configs.ModelConfig,
    folder: Path,
) -> None:
    for name, frames in (("test", predictions), ("spare", spare)):
        if frames:
            files.write_table(pd.concat(frames, ignore_index=True), folder / f"{name}.parquet")
        else:  # of an older run
            (folder / f"{name}.parquet").unlink(missing_ok=True)
    if isinstance(config, configs.FinetuneConfig):
        rows = pd.DataFrame(curve, columns=list(records.CURVE))
        files.write_table(rows.assign(stops_on=config.stops_on), folder / "curve.parquet")
    else:
        (folder / "curve.parquet").unlink(missing_ok=True)  # of an older, different model


if __name__ == "__main__":
    cli.run(main)
