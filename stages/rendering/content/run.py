"""All that the pages are about: a run's numbers, as other stages wrote them."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, NamedTuple

import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import words
from stages.rendering.content.facts import (
    Analysis,
    Explained,
    LlmLabels,
    MetricFact,
    Origin,
    PoweredFact,
    Refined,
)
from stages.rendering.content.page import Note
from stages.rendering.content.worth import Worth

_ORIGINS = {"sample": "the sample corpus, written by a language model", "hub": "public data sets"}
_SAMPLE = (
    "A language model wrote the sample corpus for this repository: these numbers show that the "
    "machinery works, and are no evidence about texts that people write."
)


FEW = 30  # test texts; with fewer, little is known of a task
READY = "ready"  # stands where a provider does: the texts were given as a file


class Author(NamedTuple):
    """Who wrote a source's texts: of a strategy an LLM, of ready texts who the card says."""

    provider: str  # as in params, or READY
    model: str


class Run(NamedTuple):
    """The grid, and what was found of it by task, by strategy, or in tables over all tasks."""

    tasks: tuple[str, ...]
    models: tuple[str, ...]
    sources: tuple[str, ...]
    mixtures: Mapping[str, tuple[str, ...]]
    origins: Mapping[str, Origin]
    refined: Mapping[str, Mapping[str, Refined]]
    analysed: Mapping[str, Analysis]
    explained: Explained
    labels: Mapping[str, LlmLabels]  # of the tasks whose real texts an LLM labelled
    worths: Mapping[str, Worth]
    writers: Mapping[str, Mapping[Author, int]]  # source -> for how many tasks
    tables: Mapping[str, pd.DataFrame]  # those of `explain`, with thresholds and curves
    powered: Mapping[str, PoweredFact] = {}  # of the tasks that have unlabelled texts
    # Strategy -> task -> how the prompts of now differ from those that its replies answered.
    doubts: Mapping[str, Mapping[str, str]] = {}


def sources(run: Run, task: str) -> tuple[str, ...]:
    """The sources of a task, in the grid's order: those with scores."""
    table = run.tables["scores"]
    own = set(table.loc[table["task"] == task, "source"])
    return tuple(source for source in run.sources if source in own)


def short(origin: str) -> str:
    """An origin without the folders above it."""
    return PurePath(origin).name


def real_texts(run: Run) -> str:
    """Where the real texts come from, in few words."""
    origins = dict.fromkeys(origin.origin for origin in run.origins.values())
    return f"real texts: {', '.join(_ORIGINS.get(name, short(name)) for name in origins)}"


def basis(run: Run) -> str:
    """What the scores in a figure rest on, for a line below it."""
    tests = words.between([origin.texts("test") for origin in run.origins.values()])
    return f"{tests} test texts per task, {runs(run)}; {real_texts(run)}"


def metrics(run: Run, needs: Literal["labels", "probabilities"]) -> dict[str, MetricFact]:
    """The metrics that need so much of the predictions, in the order of the score table."""
    names = run.tables["scores"]["metric"].unique()
    found = {name: run.explained.metrics[name] for name in names}
    return {name: metric for name, metric in found.items() if metric.needs == needs}


def runs(run: Run) -> str:
    """How often each model was trained on each source."""
    counts = run.tables["scores"]["n_seeds"]
    one = counts.max() == 1
    return f"{words.between(counts.tolist())} training run{'' if one else 's'} per source"


def held(run: Run) -> str:
    """Which noise the intervals of scores and gaps hold, in few words."""
    several = run.tables["scores"]["n_seeds"].max() > 1
    return "test texts and training runs" if several else "test texts"


def noise(run: Run) -> str:
    """Which noise intervals and p-values hold, and which not."""
    table = run.tables["scores"]
    counts, trained = table["n_seeds"], table["model"] + " on " + table["source"].map(words.name)
    same = table["identical"].astype(bool)
    lines = [f"Intervals and p-values hold the noise of {held(run)}: {runs(run)}."]
    if counts.max() > 1:
        lines.append("Each run draws its training texts, where their number is limited.")
        if single := list(dict.fromkeys(trained[(counts == 1) & ~same])):
            lines.append(f"Of a single run, test texts alone: {words.listed(single)}.")
    if once := list(dict.fromkeys(trained[same])):
        lines.append(
            f"One run, since another on the same texts would give the same model, so that there is "
            f"no noise of training: {words.listed(once)}."
        )
    unknown = counts.max() == 1 and not same.all()
    alone = "what another training run would change, " if unknown else ""
    lines.append(
        f"Not held: {alone}which real texts there are to train on, which texts the LLM happened to "
        "write, and which tasks were chosen."
    )
    return " ".join(lines)


