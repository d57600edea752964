"""Texts to look at: real ones and others, drawn so that every kind is there, and what is odd.

Reads:  data/real/<task>/, data/sources/<task>/, data/embeddings/<task>/, data/predictions/,
        data/labels/<task>.jsonl
Writes: data/browsed/<task>/texts.parquet, pairs.parquet, facts.json
Params: browse, grid (not strategies), mixtures
Cost:   2 s to start, then less than 1 s for each task
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import NonNegativeInt, PositiveInt

from stages.classifiers import doubt
from stages.core import cli, files, params, paths, records, seeds, workers
from stages.core.arrays import Ints
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, REAL, REAL_POOL, TEXTS
from stages.corpora import labelled
from stages.stats.texts import answers, neighbours, strata

TEST = "test"
REAL_TEXTS = (TEST, REAL, LABELLED)


class Browse(Section):
    """How many texts are looked at."""

    texts: PositiveInt  # of all tasks together, each of which gets the same number
    characters: PositiveInt  # of a text; the rest is cut off, and how much is said
    pairs: PositiveInt  # of a source: nearest to real test texts, and farthest from them
    compared: PositiveInt  # texts of a source at most that are compared, or judged by a classifier
    seed: NonNegativeInt  # of the draws


class Part(NamedTuple):
    """Texts of one kind (id, text, label), and their embeddings, row by row."""

    table: pd.DataFrame
    vectors: NDArray[np.floating]

    def at(self, rows: Ints) -> "Part":
        """Some of the rows."""
        return Part(self.table.iloc[rows].reset_index(drop=True), np.asarray(self.vectors[rows]))


def main() -> None:
    """Draw texts of every task to look at."""
    settings, grid = params.load(Browse, "browse"), params.grid()
    mixed = tuple(params.mixtures())
    counts = sum(workers.results(partial(_browse, settings, grid, mixed), grid.tasks))
    print(f"{counts:,} texts of {len(grid.tasks)} tasks to look at", flush=True)


def _browse(settings: Browse, grid: Grid, mixed: Sequence[str], task: str) -> int:
    labels = records.read_labels(paths.labels(task))
    sources = [source for source in grid.of(task) if source not in {*mixed, REAL_POOL}]
    rng = seeds.generator(settings.seed, task)
    whole = read(task, sources)
    parts = {name: some(part, settings.compared, rng) for name, part in whole.items()}
    said = told(task, grid.of(task), grid.classifiers[0], whole[TEST].table)
    kinds = {name: judged(name, parts, labels).join(said, on="id") for name in parts}
    drawn = draw(kinds, max(1, settings.texts // len(grid.tasks)), rng)
    folder = paths.browsed(task)
    texts = cut(asked(task, labels, drawn), ("text",), settings.characters)
    files.write_table(texts, folder / "texts.parquet")
    pairs = cut(near(parts, settings.pairs), ("text", "other"), settings.characters)
    files.write_table(pairs, folder / "pairs.parquet")
    facts = {
        "characters": settings.characters,
        "classifier": grid.classifiers[0],
        "of": {name: len(part.table) for name, part in whole.items()},
        "compared": {name: len(part.table) for name, part in parts.items()},
    }
    files.write_json(facts, folder / "facts.json")
    return len(texts)


def draw(kinds: Mapping[str, pd.DataFrame], most: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most `most` texts, as many of every part; in a part as many of every label and outcome,
    or of training texts as many that are doubted as not."""
    counts = strata.quota([len(table) for table in kinds.values()], most)
    found = []
    for table, count in zip(kinds.values(), counts, strict=True):
        odd = table["outcome"].fillna(table["doubted"].astype(str))
        found.append(
            table.iloc[strata.drawn((table["label"] + "/" + odd).to_numpy(str), count, rng)]
        )
    return pd.concat(found, ignore_index=True)


