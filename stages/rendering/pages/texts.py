"""The tables on the sources' texts: diversity, similarity, copies, data sets, generators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stages.rendering import style
from stages.rendering.pages.people import known, number, table, tested
from stages.rendering.pages.results import METRICS, between, short
from stages.rendering.table import Table

DIVERSITY_NOTE = "cosine distance, higher is more diverse; whiskers: delete-d jackknife"
SPREAD_NOTE = "line: 5 to 95 %, bar: quartiles, marker: median"
TEXTS_NOTES = (
    "Higher is more diverse, or closer to real texts. Diversity and similarity are those of the "
    "same number of texts of each label from every source, since most of the measures move with "
    "that number; the means over several draws, with delete-d jackknife intervals that hold the "
    "draws' own error.",
    "Coverage: the share of test texts to which at least one drawn text of the source comes close "
    "enough; close enough is set so that test texts themselves, in the same number, cover half of "
    "the others. Told apart by 1-NN: among as many test texts as drawn ones, the share of texts "
    "whose nearest other text is of their own side; p against sides dealt out at random.",
    "Overlap: of word triples, Jaccard's. Copies are counted among all texts of a source, from the "
    "overlap `analyze.copies` on, with exact intervals; refine has already removed synthetic texts "
    "whose overlap reaches `refine.copies`. The nearest pairs of each source and the test texts, "
    "to be read, lie in `data/analysis/<task>/nearest.parquet`.",
)

DIVERSITY = {
    "remote_clique": "remote-clique",
    "chamfer": "Chamfer",
    "vendi": "Vendi",
    "distinct_1": "distinct-1",
    "distinct_2": "distinct-2",
    "compression": "compressed size",
}
SIMILARITY = {
    "top5_cosine": "mean top-5 cosine",
    "coverage": "coverage",
    "told_apart": "told apart by 1-NN (0.5: not)",
}
COMPARED = {
    "remote_clique": "remote-clique",
    "top5_cosine": "mean top-5 cosine with test texts",
    "coverage": "coverage of test texts",
}
COPIES = {"test": "near copies of test texts, %", "pool": "near copies of few-shot examples, %"}


def drawn(found: Mapping[str, Mapping[str, Any]]) -> str:
    """How many texts of each source are compared: {task: facts of the analyze stage}."""
    counts = [f["diversity"]["texts"] for f in found.values() if "texts" in f["diversity"]]
    return f"{between(counts or [0])} texts of each source, labels in the same numbers"


def measured(found: Mapping[str, Mapping[str, Any]]) -> str:
    """How many test texts they are compared with."""
    parts = [f["similarity"] for f in found.values()]
    counts = [part["reference_texts"] for part in parts if "reference_texts" in part]
    return f"{between(counts or [0])} real test texts"


def texts(found: Mapping[str, Mapping[str, Any]], sources: Iterable[str]) -> list[Table]:
    """Diversity, similarity and copies of each source: {task: facts of the analyze stage}."""
    kept = {task: facts for task, facts in found.items() if "texts" in facts["diversity"]}
    tables = []
    for title, part, measures in (
        ("Diversity", "diversity", DIVERSITY),
        ("Similarity to real test texts", "similarity", SIMILARITY),
    ):
        rows = [
            (
                *(task, style.title(s), f"{facts[part]['texts']:,}"),
                *(_shown(facts[part][s].get(m)) for m in measures),
            )
            for task, facts in kept.items()
            for s in sources
        ]
        tables.append(table(title, ("task", "source", "texts drawn", *measures.values()), rows))
    rows = [
        (task, style.title(s), *(_copies(facts["copies"][s].get(k)) for k in COPIES))
        for task, facts in found.items()
        for s in sources
    ]
    return [*tables, table("Copies", ("task", "source", *COPIES.values()), rows)]


def _shown(found: Mapping[str, float] | None) -> str:
    return tested(found) if found and "p" in found else number(found)


def _copies(found: Mapping[str, float] | None) -> str:
    if not found:
        return "-"
    return f"{number(found, 1, 100)}, greatest overlap {found['greatest_overlap']:.2f}"


def datasets(
    origins: Mapping[str, Mapping[str, Any]],
    analysed: Mapping[str, Mapping[str, Any]],
    sizes: Mapping[str, Mapping[str, int]],
) -> Table:
    """Each task's texts: {task: source.json}, {task: analyze's facts}, {task: {source: texts}}."""
    lines = []
    for task, origin in origins.items():
        rows = origin.get("rows", {})
        splits = [sum(rows.get(s, {}).values()) for s in ("train", "validation", "test", "pool")]
        trained = ", ".join(f"{style.title(s)} {n:,}" for s, n in sizes[task].items())
        lines.append(
            (
                task,
                str(len(rows.get("train", rows.get("test", {})))),
                " / ".join(f"{n:,}" for n in splits),
                trained,
                known(analysed[task]["agreement"]),
                short(origin["origin"]),
                str(origin.get("licence", "-")),
            )
        )
    heads = ("task", "labels", "train / validation / test / pool", "trained on", "annotations")
    return table("Real texts", (*heads, "origin", "licence"), lines)


def generators(
    writers: Mapping[str, tuple[str, int]],
    means: pd.DataFrame,
    measured: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> Table:
    """Each strategy with its generator, below the real texts.

    Args:
        writers: {strategy: (generator, tasks)}.
        means: `rollup.mean_table`.
        measured: `rollup.mean_measures`.
    """
    gaps = {(r["source"], r["model"], r["metric"]): r for r in means.to_dict("records")}
    kinds = list(dict.fromkeys((model, metric) for _, model, metric in gaps))
    lines = []
    for source, (writer, tasks) in {"real": ("(real texts)", 0), **writers}.items():
        rows = [gaps.get((source, *kind), {}) for kind in kinds]
        apart = [number(_points(row), 1) for row in rows]
        shown = [number(measured.get(source, {}).get(measure), 3) for measure in COMPARED]
        lines.append((writer, style.title(source), str(tasks or "-"), *apart, *shown))
    heads = [f"{model}: mean gap in {METRICS[metric]}" for model, metric in kinds]
    return table("Generators", ("generator", "source", "tasks", *heads, *COMPARED.values()), lines)


def _points(row: Mapping[Any, Any]) -> dict[str, float]:
    """A mean gap in points; nothing where there is none."""
    ends = {"value": "gap", "low": "gap_low", "high": "gap_high"}
    return {end: 100 * row[name] for end, name in ends.items() if pd.notna(row.get(name))}


def generator_note(count: int) -> str:
    """What the table of this many generators compares."""
    if count > 1:
        return (
            "Means over tasks, gaps to real in points; the intervals take the tasks as given. "
            "Diversity and similarity at equal numbers of texts."
        )
    found = "One generator has" if count else "No generator has"
    return (
        f"{found} run, so there is nothing to compare. A second one is a strategy with a `model` "
        "of its own: see README, Your own runs."
    )