def brackets(level: float) -> str:
    """What stands in brackets behind a number."""
    return f"In brackets: {100 * level:.4g} % intervals."


def analysed(run: Run) -> str:
    """Where texts come from, and how wide the intervals of `analyze` are."""
    levels = dict.fromkeys(found.basis.level for found in run.analysed.values())
    return " ".join([provenance(run), *map(brackets, levels)])


def provenance(run: Run) -> str:
    """Where real and synthetic texts come from."""
    said = [f"R{real_texts(run)[1:]}."]
    written: dict[Author, list[str]] = {}
    for source, writers in run.writers.items():
        for writer in writers:
            written.setdefault(writer, []).append(words.name(source))
    kinds = {"recorded": "recorded replies of", READY: "given as a file, written by"}
    for (provider, model), names in written.items():
        kind = kinds.get(provider, "replies of")
        said.append(f"Synthetic texts ({', '.join(names)}): {kind} {model}.")
    return " ".join(said)


def warnings(run: Run, scores: bool = True) -> tuple[Note, ...]:
    """What a reader has to know before they believe a number; `scores`: of a page that has some."""
    found = []
    if any(origin.origin == "sample" for origin in run.origins.values()):
        found.append(_SAMPLE)
    cut = [
        f"{task} ({origin.texts('test')})"
        for task, origin in run.origins.items()
        if "test" in origin.drawn_from
    ]
    if cut:
        found.append(
            f"Test texts cut from train, for want of a test split: {words.listed(cut)}. They are "
            "as like the training texts as can be; those that are to be classified may be less so."
        )
    few = scores and [
        f"{task} ({min(labels.values())} of {min(labels, key=lambda name: labels[name])})"
        for task, labels in run.explained.scores.few_test_texts.items()
        if labels
    ]
    if few:
        found.append(
            f"Few test texts of a label: {words.listed(few)}. With fewer than 30 the scores of a "
            "task are rough, and their intervals only approximate."
        )
    counts = {task: origin.texts("test") for task, origin in run.origins.items()}
    tiny = [f"{task} ({count})" for task, count in counts.items() if count < FEW]
    if scores and tiny and len(run.tasks) > 1:
        found.append(
            f"Few test texts: {words.listed(tiny)}. Such a task counts in a mean like any other, "
            "and makes its interval wider; that two sources agree on a few texts counts as no "
            "proof that they always do."
        )
    if scores and (short := _short(run)):
        found.append(
            f"Fewer training texts of a label than asked for: {words.listed(short)}. There labels "
            "are unequal, and sources are not compared at equal size."
        )
    return tuple(found)


def doubted(run: Run) -> tuple[Note, ...]:
    """Which replayed replies answered other prompts than those of now."""
    tasks: dict[tuple[str, str], list[str]] = {}
    for strategy, found in run.doubts.items():
        for task, doubt in found.items():
            tasks.setdefault((strategy, doubt), []).append(task)
    said = [f"{words.name(s)} of {words.listed(t)} ({doubt})" for (s, doubt), t in tasks.items()]
    if not said:
        return ()
    return (
        "Replies that answered other prompts than the cards and prompt files have now: "
        f"{'; '.join(said)}. Their texts are not what these prompts would bring.",
    )


def _short(run: Run) -> list[str]:
    """Task and source with the label of which there are fewest."""
    return [
        f"{task}, {words.name(source)} ({min(few.values())} of {min(few, key=lambda n: few[n])})"
        for task, sources in run.explained.scores.short.items()
        for source, few in sources.items()
    ]


def no_gaps(sources: tuple[str, ...]) -> str:
    """Why a run with these sources has no gap."""
    if REAL in sources:
        return "No gaps: real texts are the only source, so there is nothing to compare."
    return "No gaps: real texts are not among the sources."
