"""A tiny project for the tests of evaluate and summarize: two tasks, three sources, two seeds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from stages.core import files, paths
from stages.core.records import CURVE, SPLITS
from stages.llm.messages.replies import Reply

TASKS = ("moods", "topics")
SOURCES = ("real", "zero_shot", "few_shot")
LABELS = ("bad", "good")
SPARE = {"labels": 30, "texts": 100, "alike": 0.05, "copied": 0.1}
RIGHT = {"real": 0.9, "zero_shot": 0.6}  # share of right answers; other sources have 0.75


def params(grid: Mapping[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    """The params of the tiny project, with keys of its grid and whole sections replaced."""
    return {
        "grid": {
            "tasks": list(TASKS),
            "sources": list(SOURCES),
            "strategies": ["zero_shot", "few_shot"],
            "models": [],
            "probes": ["probe"],
            **(grid or {}),
        },
        "mixtures": {"augmented": ["real_pool", "few_shot"]},
        "generate": {
            "provider": "recorded",
            "endpoint": {"api": "direct"},
            "price": {"m": {"prompt": 1, "completion": 2}},
        },
        "evaluate": {"level": 0.95, "agreement": 0.9, "spare": SPARE},
        "summarize": {"metric": "accuracy"},
    } | sections


def write_params(content: dict[str, Any]) -> None:
    """Write params.yaml alone."""
    Path("params.yaml").write_text(yaml.safe_dump(content))


def write(content: dict[str, Any], items: int = 30, seeds: Sequence[int] = (0, 1)) -> None:
    """Write params.yaml, cards, test texts and predictions of the grid below the folder we are in.

    Cards and source.json hold what evaluate and summarize need.
    """
    write_params(content)
    grid = content["grid"]
    for task in grid["tasks"]:
        files.write_text(yaml.safe_dump(card(task)), paths.card(task))
        files.write_table(test_texts(items), paths.real(task) / "test.parquet")
        files.write_lines(({"label": label} for label in LABELS), paths.labels(task))
        files.write_lines([], paths.labelled(task))
        files.write_table(pd.DataFrame(columns=["id", "text"], dtype=str), paths.spare(task))
        rows = {split: dict.fromkeys(LABELS, items // 2) for split in SPLITS}
        source = {"origin": "sample", "notes": "tiny", "rows": rows}
        files.write_text(json.dumps(source), paths.real(task) / "source.json")
        counts = {"replies": 4, "texts": 40, "kept": 38, "dropped": {"duplicate": 2}}
        kinds = dict.fromkeys(grid["strategies"], counts)
        files.write_json({"strategies": kinds}, paths.refined(task))
        screened = {strategy: {"checks": {}, "kept": 38} for strategy in kinds}
        files.write_json({"strategies": screened}, paths.screened(task))
        for strategy in kinds:
            reply = {"provider": "recorded", "model": "a language model", "usage": None}
            answer(task, strategy, reply)
        for model in [*grid["models"], *grid["probes"]]:
            for source_name in grid["sources"]:
                predict(task, source_name, model, seeds)


def label(task: str, wrong: int, train: int = 10, test: int = 30, **fields: Any) -> None:
    """Write an LLM's labels: in each split the first `wrong` texts are wrong and least sure."""
    lines = []
    for split, count in (("train", train), ("test", test)):
        table = files.read_table(paths.real(task) / "test.parquet").head(count)
        if split == "train":
            table["id"] = "r" + table["id"]
            files.write_table(table, paths.real(task) / "train.parquet")
        for place, (name, truth) in enumerate(zip(table["id"], table["label"], strict=True)):
            said = LABELS[1 - LABELS.index(truth)] if place < wrong else truth
            line = {"split": split, "id": name, "label": said, "confidence": 3 - (place < wrong)}
            lines.append(line | fields)
    files.write_lines(lines, paths.labelled(task))
    counts = {"labelled": {"train": train, "test": test}, "of_other_texts": 7}
    counts["without_label"] = {"train": 0, "test": 1}
    files.write_json(counts, paths.labelled(task).with_suffix(".json"))


def explain(tasks: Iterable[str]) -> None:
    """Write what stages of results leave for summarize to collect."""
    for task in tasks:
        files.write_json({"diversity": {}}, paths.analyzed(task))
        files.write_json({"sources": {}}, paths.worth(task))
    for path in (paths.combined_over(), paths.costs_over(), paths.forecast()):
        files.write_json({"ways": {}}, path)
    files.write_json({"correlations_tried": 1}, paths.explained())
    keys = {"of": "subjectivity", "model": "probe", "source": "few_shot"}
    row = {**keys, "metric": "accuracy", "scale": "absolute", "spearman_p": 0.5, "withheld": None}
    files.write_table(pd.DataFrame([row]), paths.EXPLAINED / "correlations.parquet")


