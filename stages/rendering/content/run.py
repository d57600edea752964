"""All that the pages are about: a run's numbers, as other stages wrote them."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple

import pandas as pd

from stages.rendering.content import words
from stages.rendering.content.facts import Analysis, Explained, Origin, Refined
from stages.rendering.content.page import Note

BASE = "real"
LEAST = 30  # test texts per label: with fewer a page warns
_ORIGINS = {"sample": "the sample corpus, written by a language model", "hub": "public data sets"}
_SAMPLE = (
    "A language model wrote the sample corpus for this repository: these numbers show that the "
    "machinery works, and are no evidence about texts that people write."
)


class Writer(NamedTuple):
    """Who wrote a strategy's texts."""

    provider: str
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
    writers: Mapping[str, Mapping[Writer, int]]  # strategy -> for how many tasks
    tables: Mapping[str, pd.DataFrame]  # those of `explain`, with thresholds and curves


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
    return f"{tests} test texts per task, {trained(run)} per source; {real_texts(run)}"


def trained(run: Run) -> str:
    """How often a model was trained on a source.

    Once only where every training would give the same model: it takes all texts, without chance.
    """
    facts = run.explained.scores
    several = words.between([facts.least_runs, facts.most_runs])
    return f"{several} training {'run' if facts.most_runs == 1 else 'runs'}"


def noise(run: Run) -> str:
    """What intervals and p-values hold."""
    facts = run.explained.scores
    if facts.most_runs == 1:
        return "test texts"
    several = "test texts and training runs"
    return several if facts.least_runs > 1 else f"{several} (a single run: test texts alone)"


def provenance(run: Run) -> str:
    """Where real and synthetic texts come from."""
    said = [f"{real_texts(run).capitalize()}."]
    strategies: dict[Writer, list[str]] = {}
    for strategy, writers in run.writers.items():
        for writer in writers:
            strategies.setdefault(writer, []).append(words.name(strategy))
    for (provider, model), names in strategies.items():
        kind = "recorded replies" if provider == "recorded" else "replies"
        said.append(f"Synthetic texts ({', '.join(names)}): {kind} of {model}.")
    return " ".join(said)


def warnings(run: Run) -> tuple[Note, ...]:
    """What a reader has to know before they believe a number."""
    found = []
    if any(origin.origin == "sample" for origin in run.origins.values()):
        found.append(_SAMPLE)
    fewest = {task: min(origin.rows["test"].values()) for task, origin in run.origins.items()}
    few = [f"{task} ({count})" for task, count in fewest.items() if count < LEAST]
    if few:
        found.append(
            f"Fewer than {LEAST} test texts of a label: {words.listed(few)}. Scores of these tasks "
            "are rough, and their intervals only approximate."
        )
    return tuple(found)


def no_gaps(sources: tuple[str, ...]) -> str:
    """Why a run with these sources has no gap."""
    if BASE in sources:
        return "No gaps: real texts are the only source, so there is nothing to compare."
    return "No gaps: real texts are not among the sources."
