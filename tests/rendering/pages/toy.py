"""A toy run of two tasks, as pages see it, and what a table shows as text."""

from typing import Any

import numpy as np
import pandas as pd

from stages.rendering.content.facts import (
    Agreement,
    Analysis,
    Annotators,
    Copies,
    Explained,
    Gold,
    Intervals,
    MetricFact,
    Origin,
    Refined,
    Replacement,
    Sample,
    Scoring,
    Thresholds,
    Votes,
)
from stages.rendering.content.page import Table
from stages.rendering.content.run import Author, Run

TASKS = ("topics", "moods")
SOURCES = ("real", "zero_shot")
GAP = ("gap", "gap_low", "gap_high")
SPLITS = ("train", "validation", "test", "pool")
METRICS = {
    "accuracy": MetricFact(title="accuracy", better="higher", needs="labels", scale="share"),
    "macro_f1": MetricFact(title="macro-F1", better="higher", needs="labels", scale="share"),
    "log_loss": MetricFact(
        title="log loss", better="lower", needs="probabilities", scale="positive"
    ),
    "ece": MetricFact(
        title="calibration error", better="lower", needs="probabilities", scale="error"
    ),
}
VOTES = Votes(
    votes=8, voters=2, who="panel", note="", ties=0, contradictions=0, triples=4, circular_triples=1
)
ANALYSIS = Analysis(
    basis=Intervals(level=0.9),
    agreement=Agreement(kind="none", withheld="no annotations"),
    annotators=Annotators(),
    thresholds=Thresholds(items=0, withheld="no test text has a known agreement"),
    gold=Gold(withheld="annotators are not named"),
    replacement=Replacement(withheld="annotators are not named"),
    diversity=Sample(texts=24),
    similarity=Sample(texts=24, reference_texts=60),
    copies=Copies(overlap=0.5, sources={}),
)


def words(table: Table) -> list[list[str]]:
    """The rows and totals of a table as text."""
    rows = (*table.rows, *table.totals)
    return [[f"{cell.text} {cell.detail}".strip() for cell in row] for row in rows]


def origin(name: str = "../far/mirror", per_label: int = 30, **changes: Any) -> Origin:
    """Where a task's texts come from: two labels of equal size."""
    rows = {split: {"bad": per_label, "good": per_label} for split in SPLITS}
    return Origin(**({"origin": name, "licence": "MIT", "rows": rows} | changes))


def scores(
    tasks: tuple[str, ...] = TASKS, sources: tuple[str, ...] = SOURCES, p_holm: float = 0.01
) -> pd.DataFrame:
    """Every metric 0.9 on real texts, 0.1 less with every further source."""
    rows = [
        (task, "probe", source, metric, 0.9 - 0.1 * place, place)
        for task in tasks
        for place, source in enumerate(sources)
        for metric in ("accuracy", "macro_f1", "log_loss", "ece")
    ]
    table = pd.DataFrame(rows, columns=["task", "model", "source", "metric", "mean", "place"])
    gap = (-0.1 * table.pop("place")).where(table["source"] != "real")
    return table.assign(
        low=table["mean"] - 0.05,
        high=table["mean"] + 0.05,
        n_train=40,
        n_seeds=3,
        identical=False,
        gap=gap,
        gap_low=gap - 0.04,
        gap_high=gap + 0.04,
        p=gap * 0 + p_holm,
        p_holm=gap * 0 + p_holm,
    )


def means(table: pd.DataFrame) -> pd.DataFrame:
    """The means over tasks of such a table."""
    columns = ["mean", "low", "high", "gap", "gap_low", "gap_high"]
    by = table.groupby(["model", "source", "metric"], sort=False)
    counts = by[["mean", "gap"]].count().set_axis(["tasks", "gap_tasks"], axis="columns")
    return by[columns].mean().join(counts).reset_index()


