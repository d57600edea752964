"""Which texts were used? The real data sets, and what was removed from the synthetic ones."""

from collections.abc import Mapping

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.page import Cell, Column, Page, Row, Table
from stages.rendering.content.run import Run, short
from stages.rendering.pages.agreement import known

_SPLITS = ("train", "validation", "test", "pool")


def page(run: Run) -> Page:
    """The data sets, and the synthetic texts."""
    tables = (datasets(run), training(run), synthetic(run))
    return Page(
        "datasets",
        "Which texts were used?",
        (about.provenance(run),),
        about.warnings(run, scores=False),
        tables=tuple(table for table in tables if table.rows),
    )


def datasets(run: Run) -> Table:
    """Each task's real texts."""
    rows = []
    for task, origin in run.origins.items():
        labels = origin.rows.get("train", origin.rows.get("test", {}))
        counts = [Cell(f"{origin.texts(split):,}") for split in _SPLITS]
        annotators = Cell(known(run.analysed[task].agreement))
        stub = Cell(task), Cell(str(len(labels)))
        last = (Cell(removed(origin.dropped)), Cell(short(origin.origin)), Cell(origin.licence))
        rows.append((*stub, *counts, annotators, *last))
    heads = (Column(name, numeric=True) for name in ("labels", *_SPLITS))
    texts = map(Column, ("annotators", "removed", "origin", "licence"))
    note = (
        "Pool: the few-shot examples, a part of train. Removed: rows of the source that no split "
        "holds, and annotations of labels or texts that are not there."
    )
    return Table("Real texts", (Column("task"), *heads, *texts), tuple(rows), (), (note,))


def removed(counts: Mapping[str, int]) -> str:
    """How many were removed, by reason; a reason that removed none is not named."""
    found = [f"{reason} {n:,}" for reason, n in counts.items() if n]
    return ", ".join(found).replace("_", " ") or words.ABSENT


def training(run: Run) -> Table:
    """How many texts each model was trained on."""
    scores = run.tables["scores"]
    own = scores[scores["metric"] == "accuracy"].set_index(["task", "model", "source"])["n_train"]
    rows = [
        (Cell(task), Cell(model), *(_count(own.get((task, model, s))) for s in run.sources))
        for task in run.tasks
        for model in run.models
    ]
    columns = (Column("task"), Column("model"), *(Column("", s, True) for s in run.sources))
    note = "Texts that a model was trained on in one run."
    return Table("Training texts", columns, tuple(rows), (), (note,))


def _count(texts: float | None) -> Cell:
    """A number of texts; empty where the task lacks the source."""
    return Cell() if texts is None else Cell(f"{texts:,.0f}")


def synthetic(run: Run) -> Table:
    """What became of each strategy's texts."""
    rows: list[Row] = []
    for task, strategies in run.refined.items():
        for strategy, found in strategies.items():
            counts = [Cell(f"{found.texts:,}"), Cell(f"{found.kept:,}")]
            replies = Cell(words.ABSENT if found.replies is None else f"{found.replies:,}")
            stub = (Cell(task), Cell(words.name(strategy)))
            rows.append((*stub, replies, *counts, Cell(removed(found.dropped))))
    heads = (Column(name, numeric=True) for name in ("replies", "texts", "kept"))
    columns = (Column("task"), Column("source"), *heads, Column("removed"))
    return Table("Synthetic texts", columns, tuple(rows))
