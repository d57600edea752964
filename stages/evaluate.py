"""Scores on the real test texts, the gap of every source to `real`, of mixtures to their parts.

Intervals and p-values hold test texts and training runs; of a single run, the test texts alone.
Besides, what an LLM's labels of real texts are worth: how often they are people's, and how the LLM
itself does on the test texts that it labelled. Where the LLM labelled spare texts, narrower
intervals from these (PPI++).

Reads:  data/real/<task>/ test, train and source.json, data/labels/, data/predictions/ of the whole
        grid; data/spare/ and, of tasks with spare texts, data/embeddings/ and data/sources/
Writes: data/evaluated/<task>.json
Params: evaluate, grid, mixtures, generate.endpoint.api, generate.price
Cost:   about a second for ten small tasks, a few for 25,000 test texts
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths, seeds, workers
from stages.core.arrays import Ints
from stages.core.params import Grid, Section
from stages.core.records import PREDICTIONS, REAL, TEXTS, read_labels, read_spare
from stages.corpora import labelled
from stages.llm.messages import cost
from stages.llm.messages.config import BATCH_DISCOUNT, Price
from stages.stats.scoring import comparison, evaluated, labelling, metrics, predicted
from stages.stats.scoring.evaluated import (
    Basis,
    Evaluated,
    Gap,
    Labelling,
    Powered,
    Score,
    Tokens,
    Trained,
)
from stages.stats.scoring.powered import Labelled
from stages.stats.scoring.predicted import Predicted
from stages.stats.scoring.sharpened import Conditions, Guesses, Sets, sharpened

FEW = 30  # test texts of a label; with fewer, intervals are only approximate


class Evaluate(Section):
    """How wide intervals are."""

    level: float = Field(gt=0, lt=1)  # share of studies whose interval holds the true value
    agreement: float = Field(gt=0, lt=1)  # with people, from which an LLM's labels will do
    spare: Conditions  # under which an LLM's labels of spare texts make intervals narrower


class Tariff(Section):
    """What tokens cost: a part of generate."""

    api: str
    price: dict[str, Price]


class Test(NamedTuple):
    """A task's real test texts."""

    task: str
    labels: tuple[str, ...]
    rows: pd.DataFrame
    truth: Ints


class Model(NamedTuple):
    """What is found of one model, by source."""

    scores: dict[str, dict[str, Score]]
    gaps: dict[str, dict[str, Gap]]
    against: dict[str, dict[str, dict[str, Gap]]]  # mixture -> part
    trained: dict[str, Trained]
    predicted: dict[str, Predicted]


def main() -> None:
    """Score the predictions of every model, trained on every source, for each task."""
    settings, grid = params.load(Evaluate, "evaluate"), params.grid()
    tariff = params.pick(Tariff, "generate.endpoint.api", "generate.price")
    read = partial(_evaluate, settings, tariff, grid, params.mixtures())
    workers.each(read, grid.tasks, "evaluate: tasks")
    pairs = len(grid.classifiers) * sum(len(grid.of(task)) for task in grid.tasks)
    print(f"{len(grid.tasks)} tasks: {pairs} scores of a model on a source", flush=True)


def _bases(
    sources: tuple[str, ...], mixtures: Mapping[str, tuple[str, ...]]
) -> dict[str, list[str]]:
    """What each of a task's sources is compared with, where it has them: `real`, its parts."""
    wanted = {source: [REAL, *mixtures.get(source, ())] for source in sources}
    return {
        source: [base for base in dict.fromkeys(bases) if base in sources and base != source]
        for source, bases in wanted.items()
    }


def _evaluate(
    settings: Evaluate,
    tariff: Tariff,
    grid: Grid,
    mixtures: Mapping[str, tuple[str, ...]],
    task: str,
) -> None:
    bases = _bases(grid.of(task), mixtures)
    level, path = settings.level, paths.real(task) / "test.parquet"
    labels, rows = read_labels(paths.labels(task)), files.read_table(path, TEXTS)
    test = Test(task, labels, rows, predicted.truth(rows, labels, str(path)))
    models = {model: _model(test, model, bases, level) for model in grid.classifiers}
    record = Evaluated(
        basis=_basis(test, models.values(), level),
        scores={model: found.scores for model, found in models.items()},
        gaps={model: found.gaps for model, found in models.items()},
        against={model: found.against for model, found in models.items()},
        trained={model: found.trained for model, found in models.items()},
        labelling=_labelling(
            test, {m: found.predicted for m, found in models.items()}, settings, tariff
        ),
        powered=_powered(test, {m: found.predicted for m, found in models.items()}, settings),
    )
    evaluated.write(record, paths.evaluated(task))


def _model(test: Test, model: str, bases: Mapping[str, list[str]], level: float) -> Model:
    """All scores of one model, and the gaps between its sources."""
    found, values = Model({}, {}, {}, {}, {}), {}
    for source in bases:
        path = paths.predictions(test.task, model, source) / "test.parquet"
        rows = files.read_table(path, PREDICTIONS)
        own = predicted.aligned(rows, test.rows["id"], test.labels, str(path))
        values[source] = metrics.values(test.truth, own)
        found.scores[source] = comparison.scored(values[source], level)
        runs = files.read_json(path.with_name("runs.json"))
        found.trained[source] = comparison.trained(test.truth, own, test.labels, runs)
        found.predicted[source] = own
    for source, others in bases.items():
        for base in others:
            gap = comparison.compared(values[source], values[base], level)
            if base == REAL:
                found.gaps[source] = gap
            else:
                found.against.setdefault(source, {})[base] = gap
    return found


