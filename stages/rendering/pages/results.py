"""The result tables: the paper's Table 1, the mixing table, the paper's numbers beside ours.

Built from the score table (columns task, model, source, metric, mean, low, high, n_train, gap,
p_holm; shares) and the means over tasks (model, source, metric, mean, gap, gap_low, gap_high).
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import pandas as pd

from stages.rendering import style
from stages.rendering.table import Cell, Column, Row, Table

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
MARK = "†"
ABSENT = "–"
PAPER_NOTE = (
    "The paper: {citation}; fine-tuned encoders, 3,000 gpt-3.5-turbo texts a label. Only numbers "
    f"that a second source confirms are shown; {ABSENT}: none."
)
MAIN = "trained on real or on synthetic texts"
REAL = "trained on real texts"
MIXING = "trained on few real texts, on synthetic ones, on both together"
ORIGINS = {
    "sample": "the sample corpus, which a language model wrote for this repository: these numbers "
    "show that the machinery works and are no evidence about texts that people write",
    "hub": "the public data sets that the task cards name",
}


MADE = {"sample": "the sample corpus, written by a language model", "hub": "public data sets"}


class Facts(NamedTuple):
    """What every note needs: bootstrap level and draws, seeds, test texts by task."""

    level: float
    resamples: int
    n_seeds: int
    n_test: Mapping[str, int]

    @classmethod
    def of(cls, evaluated: Mapping[str, Mapping[str, Any]]) -> "Facts":
        """From the metrics of `evaluate` by task."""
        first = next(iter(evaluated.values()))
        n_test = {task: content["n_test"] for task, content in evaluated.items()}
        return cls(first["level"], first["resamples"], first["n_seeds"], n_test)


def real_from(origins: Sequence[str]) -> str:
    """Where the real texts come from."""
    said = [f"{short(origin)}, {ORIGINS.get(origin, 'a folder or URL')}" for origin in origins]
    return f"Real texts: origin {'; '.join(said)}."


def basis(facts: Facts, origins: Sequence[str]) -> str:
    """What a figure's numbers rest on, for the line below it."""
    tests = between(list(facts.n_test.values()))
    seeds = f"{facts.n_seeds} seeds" if facts.n_seeds > 1 else "one seed"
    return f"{tests} test texts a task, {seeds}; {made_by(origins)}"


def made_by(origins: Sequence[str]) -> str:
    """Where the real texts come from, in few words."""
    return f"real texts: {', '.join(MADE.get(origin, short(origin)) for origin in origins)}"


def between(counts: Sequence[int]) -> str:
    """The least and the greatest of some counts.

    >>> between([60, 60]), between([168, 2119, 820])
    ('60', '168 to 2,119')
    """
    return " to ".join(f"{n:,}" for n in sorted({min(counts), max(counts)}))


def no_gaps(sources: Sequence[str]) -> str:
    """Why a run with these sources has no gap."""
    if "real" in sources:
        return "No gaps: `real` is the only source, and there is nothing to set it against."
    return "No gaps: `real` is not among the sources."


