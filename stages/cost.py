"""What every way to a classifier costs, in money and people's time, and the score that it brings.

People's labels and time at assumed prices; an LLM's texts and labels at what its replies' tokens
cost. The labels of the test texts, which every way needs, are not counted.

Reads:  data/real/<task>/ (labels; train, pool, test), data/sources/, data/replies/, data/labels/,
        data/curves/
Writes: data/costs/<task>.json: cost and score of every point of every way, the frontier, the
        cheapest way to some scores; <task>.npz: all points in each redraw, for stage verdict;
        over/tasks.json: the same in the mean over tasks
Params: cost, summarize.metric, strategies, mixtures, grid.tasks, grid.sources, grid.sources_of,
        grid.strategies, generate.price, generate.endpoint.api
Cost:   a second or two for ten small tasks, some ten for 25,000 test texts
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from stages.core import cli, files, params, paths, seeds, workers
from stages.core.arrays import Ints
from stages.core.errors import UserError
from stages.core.params import Grid, Section
from stages.core.records import (
    EDITED,
    LABELLED,
    REAL,
    REAL_POOL,
    RESERVED,
    TO_TRAIN,
    read_labels,
)
from stages.corpora import labelled
from stages.llm.messages import cost
from stages.llm.messages.config import BATCH_DISCOUNT, Price
from stages.llm.messages.replies import from_line
from stages.llm.messages.request import CHARACTERS
from stages.llm.writing import tokens
from stages.llm.writing.strategy import Strategy
from stages.stats.money import bills, outlay, redraws, said, spread, ways
from stages.stats.money.bills import Bought
from stages.stats.money.outlay import Part, Tariff
from stages.stats.money.ways import ALONE, PROMPTED, RUN_TIME, WITH_REAL, Name, Way
from stages.stats.scoring import predicted
from stages.stats.worth.curves import Chance

FEWEST = 30  # test texts; fewer say too little
DRAWN = (REAL_POOL, LABELLED)  # sources that are random samples of real texts
NOT_PRICED = "no price of its LLM's tokens in generate.price, and none in cost.tokens"


class Person(Section):
    """What a label by a person takes."""

    usd: float = Field(ge=0, allow_inf_nan=False)
    seconds: float = Field(ge=0, allow_inf_nan=False)


class Uncounted(Section):
    """Tokens of a request that nobody counted, beside those of the texts in it."""

    prompt: NonNegativeInt
    answer: NonNegativeInt  # a label as a reply


class Cost(Section):
    """What is assumed of prices and of a classifier's life."""

    label: Person
    read: float = Field(ge=0, le=1)  # share of the LLM's texts and labels that people read
    tokens: Price | None  # of models without an entry in generate.price; None: not known
    uncounted: Uncounted
    ready: dict[str, NonNegativeFloat] = Field(
        {}
    )  # source -> US dollars per 1,000 ready texts; else 0
    texts: PositiveInt  # that are classified over the classifier's life
    classified: float = Field(ge=0, allow_inf_nan=False)  # US dollars per 1,000 texts: a machine
    targets: tuple[float, ...] = Field(min_length=1)  # shares of the score of all real texts
    resamples: int = Field(ge=100)  # of test texts, draws and replies
    level: float = Field(gt=0, lt=1)  # share of the resamples inside an interval
    seed: NonNegativeInt  # of the resamples

    @property
    def tariff(self) -> Tariff:
        """The prices among them."""
        person = self.label
        return Tariff(person.usd, person.seconds, self.read, self.texts, self.classified / 1000)


class Listed(Section):
    """What tokens cost: parts of generate."""

    api: str
    price: dict[str, Price]


class Leading(Section):
    """Which metric leads: part of summarize."""

    metric: str


class Plan(NamedTuple):
    """What is the same for every task, and the sources of one."""

    settings: Cost
    listed: Listed
    metric: str
    sources: tuple[str, ...]
    strategies: Mapping[str, Strategy]
    mixtures: Mapping[str, tuple[str, ...]]

    def parts(self, source: str) -> tuple[str, ...]:
        """The simple sources that a source is made of."""
        return self.mixtures.get(source, (source,))


class Task(NamedTuple):
    """What is known of a task."""

    name: str
    labels: tuple[str, ...]
    texts: Mapping[str, pd.DataFrame]  # train, pool, test: id, text, label
    truth: Ints
    arrays: Mapping[str, NDArray[Any]]  # learning curves
    chance: Chance


def main() -> None:
    """Price every way to a classifier of each task."""
    grid, read = params.grid(), partial(params.parse, Strategy)
    plan = Plan(
        params.load(Cost, "cost"),
        params.pick(Listed, "generate.endpoint.api", "generate.price"),
        params.pick(Leading, "summarize.metric").metric,
        grid.sources,
        {name: params.entry("strategies", name, read) for name in grid.strategies},
        params.mixtures(),
    )
    found = [
        made
        for made in workers.results(partial(_task, plan, grid), grid.tasks, "cost: tasks")
        if made
    ]
    shared, _ = spread.shared(found)
    basis = {"metric": plan.metric, "tasks": len(shared), "level": plan.settings.level}
    mean = spread.mean(found, plan.settings.level) if found else {}
    files.write_json({"basis": basis, **mean}, paths.costs_over(), files.DETAIL_DIGITS)
    print(f"{len(found)} of {len(grid.tasks)} tasks: what every way costs", flush=True)


