"""Prediction-powered intervals on real texts with labels by people and by an LLM.

Run `python -m tests.benchmarks.bench_powered_real DATASETS TASK...` from the repository's root,
with <task>/<split>.parquet in the folder DATASETS: a minute per task on two cores. The texts whose
labels by an LLM are recorded (data/recorded/<task>/labels.jsonl) are the population. Classifiers,
MiniLM embeddings with logistic regression, are trained on 40 other real texts per label, and on
few-shot texts as refine left them in data/synthetic/. Test and spare texts are drawn from the
population with replacement, people's labels of the spare ones are hidden, and the lines are as in
bench_powered.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from stages.classifiers import registry
from stages.classifiers.configs import EmbedConfig, ProbeConfig
from stages.classifiers.encode import encode
from stages.core import paths, records
from stages.core.arrays import Ints
from stages.corpora import cards
from stages.llm.panel import recorded
from stages.stats.scoring import powered
from tests.benchmarks import bench_powered
from tests.stats.scoring import powered_study as study
from tests.stats.scoring.powered_study import World

TESTS = (50, 100, 200)
PER_LABEL, CLASSIFIERS, SPLITS = 40, 50, ("train", "test")


def population(folder: Path, task: str) -> tuple[World, Ints]:
    """The texts with both labels and classifiers' predictions; the LLM's labels."""
    labels = list(cards.load(task).labels)
    texts = pd.concat([pd.read_parquet(folder / task / f"{split}.parquet") for split in SPLITS])
    texts = texts[texts["label"].isin(labels)].drop_duplicates("text")
    texts = texts.assign(key=texts["text"].map(recorded.sha256))
    lines = [json.loads(line) for line in paths.recorded(task, "labels").open()]
    said = {line["text_sha256"]: json.loads(line["reply"])["label"] for line in lines}
    known = texts[texts["key"].isin(said)]
    others = texts[~texts["key"].isin(said)].sample(frac=1, random_state=0)[:3_000]
    written = pd.read_parquet(paths.synthetic(task) / "few_shot.parquet")
    records.check_labels(written["label"], labels, "few_shot")
    every = pd.concat([known, others, written])["text"].to_numpy(object)
    parts = np.split(encode(every, EmbedConfig()), [len(known), len(known) + len(others)])
    index = pd.Index(labels)
    truth = index.get_indexer(pd.Index(known["label"])).astype(np.int64)
    sides = [
        _bank(vectors, table["label"].to_numpy(object), parts[0], labels, source)
        for source, (vectors, table) in enumerate(zip(parts[1:], (others, written), strict=True))
    ]
    true = {
        metric: tuple(
            float(np.mean([form.value(study.shares(truth, r, len(labels))).item() for r in side]))
            for side in sides
        )
        for metric, form in powered.FORMS.items()
    }
    odds = np.zeros((len(truth), len(labels)))
    codes = index.get_indexer(pd.Index(known["key"].map(said))).astype(np.int64)
    found = World(len(labels), truth, odds, (sides[0], sides[1]), true)  # type: ignore[arg-type]
    return found, np.where(codes < 0, len(labels), codes)


def _bank(vectors: object, names: object, tests: object, labels: list[str], seed: int) -> Ints:
    """Codes (classifiers, texts) predicted by classifiers, each trained on its own draw."""
    rng, found = np.random.default_rng(seed), []
    features, given = np.asarray(vectors), np.asarray(names, dtype=object)
    for number in range(CLASSIFIERS):
        places = [rng.permutation(np.flatnonzero(given == label))[:PER_LABEL] for label in labels]
        rows = np.concatenate(places)
        model = registry.build(ProbeConfig(kind="probe"), tuple(labels))
        model.fit(features[rows], given[rows], features[:0], given[:0], number)
        found.append(model.predict_proba(np.asarray(tests)).argmax(axis=1))
    return np.stack(found).astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", type=Path)
    parser.add_argument("tasks", nargs="+")
    parser.add_argument("--studies", type=int, default=1_000, help="per line")
    parser.add_argument("--runs", type=int, default=10, help="training runs")
    parser.add_argument("--spare", type=int, default=500, help="spare texts")
    given = parser.parse_args()
    start = time.perf_counter()
    print(bench_powered.head(given.studies, given.spare))
    for task in given.tasks:
        known, said = population(given.datasets, task)
        right = float((said == known.truth).mean())
        for tests in TESTS:
            drawn = list(study.studies(known, said, tests, given.spare, given.runs, given.studies))
            for line in bench_powered.rows(task, right, tests, drawn):
                print(line, flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
