"""Learning curves of a task: classifiers trained on ever more texts of each source.

Sizes lie on a geometric grid from `smallest` to all that a source has, each with nested draws:
written texts with as many of each label, other sources' with the labels as they come. Beside
them 10, 30, 100, ... real texts are added to all of each other source.

Reads:  data/grid/<task>.jsonl, data/real/<task>/ (labels, test), data/sources/<task>/,
        data/embeddings/<task>/
Writes: data/curves/<task>.npz: for each source label codes predicted for the test texts (sizes,
        draws, tests), and what corrects its class shares: probabilities for the test texts, for
        its own texts held out, and for real texts whose labels nobody knows
Params: curves, models.<curves.model>
Cost:   under a second for 60 texts, half a minute for 20,000; hours for a fine-tuned model
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt

from stages.classifiers import configs, curves, draws, registry, texts
from stages.classifiers.curves import Learner, Line
from stages.classifiers.protocol import DECIMALS, Features
from stages.classifiers.texts import Labelled
from stages.core import cli, files, params, paths, progress, seeds
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import REAL, RESERVED, read_labels, read_sources

ADDED = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)  # real texts, to all of another source
UNLABELLED = 2_000  # real texts, at most, from which shares are estimated without labels


class Curves(Section):
    """The sizes of learning curves, and what is trained on them."""

    sizes: int = Field(ge=2)  # of each source, at most
    draws: int = Field(ge=2)  # of texts for each size
    smallest: PositiveInt  # texts
    model: str  # an entry of `models`
    seed: NonNegativeInt  # of the draws


class Task(NamedTuple):
    """All training texts in one table, and which rows are whose."""

    labels: tuple[str, ...]
    features: Features  # of the texts, then of one row that stands for no text
    codes: NDArray[np.int64]
    rows: Mapping[str, NDArray[np.intp]]  # by source
    twins: Mapping[str, NDArray[np.intp]]  # by source: the row of the same text in `real`, or -1
    tests: Features


def main(task: cli.Task) -> None:
    """Train on ever more texts of each source of TASK; predict the real test texts."""
    settings, sources = params.load(Curves, "curves"), read_sources(paths.grid(task))
    config = params.entry("models", settings.model, configs.model)
    content = _read(task, tuple(sources), config.reads == "embeddings")
    written = tuple(s for s, parts in sources.items() if parts == (s,) and s not in RESERVED)
    asked = dict(lines(settings, content, written, task))
    trained = learner(config, content)
    rows = sum(line.rows for line in asked.values())
    with progress.bar(f"{task}: curves", rows) as show:
        parallel = not isinstance(config, configs.FinetuneConfig)  # which takes all processors
        found = curves.predictions(trained, asked, settings.draws, parallel, show)
    arrays: dict[str, NDArray[Any]] = {}
    for name, codes in found.items():
        arrays |= {f"{name}/sizes": np.array(asked[name].sizes), f"{name}/codes": codes}
    for source in sources:
        if source != REAL and REAL in sources:
            arrays |= _probabilities(trained, content, source, settings.seed)
    files.write_arrays(arrays, paths.curves(task))
    few = [name for name in content.rows if len(asked[name].sizes) < 2]
    said = [
        f"{name} has {len(content.rows[name])} texts, one point in place of a curve" for name in few
    ]
    print("; ".join([f"{task}: {len(asked)} curves, {settings.draws} draws of each size", *said]))


def _read(task: str, sources: tuple[str, ...], embedded: bool) -> Task:
    labels = read_labels(paths.labels(task))

    def table(name: str, folder: Any) -> Labelled:
        vectors = paths.embeddings(task) / f"{name}.npy"
        return texts.read(folder / f"{name}.parquet", vectors, labels, embedded)

    tables = {source: table(source, paths.sources(task)) for source in sources}
    tests = table("test", paths.real(task)).features
    ends = np.cumsum([len(each.ids) for each in tables.values()])
    rows = dict(zip(tables, np.split(np.arange(ends[-1]), ends[:-1]), strict=True))
    own = dict(zip(tables[REAL].ids, rows[REAL], strict=True)) if REAL in tables else {}
    twins = {name: np.array([own.get(i, -1) for i in each.ids]) for name, each in tables.items()}
    places = {label: code for code, label in enumerate(labels)}
    codes = [places[label] for each in tables.values() for label in each.labels]
    features = np.concatenate([each.features for each in tables.values()])
    features = np.concatenate([features, features[:1]])
    return Task(labels, features, np.array([*codes, curves.NOBODY]), rows, twins, tests)


def lines(
    settings: Curves, content: Task, balanced: tuple[str, ...], task: str
) -> Iterator[tuple[str, Line]]:
    """Each source's own curve, then real texts added to each other source, by name."""
    count, seed, orders = settings.draws, settings.seed, {}
    for source, rows in content.rows.items():
        if source in balanced:  # a text more of one label is much where they are few
            step, order = (
                len(content.labels),
                draws.balanced(content.codes[rows], count, seed, source),
            )
        else:
            step, order = 1, draws.natural(len(rows), count, seed, source)
        orders[source] = rows[order]
        sizes = draws.sizes(len(rows), settings.smallest, settings.sizes, step)
        if source == REAL and len(sizes) < 2:
            raise UserError(
                f"{task}: expected more real texts than the smallest size of a curve, "
                f"{settings.smallest}, found {len(rows)}; lower curves.smallest"
            )
        yield source, Line(sizes, [orders[source][:, :size] for size in sizes[:-1]] + [rows[None]])
    if REAL not in orders:
        return
    real = orders[REAL]
    sizes = [size for size in ADDED if settings.smallest <= size < real.shape[1]]
    for source, rows in content.rows.items():
        if source != REAL and sizes:
            own = rows, content.twins[source]
            nothing = len(content.codes) - 1
            sets = [draws.joined(*own, real[:, :size], nothing) for size in sizes]
            yield f"{source}/added", Line(sizes, sets)


def learner(config: configs.ModelConfig, content: Task) -> Learner:
    """What trains the model of this config on the task's texts."""
    if isinstance(config, configs.ProbeConfig):
        codes, labels = content.codes, len(content.labels)
        return curves.Probes(content.features, codes, labels, content.tests, config.c)
    share = config.held_out_share if isinstance(config, configs.FinetuneConfig) else None
    return curves.OneByOne(
        lambda: registry.build(config, content.labels),
        content.features,
        content.codes,
        np.array(content.labels, dtype=object),
        content.tests,
        share,
    )


def _probabilities(
    trained: Learner, content: Task, source: str, seed: int
) -> dict[str, NDArray[Any]]:
    """Of a classifier trained on all of a source, with the codes of the source's own texts."""
    rows, rng = content.rows[source], seeds.generator(seed, source, "unlabelled")
    others = rng.permutation(content.rows[REAL])[:UNLABELLED]
    unseen = np.concatenate([content.tests, content.features[others]])
    found = np.split(trained.probabilities(rows, unseen), [len(content.tests)])
    own = curves.held_out(trained, content.features, rows, seed)
    parts = {"tests": found[0], "unlabelled": found[1], "own": own}
    made = {f"{source}/{n}": part.round(DECIMALS).astype(np.float32) for n, part in parts.items()}
    return {**made, f"{source}/own_codes": content.codes[rows].astype(np.uint8)}


if __name__ == "__main__":
    cli.run(main)