def _task(plan: Plan, grid: Grid, name: str) -> spread.Read | None:
    """Write what was found of a task; return its ways, read off at the same sums of money."""
    plan = plan._replace(sources=grid.of(name))
    settings, truth = plan.settings, _codes(name)
    basis = settings.model_dump(exclude={"targets"}, exclude_none=True)
    basis |= {"metric": plan.metric, "tests": len(truth)}
    if len(truth) < FEWEST:
        basis["withheld"] = f"expected at least {FEWEST} test texts, found {len(truth)}"
    elif REAL not in plan.sources:
        basis["withheld"] = "real texts are not among the sources, so there is no score to reach"
    if "withheld" in basis:
        files.write_json({"basis": basis}, paths.costs(name))
        return None
    bought, left_out = dict[str, Bought](), dict[str, str]()
    ways = list(_ways(plan, _read(plan, name, truth), bought, left_out))
    redrawn = [redraws.of_way(way, settings.read, settings.classified / 1000) for way in ways]
    files.write_arrays(redraws.arrays(redrawn), paths.redraws(name))
    found = [way for way in ways if way.priced]
    real = next(way for way in found if way.name == (ALONE, REAL))
    record = {
        "basis": basis,
        "prices": {source: each.record for source, each in bought.items()},
        "left_out": left_out,
        **said.found(found, real, settings.tariff, settings.targets, settings.level),
    }
    files.write_json(record, paths.costs(name), files.DETAIL_DIGITS)
    return spread.read_off(found, settings.tariff)


def _read(plan: Plan, name: str, truth: Ints) -> Task:
    settings, arrays = plan.settings, files.read_arrays(paths.curves(name))
    rng, draws = seeds.generator(settings.seed, name), arrays[f"{REAL}/codes"].shape[1]
    chance = Chance.drawn(len(truth), draws, settings.resamples, rng)
    texts = {
        split: files.read_table(paths.real(name) / f"{split}.parquet", ("id", "text"))
        for split in ("train", "pool", "test")
    }
    return Task(name, read_labels(paths.labels(name)), texts, truth, arrays, chance)


def _codes(task: str) -> Ints:
    """The label codes of the test texts."""
    path = paths.real(task) / "test.parquet"
    labels = files.read_table(path, ("label",))["label"]
    return predicted.codes(labels, read_labels(paths.labels(task)), str(path))


def _ways(
    plan: Plan, task: Task, bought: dict[str, Bought], left_out: dict[str, str]
) -> Iterator[Way]:
    """Every way; `bought` and `left_out`, of those whose cost is not known, are filled."""
    unknown = np.full(1 + plan.settings.resamples, np.nan)
    for source in plan.sources:
        parts = _parts(plan, task, source, bought)
        if isinstance(parts, str):
            left_out[source] = parts
            parts = [Part(1.0, unknown, llm=True)]
        if f"{source}/sizes" not in task.arrays:
            where = paths.curves(task.name)
            raise UserError(f"{where}: expected a curve of {source!r}, found none; run `dvc repro`")
        for kind, line in ((ALONE, source), (WITH_REAL, f"{source}/added")):
            if f"{line}/sizes" in task.arrays:
                yield _trained(task, Name(kind, source), line, parts)
    said_of = _labels(task)
    own = said_of[said_of["split"] == "test"]
    if len(own) < FEWEST:
        left_out[PROMPTED] = f"expected at least {FEWEST} labelled test texts, found {len(own)}"
    else:
        price = unknown
        if isinstance(asked := _labelled(plan, task, "test"), str):
            left_out[PROMPTED] = asked
        else:
            bought[PROMPTED], price = asked, asked.price
        places = pd.Index(task.texts["test"]["id"]).get_indexer(pd.Index(own["id"]))
        codes = predicted.codes(own["label"], task.labels, str(paths.labelled(task.name)))
        scores = ways.prompted(codes, places, task.truth, len(task.labels), task.chance)
        name = Name(RUN_TIME, PROMPTED)
        yield Way(name, np.zeros(1, int), scores, asked=price, tested=scores)


def _trained(task: Task, name: Name, line: str, parts: list[Part]) -> Way:
    """A way that trains a classifier."""
    sizes, population = task.arrays[f"{line}/sizes"], len(task.texts["train"])
    of_real = name.kind == WITH_REAL or name.source == REAL
    pool = population if of_real else int(sizes[-1]) if name.source in DRAWN else None
    codes = task.arrays[f"{line}/codes"]
    scores, tested = ways.trained(sizes, codes, task.truth, len(task.labels), task.chance, pool)
    texts = int(task.arrays[f"{name.source}/sizes"][-1])
    return Way(name, sizes, scores, parts, population, texts, tested=tested)


