"""The toy task's tables, card and params below the current folder, for the stages' tests."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from stages import grid
from stages.core import files, paths
from stages.corpora import sources
from tests.classifiers import toy

TASK = "things"
CARD = {
    "title": "Things",
    "description": "Fruit or tool",
    "labels": {"tool": "what one works with", "fruit": "what one eats"},
    "words": [3, 12],
    "prompts": {"context": "You write.", "generate": "Write {k} {label} texts of {words} words."},
    "licence": "none",
    "citation": "none",
}
COST = {
    "label": {"usd": 0.1, "seconds": 36},
    "read": 0,
    "tokens": {"prompt": 10, "completion": 20},
    "uncounted": {"prompt": 200, "answer": 15},
    "texts": 1000,
    "classified": 0,
    "targets": [0.9, 1],
    "resamples": 100,
    "level": 0.95,
    "seed": 0,
}
PARAMS: dict[str, Any] = {
    "grid": {
        "tasks": [TASK],
        "sources": ["real", "zero_shot", "both"],
        "strategies": ["zero_shot"],
        "models": ["tfidf", "tuned"],
        "probes": ["probe"],
    },
    "mixtures": {"both": ["real_pool", "zero_shot"]},
    "models": {
        "probe": {"kind": "probe"},
        "tfidf": {"kind": "tfidf"},
        "tuned": {"kind": "finetune", "max_tokens": 16, "epochs": 1, "least_steps": 4},
    },
    "embed": {"max_tokens": 16},
    "train": {"seeds": [0, 1], "texts_per_label": 8},
    "curves": {"sizes": 4, "draws": 3, "smallest": 10, "model": "probe", "seed": 0},
    "worth": {
        "resamples": 100,
        "level": 0.95,
        "seed": 0,
        "extrapolate": False,
        "shares": ["known", "few_labels", "em"],
    },
    "strategies": {
        "zero_shot": {"texts_per_label": 15, "texts_per_request": 10, "mode": "independent"}
    },
    "generate": {
        "endpoint": {"api": "direct"},
        "price": {"m": {"prompt": 1, "completion": 2}},
    },
    "summarize": {"metric": "accuracy"},
    "cost": COST,
    "verdict": {
        "margin": 0.02,
        "confidence": 0.9,
        "target": None,
        "checked": 50,
        "answers": ["people", "label", "write", "ask", "mix"],
        "owned": None,
    },
}


def write_params(encoder: Path = Path("minilm"), **sections: Mapping[str, Any]) -> None:
    """Write params.yaml with `encoder` in embed and tuned, and keys laid over some `sections`."""
    content = copy.deepcopy(PARAMS)
    content["embed"]["encoder"] = content["models"]["tuned"]["encoder"] = str(encoder)
    for name, keys in sections.items():
        content[name] |= keys
    files.write_text(yaml.safe_dump(content, sort_keys=False), Path("params.yaml"))
    grid.main()


def table(name: str, count: int, seed: int) -> pd.DataFrame:
    """`count` toy texts with ids that begin with `name`."""
    texts, labels = toy.texts(count, seed)
    ids = np.array([f"{name}-{row}" for row in range(count)], dtype=object)
    return pd.DataFrame({"id": ids, "text": texts, "label": labels})


def write_spare(count: int) -> None:
    """Write so many spare texts."""
    files.write_table(table("spare", count, seed=4)[["id", "text"]].astype(str), paths.spare(TASK))


def write_texts(tests: int = 20) -> None:
    """Write the card, the real splits with their pool, and the sources."""
    files.write_text(yaml.safe_dump(CARD, sort_keys=False), paths.card(TASK))
    train = table("train", 40, seed=0)
    real = {
        "train": train,
        "pool": train[:10],
        "validation": table("validation", 12, seed=1),
        "test": table("test", tests, seed=2),
    }
    for name, frame in real.items():
        files.write_table(frame, paths.real(TASK) / f"{name}.parquet")
    files.write_lines([{"label": "tool"}, {"label": "fruit"}], paths.labels(TASK))
    write_spare(0)
    made = {"real": train, "real_pool": train[:10], "zero_shot": table("zero_shot", 30, seed=3)}
    assembled = sources.assemble(
        PARAMS["grid"]["sources"], made, PARAMS["mixtures"], ("tool", "fruit")
    )
    for name, frame in assembled.items():
        files.write_table(frame, paths.sources(TASK) / f"{name}.parquet")