def read(task: str, sources: Sequence[str]) -> dict[str, Part]:
    """Test texts and those of each source; of `labelled` those that are not among the real ones."""
    tables = {TEST: paths.real(task) / f"{TEST}.parquet"}
    tables |= {source: paths.sources(task) / f"{source}.parquet" for source in sources}
    found: dict[str, Part] = {}
    for name, path in tables.items():
        table = files.read_table(path, TEXTS)[list(TEXTS)]
        part = Part(table, files.read_array(paths.embeddings(task) / f"{name}.npy"))
        if name == LABELLED and REAL in found:
            part = part.at(np.flatnonzero(~table["id"].isin(found[REAL].table["id"])))
        if len(part.table):
            found[name] = part
    return found


def some(part: Part, most: int, rng: np.random.Generator) -> Part:
    """The part, or as many texts of each label of it as make `most`."""
    if len(part.table) <= most:
        return part
    return part.at(strata.drawn(part.table["label"].to_numpy(str), most, rng))


def told(task: str, sources: Sequence[str], model: str, test: pd.DataFrame) -> pd.DataFrame:
    """What the model, trained on each source, says of the test texts."""
    found = {}
    for source in sources:
        path = paths.predictions(task, model, source) / "test.parquet"
        found[source] = files.read_table(path, records.PREDICTIONS)
    return answers.answers(found, test)


def judged(name: str, parts: Mapping[str, Part], labels: Sequence[str]) -> pd.DataFrame:
    """A part's texts with its name, whether a classifier of real texts doubts the label, and for
    which one. Training texts that people labelled are judged by their other half."""
    part = parts[name]
    given = part.table["label"].to_numpy(object)
    if REAL not in parts:
        found = doubt.Opinion(np.zeros(len(given), dtype=bool), given)
    elif name == REAL:
        found = doubt.of_each_other(np.asarray(part.vectors), given, labels)
    else:
        real = parts[REAL]
        known = np.asarray(real.vectors), real.table["label"].to_numpy(object)
        found = doubt.opinion(np.asarray(part.vectors), given, *known, labels)
    return part.table.assign(part=name, doubted=found.doubted, instead=found.instead)


def asked(task: str, labels: Sequence[str], texts: pd.DataFrame) -> pd.DataFrame:
    """The texts with the label that an LLM gave the real ones among them, and how sure it was."""
    said = labelled.read(paths.labelled(task), labels)[["id", "label", "confidence"]]
    said = said.rename(columns={"label": "llm"}).drop_duplicates("id").set_index("id")
    joined = texts.join(said, on="id")
    joined.loc[~joined["part"].isin(REAL_TEXTS), ["llm", "confidence"]] = None
    return joined.astype({"llm": object, "confidence": float})


def near(parts: Mapping[str, Part], count: int) -> pd.DataFrame:
    """Of each source the `count` pairs with the highest, and the lowest, cosine of a real test
    text and the text of the source that is nearest to it; a source's text in one pair only."""
    test = parts[TEST]
    rows = neighbours.unit(test.vectors)
    tables = []
    for name, part in parts.items():
        if name in REAL_TEXTS:
            continue
        found = neighbours.nearest(rows, neighbours.unit(part.vectors))
        other = part.table.iloc[found.place].reset_index(drop=True)
        pairs = test.table[["text", "label"]].assign(
            source=name, other=other["text"], other_label=other["label"], cosine=found.cosine
        )
        pairs = pairs.sort_values("cosine", ascending=False, kind="stable")
        once = pairs.drop_duplicates("other").head(count).assign(end="nearest")
        tables += [once, pairs.iloc[::-1].head(count).assign(end="farthest")]
    columns = ["source", "end", "cosine", "text", "label", "other", "other_label"]
    found_all = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return found_all[columns]


def cut(table: pd.DataFrame, columns: Sequence[str], most: int) -> pd.DataFrame:
    """The table with texts of at most `most` characters, and how many are left out of each."""
    left = {f"{name}_cut": (table[name].str.len() - most).clip(lower=0) for name in columns}
    return table.assign(**{name: table[name].str[:most] for name in columns}, **left)


if __name__ == "__main__":
    cli.run(main)