def run(table: pd.DataFrame | None = None, tasks: tuple[str, ...] = TASKS, **changes: Any) -> Run:
    """A run whose score table is given; `changes` replace fields, and single `tables`."""
    table = scores(tasks) if table is None else table
    empty = {
        "against": ["task", "model", "source", "part", "metric", *GAP, "p_holm"],
        "against_means": ["model", "source", "part", "metric", *GAP],
        "gaps": ["metric", "scale", "subjectivity"],
        "correlations": ["of", "metric", "scale"],
        "bands": ["model", "source"],
        "measures": ["task", "source", "measure"],
        "measure_means": ["source", "measure"],
        "closeness": ["task", "source"],
        "thresholds": ["task", "gamma"],
        "curves": ["model", "stops_on"],
    }
    tables = {name: pd.DataFrame(columns=columns) for name, columns in empty.items()}
    ranking = pd.DataFrame({"task": list(tasks), "rank": np.arange(len(tasks)) + 1, "stars": 1})
    ranking = ranking.assign(subjectivity=0.5, wins=2, comparisons=4)
    tables |= {"scores": table, "means": means(table), "ranking": ranking}
    sources = tuple(dict.fromkeys(table["source"]))
    refined = Refined(
        replies=4, texts=40, kept=38, dropped={"near_duplicate": 1, "copy_of_test": 1, "empty": 0}
    )
    found = Run(
        tasks=tasks,
        models=("probe",),
        sources=sources,
        mixtures={},
        origins=dict.fromkeys(tasks, origin()),
        refined={task: {"zero_shot": refined} for task in tasks},
        analysed=dict.fromkeys(tasks, ANALYSIS),
        worths={},
        explained=Explained(
            basis=Intervals(level=0.95),
            votes=VOTES,
            scores=Scoring(level=0.95, few_test_texts={}),
            metrics=METRICS,
            correlations_tried=0,
        ),
        labels={},
        writers={"zero_shot": {Author("recorded", "some model"): len(tasks)}},
        tables=tables | changes.pop("tables", {}),
    )
    return found._replace(**changes)


def labels(count: Any, low: Any, high: Any) -> dict[str, Any]:
    """A number of labels with its interval, as the stage worth writes it."""
    return {"labels": count, "low": low, "high": high}


def worth(p_monotone: float = 1.0, drawn: bool = False, **reading: Any) -> dict[str, Any]:
    """What the stage worth writes: real texts from 10 to 500, and a source between."""
    curve = {str(n): {"value": 0.5, "low": 0.4, "high": 0.6, "sd": 0.1} for n in (10, 70, 500)}
    plain = {
        "score": {"value": 0.8, "low": 0.75, "high": 0.85},
        "mean": labels(120.4, 60.0, "above"),
        "reliable": labels("above", 200.0, "above"),
        **reading,
    }
    own = {"curve": curve, "worth": {"plain": plain, "em": plain}, "added": curve}
    own["saved"] = {"10": labels(90.2, "below", "above"), "100": labels(-3, -9, 2)}
    metrics = ("accuracy", "macro_f1")
    by_metric = dict.fromkeys(metrics, own)
    return {
        "basis": {"tests": 60, "level": 0.95, "texts": 500, "smallest": 10, "draws": 20},
        "real": {name: {"curve": curve, "p_monotone": p_monotone} for name in metrics},
        "sources": {"zero_shot": {"texts": 200, "drawn": drawn, "metrics": by_metric}},
    }


def verdict(**changes: Any) -> dict[str, Any]:
    """The record of a task whose written texts will do."""
    return {
        "basis": {
            "metric": "accuracy",
            "tests": 400,
            "labels": 1000,
            "checked": 200,
            "texts": 100_000,
            "level": 0.95,
            "margin": 0.02,
            "confidence": 0.9,
        },
        "answer": "write",
        "plan": {"kind": "alone", "source": "zero_shot", "texts": 300, "labels": 0, "hours": 0},
        "score": {"value": 0.8, "low": 0.77, "high": 0.83},
        "floor": 0.5,
        "ceiling": {"value": 0.82, "low": 0.79, "high": 0.85, "what": "all real labels"},
        "run_time": {"value": 0.9, "low": 0.86, "high": 0.94, "n": 200},
        "worth": {"accuracy": {"value": 500, "low": 300}},
        "cost": {"usd": {"value": 0.2, "low": 0.19, "high": 0.21}, "hours": 0},
        "held": 0.97,
        "sentence": "Have the LLM write 300 texts.",
        "reasons": ["Nothing cheaper is as good."],
        "next": {"command": "dvc repro", "why": "trains it"},
        "alternatives": [
            {
                "way": "zero-shot",
                "kind": "alone",
                "source": "zero_shot",
                "texts": 300,
                "labels": 0,
                "score": {"value": 0.8, "low": 0.77, "high": 0.83},
                "cost": {"value": 0.2, "low": 0.19, "high": 0.21},
                "held": 0.97,
            },
            {
                "way": "the LLM at run time",
                "kind": "run_time",
                "source": "prompted",
                "texts": 0,
                "labels": 0,
                "score": {"value": 0.9, "low": 0.86, "high": 0.94},
                "held": 0.01,
                "why": "what it costs is not known",
            },
        ],
        "warnings": ["The LLM may know this public data set."],
        **changes,
    }