def _parts(plan: Plan, task: Task, source: str, bought: dict[str, Bought]) -> list[Part] | str:
    """What the texts of a source take, or why that is not known."""
    nothing, pool = np.zeros(1 + plan.settings.resamples), len(task.texts["pool"])
    found = []
    for name, share in _shares(plan, task, source).items():
        if name == REAL:
            found.append(Part(share, nothing, real=1))
            continue
        if name in (REAL_POOL, EDITED):
            found.append(Part(share, nothing, pool=1, pool_most=pool))
            continue
        asked = bought.get(name) or _asked(plan, task, name)
        if isinstance(asked, str):
            return asked
        bought[name] = asked
        found.append(Part(share, asked.price, True, pool=asked.shown, pool_most=asked.shown_most))
    return found


def _asked(plan: Plan, task: Task, name: str) -> Bought | str:
    """What an LLM's texts or labels cost."""
    if name == LABELLED:
        return _labelled(plan, task, "train")
    if name in plan.strategies:
        return _written(plan, task, name)
    return bills.ready(plan.settings.ready.get(name), plan.settings.resamples, plan.settings.level)


def _shares(plan: Plan, task: Task, source: str) -> dict[str, float]:
    """The parts of a source, and which shares of its texts they are."""
    parts = plan.parts(source)
    if len(parts) == 1:
        return dict.fromkeys(parts, 1.0)
    ids = _ids(task, source)
    sizes = {REAL: len(task.texts["train"]), REAL_POOL: len(task.texts["pool"])}
    sizes[LABELLED] = int(_labels(task)["split"].isin(TO_TRAIN).sum())
    written = [part for part in parts if part not in RESERVED]
    sizes |= {n: int(ids.str.startswith(_prefix(task, n)).sum()) for n in written}
    return outlay.shares(parts, sizes, len(ids))


def _ids(task: Task, source: str) -> "pd.Series[str]":
    return files.read_table(paths.sources(task.name) / f"{source}.parquet", ("id",))["id"]


def _holder(plan: Plan, part: str) -> str:
    """The first source that holds all texts of this part."""
    return next(source for source in plan.sources if part in plan.parts(source))


def _prefix(task: Task, strategy: str) -> str:
    return f"{task.name}/{strategy}/"  # of the keys of replies and of ready texts, as ids begin


def _written(plan: Plan, task: Task, strategy: str) -> Bought | str:
    """The texts of a strategy; examples are those that replies name, else as many as were asked."""
    path, chosen = paths.replies(task.name, strategy), plan.strategies[strategy]
    replies = [from_line(line, str(path)) for line in files.read_lines(path)]
    pool, prompt = task.texts["pool"], plan.settings.uncounted.prompt
    example = pool["text"].str.len().mean() / CHARACTERS
    used = tokens.used(replies, chosen, prompt, example)
    kept = Counter(_ids(task, _holder(plan, strategy)).str.rpartition("/")[0])
    brought = np.array([kept[reply["key"]] for reply in replies])
    named = [example for reply in replies for example in reply["examples"]]
    shown = len(named) or chosen.examples * len(replies)
    most = len(set(named)) or min(shown, len(pool))
    made = _bought(plan, task, strategy, used, brought, tokens.counted(replies))
    if isinstance(made, str):
        return made
    return made._replace(shown=shown / brought.sum(), shown_most=most)


def _labelled(plan: Plan, task: Task, split: str) -> Bought | str:
    """An LLM's labels of test texts, or to train on; of these the used ones pay for all."""
    found = labelled.paid(paths.labelled(task.name), task.labels)
    texts, splits = task.texts[split], TO_TRAIN if split == "train" else (split,)
    if split == "train":
        texts = labelled.texts(texts, paths.unlabelled(task.name))
    own = found[found["split"].isin(splits)].merge(texts[["id", "text"]], on="id")
    guess = plan.settings.uncounted
    usages, counted = labelled.usages(own, guess.prompt, guess.answer, CHARACTERS)
    used = np.ones(len(own), int)
    if split == "train":
        used = own["id"].isin(_ids(task, _holder(plan, LABELLED))).to_numpy(int)
    return _bought(plan, task, f"{LABELLED} {split}", usages, used, counted)


def _labels(task: Task) -> pd.DataFrame:
    return labelled.read(paths.labelled(task.name), task.labels)


def _bought(
    plan: Plan,
    task: Task,
    name: str,
    used: Sequence[tuple[str, float, float]],
    brought: Ints,
    counted: bool,
) -> Bought | str:
    """Replies with these models and tokens, which `brought` so many texts each."""
    settings, listed = plan.settings, plan.listed
    discount = BATCH_DISCOUNT if listed.api == "batch" else 1.0
    bill = cost.bill(used, listed.price, settings.tokens, discount)
    if bill is None:
        return NOT_PRICED
    rng = seeds.generator(settings.seed, task.name, name)
    price = outlay.price(np.array(bill.usd), brought, settings.resamples, rng)
    return bills.made(price, len(bill.usd), counted, bill.assumed, settings.level)


if __name__ == "__main__":
    cli.run(main)