def answer(task: str, strategy: str, *replies: dict[str, Any]) -> None:
    """Write a strategy's replies, from the fields that summarize reads."""
    rest = dict.fromkeys(Reply.__annotations__, "")
    files.write_lines((rest | reply for reply in replies), paths.replies(task, strategy))


def card(task: str) -> dict[str, Any]:
    """A card with the labels of `LABELS`."""
    return {
        "title": task,
        "description": "made up",
        "labels": {label: label for label in LABELS},
        "words": [1, 9],
        "prompts": {"context": "", "generate": ""},
        "licence": "none",
        "citation": "none",
    }


def test_texts(items: int) -> pd.DataFrame:
    """Test texts whose labels take turns."""
    ids = [f"t{number}" for number in range(items)]
    labels = [LABELS[number % 2] for number in range(items)]
    return pd.DataFrame({"id": ids, "text": ids, "label": labels})


def learn(task: str, source: str, model: str, seeds: Sequence[int], steps: int = 8) -> None:
    """Write training curves, as a model that is trained in steps leaves them."""
    rows = [
        (seed, 10 * step, 1 / step, 1 / step + 0.1 * RIGHT.get(source, 0.75), 1 - 0.7 / step)
        for seed in seeds
        for step in range(1, steps + 1)
    ]
    frame = pd.DataFrame(rows, columns=list(CURVE)).assign(stops_on="own")
    files.write_table(frame, paths.predictions(task, model, source) / "curve.parquet")


def spare(task: str, count: int = 120, wrong: float = 0.1, seeds: Sequence[int] = (0, 1)) -> None:
    """Write spare texts, all that the stages before evaluate leave of them, and of test texts."""
    rng = np.random.default_rng(7)
    test = files.read_table(paths.real(task) / "test.parquet")
    texts = test_texts(count).assign(id=lambda rows: "s" + rows["id"], text=lambda rows: rows["id"])
    files.write_table(texts[["id", "text"]], paths.unlabelled(task))
    files.write_table(texts[["id", "text"]], paths.spare(task))
    lines = []
    for split, table in (("test", test), ("spare", texts)):
        errs = rng.random(len(table)) < wrong
        said = table["label"].where(~errs, table["label"].map({"bad": "good", "good": "bad"}))
        for name, label in zip(table["id"], said, strict=True):
            lines.append({"split": split, "id": name, "label": label, "confidence": 3})
        vectors = rng.normal(size=(len(table), 8))
        files.write_array(vectors, paths.embeddings(task) / f"{split}.npy")
    files.write_lines(lines, paths.labelled(task))
    counts = {"labelled": {"train": 0, "test": len(test), "spare": count}, "of_other_texts": 0}
    counts["without_label"] = {"train": 0, "test": 0, "spare": 0}
    files.write_json(counts, paths.labelled(task).with_suffix(".json"))
    files.write_table(test[:0], paths.real(task) / "train.parquet")
    for source in SOURCES:
        files.write_table(test[:0], paths.sources(task) / f"{source}.parquet")
        predict(task, source, "probe", seeds, texts, "spare")


def predict(
    task: str,
    source: str,
    model: str,
    seeds: Sequence[int],
    texts: pd.DataFrame | None = None,
    name: str = "test",
) -> None:
    """Write predictions for the task's test texts, or others, right at the source's rate."""
    test = files.read_table(paths.real(task) / "test.parquet") if texts is None else texts
    frames = []
    for seed in seeds:
        rng = np.random.default_rng([seed, len(source)])
        right = rng.random(len(test)) < RIGHT.get(source, 0.75)
        other = test["label"].map({"bad": "good", "good": "bad"})
        label = test["label"].where(right, other)
        given = pd.Series(rng.uniform(0.5, 1.0, size=len(test)))
        shares = {f"p_{name}": given.where(label == name, 1 - given) for name in LABELS}
        frame = {"id": test["id"], "seed": seed, "size": 20, "label": label, **shares}
        frames.append(pd.DataFrame(frame))
    path = paths.predictions(task, model, source) / f"{name}.parquet"
    files.write_table(pd.concat(frames).sample(frac=1, random_state=0), path)
    files.write_json({"identical": False, "short": {}}, path.with_name("runs.json"))
