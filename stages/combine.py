"""Ways to combine a few labels by people, an LLM's labels and written texts, scored on real texts.

Embeddings alone are read, and each way is one small classifier per draw. What is drawn are the
texts that people labelled, and the LLM's where fewer than all are taken: the same for each way.

Reads:  data/sources/<task>/, data/embeddings/<task>/, data/labels/<task>.jsonl,
        data/real/<task>/test.parquet
Writes: data/combined/<task>.json, data/combined/over/tasks.json (all tasks together)
Params: combine, grid.tasks, grid.sources, grid.sources_of
Cost:   on one core some 10 s for a task of thousands of texts, well below 1 s for one of 60
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt

from stages.classifiers import regressions, ridge, texts
from stages.classifiers.combining import NONE, WAYS, Given, Parts
from stages.core import cli, files, params, paths, records, seeds, workers
from stages.core.arrays import Ints, Rows
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, REAL, TO_TRAIN
from stages.corpora import labelled
from stages.stats.scoring import closed, combined, comparison, metrics
from stages.stats.scoring.combined import METRICS, Combined, Found
from stages.stats.scoring.evaluated import Gap
from stages.stats.scoring.noise import Values
from stages.stats.scoring.predicted import Predicted

ZERO_SHOT, FEW_SHOT = "zero_shot", "few_shot"
FEWEST = 30  # test texts; fewer say nothing
Codes = NDArray[np.integer]
Scored = dict[str, Values]  # by metric


class Combine(Section):
    """How much there is of each kind, and how often it is drawn."""

    human: PositiveInt  # texts labelled by people
    llm: tuple[PositiveInt, ...] = Field(min_length=1)  # texts labelled by an LLM, at most
    unlabelled: NonNegativeInt  # texts for self-training, at most
    draws: int = Field(ge=2)
    level: float = Field(gt=0, lt=1)  # of intervals
    seed: NonNegativeInt  # of the draws


class Source(NamedTuple):
    """A training source as embeddings and label codes."""

    features: NDArray[np.floating]
    codes: Ints


class Task(NamedTuple):
    """What is known of a task."""

    labels: int
    sources: Mapping[str, Source]
    tests: Source
    llm: Given  # the real texts that an LLM labelled, by their rows in `real`
    confidence: Ints  # of these texts, 0 where none is stated
    unknown: NDArray[np.floating]  # features of those that people did not label

    @property
    def real(self) -> Source:
        """All real texts, those without a label by people (code -1) last."""
        own = self.sources[REAL]
        codes = np.concatenate([own.codes, np.full(len(self.unknown), -1)])
        return Source(np.concatenate([own.features, self.unknown]), codes)

    @property
    def both(self) -> int:
        """How many real texts have a label by people and one by the LLM."""
        return int((self.llm.rows < len(self.sources[REAL].codes)).sum())


def main() -> None:
    """Score every way to combine what there is, for each task and over all of them."""
    settings, grid = params.load(Combine, "combine"), params.grid()
    workers.each(partial(_combine, settings, grid), grid.tasks, "combine: tasks")
    found = {task: combined.read(paths.combined(task)) for task in grid.tasks}
    titles = {way: WAYS[way].title for way in WAYS}
    over = combined.over(found, titles, settings.level)
    files.write_json(over.model_dump(exclude_none=True), paths.combined_over(), combined.DIGITS)
    some = {way for record in found.values() for ways in record.ways.values() for way in ways}
    print(f"{len(grid.tasks)} tasks: {len(some)} of {len(WAYS)} ways to combine texts", flush=True)


def _combine(settings: Combine, grid: Grid, task: str) -> None:
    wanted = (REAL, ZERO_SHOT, FEW_SHOT, LABELLED)
    known = read_task(task, [source for source in wanted if source in grid.of(task)])
    skipped = missing(settings, known)
    chosen = [way for way in WAYS if way not in skipped]
    ends = {s: of_probe(known, s) for s in (ZERO_SHOT, REAL) if s in known.sources}
    record = Combined(
        level=settings.level,
        n_test=len(known.tests.codes),
        ends={source: comparison.scored(v, settings.level) for source, v in ends.items()},
        ways=_found(settings, known, task, chosen, ends) if chosen else {},
        skipped=skipped,
    )
    files.write_json(record.model_dump(exclude_none=True), paths.combined(task), combined.DIGITS)


def read_task(task: str, sources: Sequence[str]) -> Task:
    """The task's sources as far as the grid has them, and the LLM's labels of real texts."""
    labels, folder = records.read_labels(paths.labels(task)), paths.embeddings(task)
    tables = {s: paths.sources(task) / f"{s}.parquet" for s in sources}
    tables["test"] = paths.real(task) / "test.parquet"
    read = {n: texts.read(p, folder / f"{n}.npy", labels, embedded=True) for n, p in tables.items()}
    index = pd.Index(labels)
    found = {n: Source(r.features, index.get_indexer(pd.Index(r.labels))) for n, r in read.items()}
    real, more = (read[n].ids if n in read else np.array([], object) for n in (REAL, LABELLED))
    new = ~np.isin(more, real)
    ids = pd.Index(np.concatenate([real, more[new]]))
    said = labelled.read(paths.labelled(task), labels)
    said = said[said["split"].isin(TO_TRAIN) & said["id"].isin(ids)]
    llm = Given(ids.get_indexer(pd.Index(said["id"])), index.get_indexer(pd.Index(said["label"])))
    confidence = said["confidence"].fillna(0).to_numpy(np.int64)
    tests = found.pop("test")
    unknown = found.pop(LABELLED).features[new] if LABELLED in found else tests.features[:0]
    return Task(len(labels), found, tests, llm, confidence, unknown)


def missing(settings: Combine, known: Task) -> dict[str, str]:
    """Why a way is left out, by way."""
    needed = settings.human
    reasons = {
        source: f"{source} is not among the task's sources"
        for source in (REAL, ZERO_SHOT, FEW_SHOT)
        if source not in known.sources
    }
    if REAL in known.sources:
        real, both = len(known.sources[REAL].codes), known.both
        if real < needed:
            reasons[REAL] = f"{real} real texts, combine.human asks for {needed}"
        if len(known.tests.codes) < FEWEST:
            reasons[REAL] = f"{len(known.tests.codes)} test texts, at least {FEWEST} needed"
        if both < needed:
            reason = f"{both} train texts with a label by the LLM, at least {needed} needed"
            reasons |= {"llm": reason, "gold": reason}
        elif len(known.unknown):
            reasons["gold"] = "the LLM labelled texts that people did not"
        if not min(settings.unlabelled, real - both):
            reasons["unlabelled"] = "no real text is without a label"
    asked = {way: (REAL, *WAYS[way].needs) for way in WAYS}
    why = {
        way: [reasons[need] for need in needs if need in reasons] for way, needs in asked.items()
    }
    return {way: found[0] for way, found in why.items() if found}


def _found(
    settings: Combine, known: Task, task: str, ways: Sequence[str], ends: Mapping[str, Scored]
) -> dict[str, dict[str, Found]]:
    """What each way comes to with each number of LLM labels."""
    parts = dict(drawn(settings, known, task, any("llm" in WAYS[w].needs for w in ways)))
    fitted = {
        (count, way, draw): ridge.fit(each.inner, WAYS[way].mass(each), each.weights.penalty)
        for (count, draw), each in parts.items()
        for way in ways
    }
    features = next(iter(parts.values())).features
    codes = ridge.predict(features, known.tests.features, list(fitted.values()))
    found: dict[str, dict[str, Found]] = {}
    for count in dict.fromkeys(count for count, _ in parts):
        own = {}
        for way in ways:
            rows = [place for place, key in enumerate(fitted) if key[:2] == (count, way)]
            own[way] = scored(known, codes[rows])
        some = parts[count, 0]
        found[str(count)] = {
            way: Found(
                **_sizes(some, WAYS[way].needs),
                scores=comparison.scored(values, settings.level),
                to_real=_gap(values, ends.get(REAL), settings.level),
                to_human=_gap(values, None if way == "human" else own["human"], settings.level),
                way=_ways(values, ends),
            )
            for way, values in own.items()
        }
    return found


def _sizes(parts: Parts, needs: Sequence[str]) -> dict[str, int]:
    """How many texts of each kind a way with these needs has."""
    by_kind = {
        "n_human": ("human", "gold"),
        "n_llm": ("llm",),
        "n_written": (FEW_SHOT, ZERO_SHOT),
    }
    found = {
        kind: sum(len(getattr(parts, name).rows) for name in names if name in needs)
        for kind, names in by_kind.items()
    }
    return found | {"n_unlabelled": len(parts.unlabelled) if "unlabelled" in needs else 0}


def _gap(values: Scored, base: Scored | None, level: float) -> dict[str, Gap]:
    return comparison.compared(values, base, level) if base else {}


def _ways(values: Scored, ends: Mapping[str, Scored]) -> dict[str, closed.Way]:
    if len(ends) < 2:
        return {}
    start, end = ends[ZERO_SHOT], ends[REAL]
    return {metric: closed.way(values[metric], start[metric], end[metric]) for metric in METRICS}


def drawn(
    settings: Combine, known: Task, task: str, with_llm: bool
) -> Iterator[tuple[tuple[int, int], Parts]]:
    """The parts of each number of LLM labels and draw; all have the same texts and kernel.

    People label some of the texts that the LLM labelled, where it did: its errors show there.
    Texts that people cannot label any more come first among the LLM's.
    """
    rng = seeds.generator(settings.seed, task, "combine")
    real = known.real
    total = len(real.codes)
    pool = known.llm.rows if with_llm else np.flatnonzero(real.codes >= 0)
    most = len(pool) if with_llm else settings.human
    orders = [pool[rng.permutation(len(pool))[:most]] for _ in range(settings.draws)]
    orders = [order[np.argsort(real.codes[order] >= 0, kind="stable")] for order in orders]
    taken = np.unique(np.concatenate([known.llm.rows, *orders]))
    rest = rng.permutation(np.setdiff1d(np.arange(total), taken))[: settings.unlabelled]
    used = np.concatenate([taken, rest])
    base = _base(known, used)._replace(unlabelled=np.arange(len(taken), len(used)))
    gold = real.codes[used]
    said, place = np.full(total, -1), np.full(total, -1)
    said[known.llm.rows], place[used] = known.llm.codes, np.arange(len(used))
    for count in dict.fromkeys(min(n, len(pool)) for n in settings.llm) if with_llm else (0,):
        for draw, order in enumerate(orders):
            human, asked = order[-settings.human :], order[:count]
            yield (
                (count, draw),
                base._replace(
                    human=Given(place[human], gold[place[human]]),
                    checked=Given(place[human], said[human]),
                    llm=Given(place[asked], said[asked]),
                    gold=Given(place[asked], gold[place[asked]]),
                ),
            )


def _base(known: Task, used: Rows) -> Parts:
    """The real texts `used`, then the written ones, without labels of the real ones."""
    written = {s: known.sources[s] for s in (FEW_SHOT, ZERO_SHOT) if s in known.sources}
    real = known.real
    features = np.vstack([real.features[used], *(source.features for source in written.values())])
    given, start = dict.fromkeys((FEW_SHOT, ZERO_SHOT), NONE), len(used)
    for name, source in written.items():
        given[name] = Given(np.arange(start, start + len(source.codes)), source.codes)
        start += len(source.codes)
    stated = np.zeros(len(real.codes), np.int64)
    stated[known.llm.rows] = known.confidence
    return Parts(
        features,
        ridge.kernel(features, features),
        known.labels,
        confidence=np.concatenate([stated[used], np.zeros(start - len(used), np.int64)]),
        few_shot=given[FEW_SHOT],
        zero_shot=given[ZERO_SHOT],
    )


def of_probe(known: Task, source: str) -> Scored:
    """The probe, as `models` has it by default, on all of a source's texts."""
    own = known.sources[source]
    mass = regressions.one_hot(own.codes, known.labels)
    space = regressions.Space(own.features)
    fitted = regressions.fit(space, mass, np.arange(len(own.codes))[None])
    return scored(known, fitted.predict(known.tests.features))


def scored(known: Task, codes: Codes) -> Scored:
    """Each metric of label codes (draws, tests) predicted."""
    draws = tuple(range(len(codes)))
    none = np.broadcast_to(np.float32(0), (*codes.shape, known.labels))
    found = Predicted(draws, draws, codes.astype(np.int64), none)
    return {metric: metrics.METRICS[metric].values(known.tests.codes, found) for metric in METRICS}


if __name__ == "__main__":
    cli.run(main)