def provenance(origins: Sequence[str], writers: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """Where real and synthetic texts come from; `writers`: (provider, model) to strategies."""
    lines = [real_from(origins)]
    for (provider, model), strategies in writers.items():
        kind = "recorded replies" if provider == "recorded" else "replies"
        names = ", ".join(map(style.title, strategies))
        lines.append(f"Synthetic texts ({names}): {kind} of {model}.")
    return " ".join(lines)


def short(origin: str) -> str:
    """An origin without the folders above it."""
    return PurePath(origin).name


def parts(
    sources: Sequence[str], mixtures: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """The sources of the main table and, where mixtures are in the grid, of the mixing table.

    The mixing table sets each mixture beside what it is made of.
    """
    mixed = [source for source in sources if source in mixtures or source == "real_pool"]
    made_of = {part for mixture in mixed for part in mixtures.get(mixture, ())}
    main = tuple(source for source in sources if source not in mixed)
    beside = tuple(source for source in sources if source in mixed or source in made_of)
    title = MAIN if set(main) - {"real"} else REAL
    found = {title: main, MIXING: beside if mixed else ()}
    return {title: part for title, part in found.items() if part}


def scores(
    table: pd.DataFrame,
    means: pd.DataFrame,
    model: str,
    part: tuple[str, Sequence[str]],
    facts: Facts,
) -> Table:
    """Tasks in rows; for each source accuracy and macro-F1 with their intervals; means below."""
    title, sources = part
    own = _lookup(table[table["model"] == model], "task", "source", "metric")
    average = _lookup(means[means["model"] == model], "source", "metric")
    keys = [(source, metric) for source in sources for metric in METRICS]
    columns = [Column("", "task"), Column("", "texts"), Column("", "test")]
    columns += [Column(source, METRICS[metric]) for source, metric in keys]
    rows = []
    for task in table["task"].unique():
        sizes = [f"{own[task, source, 'accuracy']['n_train']:.0f}" for source in sources]
        texts = sizes[0] if len(set(sizes)) == 1 else "/".join(sizes)
        cells = [_score(own[task, *key], facts) for key in keys]
        rows.append(Row((Cell(task), Cell(texts), Cell(str(facts.n_test[task])), *cells)))
    count = f"mean of {len(rows)}" if len(rows) > 1 else "mean"
    stub = (Cell(""), Cell(""))
    totals = [Row((Cell(count), *stub, *(Cell(_percent(average[key]["mean"])) for key in keys)))]
    gaps = [_gap(average[key]) for key in keys]
    if any(cell.text for cell in gaps):
        totals.append(Row((Cell("mean gap to real"), *stub, *gaps)))
    return Table(f"{model}: {title}", tuple(columns), tuple(rows), tuple(totals))


def notes(table: pd.DataFrame, facts: Facts) -> tuple[str, ...]:
    """What the numbers of the score tables are."""
    seeds = f"Means over {facts.n_seeds} seeds" if facts.n_seeds > 1 else "One seed"
    lines = [
        f"Per cent. {seeds}; in brackets the {100 * facts.level:.4g} % bootstrap interval over "
        f"test texts ({facts.resamples:,} draws). texts: training texts of a seed; test: real test "
        "texts."
    ]
    if table["gap"].notna().any():
        lines.append(
            f"{MARK} differs from real: paired bootstrap over test texts, p < "
            f"{1 - facts.level:.2g} after Holm's correction over tasks and sources. The gap is "
            "source minus real, in points; the interval of its mean takes the tasks as given."
        )
    else:
        lines.append(no_gaps(list(table["source"].unique())))
    return tuple(lines)


def beside_paper(
    table: pd.DataFrame, reported: Sequence[tuple[str, str, Mapping[str, float]]]
) -> Table | None:
    """Accuracies that the paper reports (task, model, by source) above ours on the same tasks."""
    sources = ("real", "zero_shot", "few_shot")
    own = _lookup(table[table["metric"] == "accuracy"], "task", "model", "source")
    rows = []
    for task in table["task"].unique():
        theirs = [(model, accuracy) for name, model, accuracy in reported if name == task]
        for model, accuracy in theirs:
            cells = [Cell(_percent(accuracy[s]) if s in accuracy else ABSENT) for s in sources]
            rows.append(Row((Cell(task), Cell(f"{model}, the paper"), *cells)))
        for model in table["model"].unique() if theirs else ():
            keys = [(task, model, source) for source in sources]
            here = [Cell(_percent(own[k]["mean"]) if k in own else ABSENT) for k in keys]
            rows.append(Row((Cell(task), Cell(f"{model}, here"), *here)))
    columns = [Column("", "task"), Column("", "model")]
    columns += [Column(source, "accuracy") for source in sources]
    title = "Beside the paper's own accuracies"
    return Table(title, tuple(columns), tuple(rows), ()) if rows else None


def _lookup(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[Any, Any]]:
    return {tuple(row[key] for key in keys): row for row in table.to_dict("records")}


def _score(row: Mapping[Any, Any], facts: Facts) -> Cell:
    mark = MARK if row["p_holm"] < 1 - facts.level else ""
    interval = f"[{_percent(row['low'])}, {_percent(row['high'])}]"
    return Cell(_percent(row["mean"]), f"{interval}{mark}")


def _gap(row: Mapping[Any, Any]) -> Cell:
    if pd.isna(row["gap"]):
        return Cell("")
    return Cell(_points(row["gap"]), f"[{_points(row['gap_low'])}, {_points(row['gap_high'])}]")


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")
