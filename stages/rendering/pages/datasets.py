"""Which texts were used? The real data sets, and what was removed from the synthetic ones."""

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
        rows.append((*stub, *counts, annotators, Cell(short(origin.origin)), Cell(origin.licence)))
    heads = (Column(name, numeric=True) for name in ("labels", *_SPLITS))
    last = map(Column, ("annotators", "origin", "licence"))
    note = "Pool: the few-shot examples, a part of train."
    return Table("Real texts", (Column("task"), *heads, *last), tuple(rows), (), (note,))


def training(run: Run) -> Table:
    """How many texts each model was trained on."""
    scores = run.tables["scores"]
    own = scores[scores["metric"] == "accuracy"].set_index(["task", "model", "source"])["n_train"]
    rows = [
        (Cell(task), Cell(model), *(Cell(f"{own[task, model, s]:,.0f}") for s in run.sources))
        for task in run.tasks
        for model in run.models
    ]
    columns = (Column("task"), Column("model"), *(Column("", s, True) for s in run.sources))
    note = "Texts that a model was trained on in one run."
    return Table("Training texts", columns, tuple(rows), (), (note,))


def synthetic(run: Run) -> Table:
    """What became of each strategy's texts."""
    rows: list[Row] = []
    for task, strategies in run.refined.items():
        for strategy, found in strategies.items():
            dropped = [f"{reason} {n:,}" for reason, n in found.dropped.items() if n]
            counts = [Cell(f"{n:,}") for n in (found.replies, found.texts, found.kept)]
            removed = Cell(", ".join(dropped).replace("_", " ") or words.ABSENT)
            rows.append((Cell(task), Cell(words.name(strategy)), *counts, removed))
    heads = (Column(name, numeric=True) for name in ("replies", "texts in them", "kept"))
    columns = (Column("task"), Column("strategy"), *heads, Column("removed"))
    return Table("Synthetic texts", columns, tuple(rows))
