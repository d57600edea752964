"""The tiny grid of `tests.tiny_grid`, with everything else that analyze and explain read."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from stages.core import files, paths
from tests import pipeline, tiny_grid
from tests.stats.money import toy

ANALYZE = {
    "resamples": 100,
    "level": 0.95,
    "seed": 0,
    "threshold_items": 5,
    "annotations": None,
    "gold": None,
    "margin": 0.1,
    "match_share": 0.5,
    "match_texts": 100,
    "match_draws": 3,
    "copies": 0.5,
    "pairs": 2,
}
EXPLAIN = {"votes": ["panel"], "prior": 0.5, "resamples": 200, "level": 0.95, "seed": 0}
COMBINE = {"human": 4, "llm": [8], "unlabelled": 4, "draws": 2, "level": 0.95, "seed": 0}
FORECAST = {
    "pilot": 10,
    "own_labels": 30,
    "unlabelled": 40,
    "draws": 8,
    "level": 0.8,
    "resamples": 100,
    "seed": 0,
}
SURVEY = "kind: panel\nvoters: two\ncollected: today\nquestion: which\n"
DIM = 4
FIVE = ("cars", "jokes", "moods", "songs", "topics")


def write(
    tasks: tuple[str, ...] = tiny_grid.TASKS, grid: Mapping[str, Any] | None = None, **sections: Any
) -> None:
    """Write the grid below the folder we are in.

    `grid` replaces keys of the grid, `sections` whole sections of params.
    """
    content = params({"tasks": list(tasks), **(grid or {})}, **sections)
    tiny_grid.write(content)
    for number, task in enumerate(tasks):
        rng = np.random.default_rng(number)
        test = files.read_table(paths.real(task) / "test.parquet")
        for split, rows in (("train", 12), ("validation", 4), ("pool", 4)):
            table = _texts(f"{split}-", rows)
            files.write_table(table, paths.real(task) / f"{split}.parquet")
        _worsen(task, number)
        for name in content["grid"]["sources"]:
            table = _texts(f"{name}-", 12)
            files.write_table(table, paths.sources(task) / f"{name}.parquet")
            files.write_array(_vectors(rng, len(table)), paths.embeddings(task) / f"{name}.npy")
        files.write_array(_vectors(rng, len(test)), paths.embeddings(task) / "test.npy")
        annotate(task, _answers(test, rng))
        files.write_lines([], paths.labelled(task))
        for strategy in content["grid"]["strategies"]:
            files.write_lines(
                [{"provider": "recorded", "model": "a model"}], paths.replies(task, strategy)
            )
    toy.write(tasks, content["grid"]["sources"])
    vote([(a, b, f"v{v}", a) for v in range(2) for a, b in pairwise(tasks)])


def params(grid: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """The tiny grid's params with the sections of all that comes after."""
    return tiny_grid.params(
        grid,
        **{
            **_others(),
            "analyze": ANALYZE,
            "explain": EXPLAIN,
            "combine": COMBINE,
            "forecast": FORECAST,
            **sections,
        },
    )


def _others() -> dict[str, Any]:
    """The sections that stages here do not read, as params.yaml has them: the report shows them."""
    own = ("grid", "mixtures", "generate", "evaluate", "summarize")
    return {name: section for name, section in pipeline.defaults().items() if name not in own}


def choose(tasks: tuple[str, ...], grid: Mapping[str, Any] | None = None, **sections: Any) -> None:
    """Make params.yaml name these tasks, with other keys of the grid or sections."""
    content = params({"tasks": list(tasks), **(grid or {})}, **sections)
    Path("params.yaml").write_text(yaml.safe_dump(content))
    toy.write(tasks, content["grid"]["sources"])


def _worsen(task: str, times: int) -> None:
    """Flip some of the zero-shot predictions, so that gaps differ from task to task."""
    path = paths.predictions(task, "probe", "zero_shot") / "test.parquet"
    table = files.read_table(path)
    turned = table["id"].isin([f"t{n}" for n in range(3 * times)])
    other = table["label"].map({"bad": "good", "good": "bad"})
    files.write_table(table.assign(label=table["label"].where(~turned, other)), path)


def annotate(task: str, table: pd.DataFrame, name: str = "annotations") -> None:
    """Write what annotators said."""
    files.write_table(table, paths.real(task) / f"{name}.parquet")


def write_panel(task: str, rows: list[tuple[str, str, str]], name: str = "trio") -> None:
    """Write the labels of a panel of LLM annotators, and who they are."""
    table = pd.DataFrame(rows, columns=["item", "annotator", "label"])
    files.write_text(table.to_csv(index=False), paths.annotations(task, name))
    about = {"kind": "panel", "members": {who: {"model": "m"} for who in set(table["annotator"])}}
    files.write_json(about, paths.annotations(task, name).with_suffix(".json"))


def vote(rows: list[tuple[str, str, str, str]], provenance: str = SURVEY) -> None:
    """Write the panel's votes and where they come from."""
    table = pd.DataFrame(rows, columns=["task_a", "task_b", "voter", "winner"])
    files.write_text(table.to_csv(index=False), paths.votes("panel"))
    files.write_text(provenance, paths.votes("panel").with_suffix(".yaml"))


def facts(path: Path) -> Any:
    """What analyze or explain wrote there."""
    return json.loads(path.read_text())


def _texts(prefix: str, rows: int) -> pd.DataFrame:
    ids = [f"{prefix}{row}" for row in range(rows)]
    labels = [tiny_grid.LABELS[row % 2] for row in range(rows)]
    texts = [f"{label} text with number {i}" for label, i in zip(labels, ids, strict=True)]
    return pd.DataFrame({"id": ids, "text": texts, "label": labels})


def _vectors(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.normal(size=(rows, DIM)).astype(np.float16)


def _answers(test: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Four annotators: unanimous on a third of the items, 3 to 1 and 2 to 2 on the others."""
    rows = []
    for place, (item, label) in enumerate(zip(test["id"], test["label"], strict=True)):
        other = "bad" if label == "good" else "good"
        against = set(rng.choice(4, place % 3, replace=False).tolist())
        rows += [(item, f"k{k}", other if k in against else label) for k in range(4)]
    return pd.DataFrame(rows, columns=["item", "annotator", "label"])
