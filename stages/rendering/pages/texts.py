"""What kind of texts do the sources hold? Diversity, similarity to real texts, copies."""

import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import dots

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
    "c2st": "1-NN two-sample accuracy (C2ST)",
}
DRAWN = {
    "remote_clique": "diversity: remote-clique score",
    "chamfer": "diversity: Chamfer score",
    "top5_cosine": "similarity to real: mean top-5 cosine",
    "coverage": "similarity to real: coverage",
}
COPIES = {"test": "near-copies of test texts, %", "pool": "near-copies of few-shot examples, %"}
EQUAL_SIZE = (
    "Higher is more diverse, or closer to real texts. All sources are compared at the same number "
    "of texts per label, since most measures change with that number: means over several draws, "
    "with delete-d jackknife intervals that hold the draws' own error."
)
SIMILARITY_NOTE = (
    "Coverage: share of test texts with at least one drawn text of the source near enough; near "
    "enough is such that test texts themselves, in the same number, cover half of the others. "
    "1-NN two-sample accuracy: among as many test texts as drawn ones, the share of texts whose "
    "nearest other text is from their own side; 0.5: the sides look alike; p from permuted sides."
)
COPIES_NOTE: Note = (
    "Overlap: Jaccard similarity of word triples. Near-copies are counted among all texts of a "
    "source, from the overlap ",
    Code("analyze.copies"),
    " on, with exact intervals. Removed before: near-copies of test texts from the overlap ",
    Code("refine.copies"),
    " on, of real and of synthetic training texts alike. The nearest "
    "pairs of each source and the test texts, to be read, are in ",
    Code("data/analysis/<task>/nearest.parquet"),
    ".",
)


def page(run: Run) -> Page:
    """Diversity, similarity and copies of each source."""
    found = run.tables["measures"]
    tables = (
        measures("Diversity", found, DIVERSITY, run, EQUAL_SIZE),
        measures("Similarity to real test texts", found, SIMILARITY, run, SIMILARITY_NOTE),
        copies(run),
    )
    return Page(
        "texts",
        "How diverse, and how close to real, are the sources' texts?",
        (about.analysed(run),),
        about.warnings(run, scores=False),
        tuple(pictures(run)),
        tuple(table for table in tables if table.rows),
        tuple(withheld(run)),
    )


def measures(title: str, found: pd.DataFrame, names: dict[str, str], run: Run, note: Note) -> Table:
    """Some measures of every task and source: task, source, measure, value, low, high, p."""
    known = {
        (row["task"], row["source"], row["measure"]): {k: v for k, v in row.items() if v == v}
        for row in found.to_dict("records")
    }
    rows = []
    for task, source in found[["task", "source"]].drop_duplicates().itertuples(index=False):
        stub = (task, words.name(source), f"{run.analysed[task].diversity.texts:,}")
        cells = [words.estimate(known.get((task, source, name))) for name in names]
        rows.append((*map(Cell, stub), *cells))
    heads = (Column(name, numeric=True) for name in ("texts drawn", *names.values()))
    return Table(title, (Column("task"), Column("source"), *heads), tuple(rows), (), (note,))


def copies(run: Run) -> Table:
    """Texts of each source that nearly repeat a test text or a few-shot example."""
    rows = []
    for task, analysis in run.analysed.items():
        for source in about.sources(run, task):
            found = analysis.copies.sources.get(source, {})
            cells = []
            for kind in COPIES:
                cells.append(words.estimate(found.get(kind), 1, 100))
                overlap = found.get(kind, {}).get("greatest_overlap")
                cells.append(Cell(words.ABSENT if overlap is None else words.number(overlap)))
            removed = _removed(run, task, source)
            cells.append(Cell(words.ABSENT if removed is None else f"{removed:,}"))
            rows.append((Cell(task), Cell(words.name(source)), *cells))
    heads = [head for kind in COPIES.values() for head in (kind, "greatest overlap")]
    heads.append("near-copies of test texts removed before")
    columns = (Column("task"), Column("source"), *(Column(h, numeric=True) for h in heads))
    return Table("Copies", columns, tuple(rows), (), (COPIES_NOTE,))


def _removed(run: Run, task: str, source: str) -> int | None:
    """How many near-copies of test texts a source has lost; None of a mixture."""
    if source == REAL:
        return run.origins[task].dropped.get("near_copies_of_test", 0)
    found = run.refined[task].get(source)
    return found.dropped.get("copy_of_test", 0) if found else None


def withheld(run: Run) -> list[Note]:
    """A note on the tasks whose sources are too small to compare."""
    reasons: dict[str, list[str]] = {}
    for task, analysis in run.analysed.items():
        if analysis.diversity.withheld:
            reasons.setdefault(analysis.diversity.withheld, []).append(task)
    return [f"Not compared ({why}): {words.listed(tasks)}." for why, tasks in reasons.items()]


def pictures(run: Run) -> list[Picture]:
    """Diversity and similarity, and how similarity spreads over the test texts."""
    found = run.tables["measures"]
    drawn = found[found["measure"].isin(list(DRAWN))]
    if drawn.empty:
        return []
    drawn = drawn.sort_values("measure", key=lambda m: m.map(list(DRAWN).index), kind="stable")
    drawn = drawn.assign(panel=drawn["measure"].map(DRAWN))
    drawn = drawn[["panel", "task", "source", "value", "low", "high"]].reset_index(drop=True)
    sizes = [a.diversity.texts for a in run.analysed.values() if a.diversity.texts]
    tests = [a.similarity.reference_texts for a in run.analysed.values() if a.diversity.texts]
    basis = f"{words.between(sizes)} texts of each source, labels in the same numbers"
    basis = f"{basis}; {words.between(tests)} real test texts\n{about.real_texts(run)}"
    note = f"higher is more diverse, or closer to real; whiskers: delete-d jackknife\n{basis}"
    figure = dots.draw(drawn, run.sources, note)
    message = "Diversity of the sources' texts, and their similarity to real test texts, by task."
    first = Picture("texts", "Diversity and similarity", message, figure, dots.series(drawn))
    names = {"p5": "low", "p25": "inner_low", "p50": "value", "p75": "inner_high", "p95": "high"}
    spread = run.tables["closeness"].rename(columns=names)
    if spread.empty:
        return [first]
    spread = spread.assign(panel="similarity of single test texts")
    note = "mean of a test text's five highest cosines with the source's texts; over test texts:"
    note = f"{note}\nmedian (marker), quartiles (bar), 5 to 95 % (line)\n{basis}"
    figure = dots.draw(spread, run.sources, note)
    message = "How close single real test texts come to the texts of each source, by task."
    numbers = dots.series(spread)
    return [first, Picture("similarity", "Similarity over test texts", message, figure, numbers)]