def _basis(test: Test, models: Iterable[Model], level: float) -> Basis:
    """What the scores rest on; the signature carries a digest of the test texts' ids and labels."""
    origin = files.read_json(paths.real(test.task) / "source.json")["origin"]
    several = (own.seeds for found in models for own in found.predicted.values())
    seeds = sorted(set(chain.from_iterable(several)))
    lines = "\n".join(test.rows["id"] + "\t" + test.rows["label"])
    digest = hashlib.sha256(lines.encode()).hexdigest()
    signature = comparison.signature(
        v=comparison.VERSION,
        origin=PurePath(origin).name,  # of a folder its name: it may lie elsewhere tomorrow
        test=f"{len(test.rows)}.{digest[:8]}",
        seeds=",".join(map(str, seeds)),
        level=level,
    )
    counts = test.rows["label"].value_counts().reindex(test.labels, fill_value=0)
    few = {label: int(counts[label]) for label in test.labels if counts[label] < FEW}
    return Basis(n_test=len(test.rows), few_test_texts=few, level=level, signature=signature)


def _labelling(
    test: Test,
    models: Mapping[str, Mapping[str, Predicted]],
    settings: Evaluate,
    tariff: Tariff,
) -> Labelling | None:
    """The LLM's labels beside people's; None where there are none."""
    said = labelled.read(paths.labelled(test.task), test.labels)
    if said.empty:
        return None
    counts = files.read_json(paths.labelled(test.task).with_suffix(".json"))
    train = files.read_table(paths.real(test.task) / "train.parquet", TEXTS)
    people = {"train": train, "test": test.rows}
    truths = [
        said[said["split"] == split].merge(rows[["id", "label"]], on="id", suffixes=("", "_people"))
        for split, rows in people.items()
    ]
    known = pd.concat(truths, ignore_index=True).rename(columns={"label_people": "truth"})
    asked = said[said["split"] == "test"]
    places = pd.Index(test.rows["id"]).get_indexer(pd.Index(asked["id"])).astype(np.int64)
    codes = predicted.codes(asked["label"], test.labels, "the LLM's labels")
    return Labelling(
        labelled=counts["labelled"],
        without_label=counts["without_label"],
        of_other_texts=counts.get("of_other_texts", 0),
        agreement=labelling.agreement(known, test.labels, settings.level, settings.agreement),
        prompted=labelling.prompted(places, codes, test.truth, models, test.labels, settings.level),
        tokens=_tokens(said, tariff),
    )


def _powered(
    test: Test, models: Mapping[str, Mapping[str, Predicted]], settings: Evaluate
) -> Powered | None:
    """Scores sharpened by the LLM's labels of spare texts; None of a task without such texts."""
    spare = read_spare(paths.spare(test.task))
    if spare is None:
        there = paths.unlabelled(test.task).exists()
        return (
            Powered(n=len(test.rows), spare=0, off="no spare texts: see label") if there else None
        )
    trained: set[str] = set()
    for source in next(iter(models.values()), {}):
        table = files.read_table(paths.sources(test.task) / f"{source}.parquet", ("text",))
        trained |= set(table["text"].str.strip())
    new = ~spare["text"].str.strip().isin(trained).to_numpy()
    folder = paths.embeddings(test.task)
    counts = files.read_json(paths.labelled(test.task).with_suffix(".json"))
    sets = Sets(
        Labelled(test.truth, _said(test, "test", test.rows), _said(test, "spare", spare[new])),
        counts["labelled"]["test"] + counts["without_label"]["test"],
        int((~new).sum()),
        files.read_array(folder / "test.npy"),
        files.read_array(folder / "spare.npy")[new],
    )
    guesses: dict[str, dict[str, Guesses]] = {}
    for model, sources in models.items():
        for source, own in sources.items():
            path = paths.predictions(test.task, model, source) / "spare.parquet"
            rows = files.read_table(path, PREDICTIONS)
            more = predicted.aligned(rows, spare["id"], test.labels, str(path))
            guesses.setdefault(model, {})[source] = Guesses(own, more.labels[:, new])
    rng = seeds.generator(0, test.task, "alike")
    return sharpened(sets, guesses, test.labels, settings.spare, settings.level, rng)


def _said(test: Test, split: str, rows: pd.DataFrame) -> Ints:
    """The codes of the LLM's labels of `rows`; one more than there are where it gave none."""
    found = labelled.read(paths.labelled(test.task), test.labels)
    own = found[found["split"] == split].set_index("id")["label"].reindex(rows["id"])
    codes = pd.Index(test.labels).get_indexer(pd.Index(own)).astype(np.int64)
    return np.where(codes < 0, len(test.labels), codes)


def _tokens(said: pd.DataFrame, tariff: Tariff) -> Tokens | None:
    """What a label took, and what a thousand cost; None where no tokens were counted."""
    if "prompt_tokens" not in said:
        return None
    counted = said.dropna(subset=["prompt_tokens", "completion_tokens"])
    models = counted.get("model", pd.Series("", counted.index)).fillna("")
    tokens = zip(models, counted["prompt_tokens"], counted["completion_tokens"], strict=True)
    paid = [cost.usd(*row, tariff.price) for row in tokens]
    known = [usd for usd in paid if usd is not None]
    discount = BATCH_DISCOUNT if tariff.api == "batch" else 1.0
    return Tokens(
        texts=len(counted),
        prompt=float(counted["prompt_tokens"].mean()),
        completion=float(counted["completion_tokens"].mean()),
        usd_per_1000=1000 * discount * sum(known) / len(known) if len(known) == len(paid) else None,
    )


if __name__ == "__main__":
    cli.run(main)
