"""Coverage of the intervals of scores and gaps, and how often p < 0.05 without any difference.

Run `python -m tests.benchmarks.bench_coverage` from the repository's root: some four minutes on two
cores. Each line repeats a study many times: ten training draws and some test texts, taken from
populations whose scores are known (tests/stats/scoring/population.py). `score` and `gap`: share of
the studies whose 95 % interval holds the true value; `rejected`: share with p < 0.05 where two
sources have equal scores. `texts only` is the same for intervals that hold test texts alone. Last,
the time and memory of all metrics and a gap on 25,000 test texts.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd

from stages.stats.scoring import estimates, metrics, noise, rollup
from stages.stats.scoring.metrics import METRICS
from stages.stats.scoring.noise import Values
from tests.stats.scoring import population
from tests.stats.scoring.population import WORLDS, Population

LEVEL = 0.95
CAPS = (10, 40, None)  # training texts per label; None: all, one run
SIZES = (60, 300, 1_000)  # test texts
MIXED = (9, 60, 60, 60, 60, 60, 60, 300, 300, 1_000)  # test texts of ten tasks
POOLS, CLASSIFIERS = 5, 200  # of each source; so many draws are a bank
ALL_POOLS = 40  # where a pool has but one classifier

NAN = float("nan")

Study = dict[str, tuple[float, ...]]  # metric -> what one study found
Truths = dict[str, list[tuple[float, float]]]  # metric -> by pool, the real and synthetic score


class Job(NamedTuple):
    """The studies of one world and training size."""

    world: str
    per_label: int | None
    runs: int
    studies: int


class Cell(NamedTuple):
    """A line of the table."""

    world: str
    per_label: str
    tests: str
    metric: str
    true: float
    score: float
    gap: float
    rejected: float
    texts_only: float


def cells(job: Job) -> list[Cell]:
    """The lines of one job: single tasks of several sizes, then the mean over ten tasks."""
    pools = POOLS if job.per_label else ALL_POOLS
    world, seed = WORLDS[job.world], len(job.world)
    found = population.population(world, job.per_label, pools, CLASSIFIERS, seed)
    truths = _truths(found)
    return [*_single(job, found, truths), *_mean(job, found, truths)]


def _single(job: Job, found: Population, truths: Truths) -> list[Cell]:
    lines = []
    for size in SIZES:
        studies = [
            _study(found, truths, size, _runs(job), np.random.default_rng([1, size, number]))
            for number in range(job.studies)
        ]
        for metric in METRICS:
            rates = np.mean([study[metric] for study in studies], axis=0)
            true = float(np.mean([real for real, _ in truths[metric]]))
            lines.append(Cell(job.world, _texts(job), str(size), metric, true, *rates))
    return lines


def _mean(job: Job, found: Population, truths: Truths) -> list[Cell]:
    """The mean over ten tasks of this world, one of them with nine test texts."""
    studies = max(1, job.studies // 4)
    rows, targets = list[dict[str, object]](), dict[str, list[float]]()
    for number in range(studies):
        rng = np.random.default_rng([2, number])
        for task, size in enumerate(MIXED):
            pool = int(rng.integers(len(found.real)))
            sides = _drawn(found, pool, size, _runs(job), rng)
            for metric in METRICS:
                target = truths[metric][pool]
                for kind, other in (("gap", 1), ("none", 2)):
                    row = _row(sides, metric, other)
                    rows.append(row | {"task": task, "model": kind, "source": number})
                targets.setdefault(metric, []).append(target[1] - target[0])
    table = rollup.mean_table(pd.DataFrame(rows), LEVEL)
    lines = []
    for metric in METRICS:
        true = np.reshape(targets[metric], (studies, len(MIXED))).mean(axis=1)
        own = table[table["metric"] == metric].set_index("model").sort_values("source")
        gap = own.loc["gap"]
        held = (gap["gap_low"].to_numpy() <= true) & (true <= gap["gap_high"].to_numpy())
        rejected = float((own.loc["none"]["gap_p"].to_numpy() < 1 - LEVEL).mean())
        name, held_share = f"{job.world}, mean of {len(MIXED)} tasks", float(held.mean())
        lines.append(Cell(name, _texts(job), "9-1000", metric, NAN, NAN, held_share, rejected, NAN))
    return lines


def _texts(job: Job) -> str:
    return "all" if job.per_label is None else str(job.per_label)


def _runs(job: Job) -> int:
    return job.runs if job.per_label else 1


def _truths(found: Population) -> Truths:
    """The scores of all of a bank's classifiers on all test texts, one by one to save memory."""
    values: Truths = {metric: [] for metric in METRICS}
    for banks in zip(found.real, found.synthetic, strict=True):
        sides = [
            [_scores(found, bank[place : place + 1]) for place in range(len(bank))]
            for bank in banks
        ]
        for metric in METRICS:
            real, synthetic = (float(np.mean([s[metric] for s in side])) for side in sides)
            values[metric].append((real, synthetic))
    return values


def _scores(found: Population, bank: population.Bank) -> dict[str, float]:
    values = metrics.values(found.truth, population.as_predicted(bank))
    return {name: float(value.runs.mean()) for name, value in values.items()}


Sides = tuple[dict[str, Values], ...]  # real, synthetic, another real one with the same scores


def _drawn(found: Population, pool: int, size: int, runs: int, rng: np.random.Generator) -> Sides:
    texts = rng.integers(len(found.truth), size=size)
    real, synthetic = found.real[pool], found.synthetic[pool]
    pairs = ((real, texts), (synthetic, texts), (real, found.mirror[texts]))
    return tuple(
        metrics.values(found.truth[texts], population.predicted(bank, places, runs, rng))
        for bank, places in pairs
    )


def _study(
    found: Population,
    truths: Truths,
    size: int,
    runs: int,
    rng: np.random.Generator,
) -> Study:
    """By metric, 1 or 0: score held, gap held, rejected without a difference, by texts only."""
    pool = int(rng.integers(len(found.real)))
    real, synthetic, same = _drawn(found, pool, size, runs, rng)
    study: Study = {}
    for name, metric in METRICS.items():
        score = estimates.score(real[name], metric.scale, LEVEL)
        gap = estimates.gap(synthetic[name], real[name], metric.scale, LEVEL)
        none = estimates.gap(same[name], real[name], metric.scale, LEVEL)
        true = truths[name][pool]
        study[name] = (
            float(score.low <= true[0] <= score.high),
            float(gap.low <= true[1] - true[0] <= gap.high),
            float(none.p < 1 - LEVEL),
            float(_texts_only(same[name], real[name])),
        )
    return study


def _texts_only(values: Values, base: Values) -> bool:
    """Whether a test that holds the test texts alone finds a difference."""
    paired = (values.texts - base.texts).mean(axis=0)
    part = noise.text_part(paired)
    return estimates.tested(float(paired.mean()), part, LEVEL).p < 1 - LEVEL


def _row(sides: Sides, metric: str, other: int) -> dict[str, object]:
    scale = METRICS[metric].scale
    gap = estimates.gap(sides[other][metric], sides[0][metric], scale, LEVEL)
    names = ("gap", "gap_se", "gap_df", "gap_low", "gap_high", "p")
    score = estimates.score(sides[0][metric], scale, LEVEL)._asdict()
    return {"metric": metric, **score, **dict(zip(names, gap, strict=True))}


def _line(cell: Cell) -> str:
    rates = (f"{100 * rate:7.1f}" if rate == rate else f"{'':7}" for rate in cell[5:])
    true = f"{cell.true:7.3f}" if cell.true == cell.true else f"{'':7}"
    head = f"{cell.world:38}{cell.per_label:>4}{cell.tests:>8} {cell.metric:9}"
    return head + true + "".join(rates)


def _jobs(runs: int, studies: int) -> Iterator[Job]:
    for world in WORLDS:
        for per_label in CAPS:
            yield Job(world, per_label, runs, studies)


def _speed(labels: int) -> str:
    """Time of both sources' metrics, scores and gaps on a large test set."""
    rng, texts, runs = np.random.default_rng(0), 25_000, 10
    truth = rng.integers(labels, size=texts)
    odds = rng.gamma(1.0, size=(2, runs, texts, labels)).astype(np.float32)
    odds[:, :, np.arange(texts), truth] += 1
    sides = [population.as_predicted(side / side.sum(axis=-1, keepdims=True)) for side in odds]
    start = time.perf_counter()
    one, two = (metrics.values(truth, side) for side in sides)
    for name, metric in METRICS.items():
        estimates.score(one[name], metric.scale, LEVEL)
        estimates.gap(two[name], one[name], metric.scale, LEVEL)
    took = time.perf_counter() - start
    return f"{texts:,} test texts, {runs} runs, {labels} labels, two sources: {took:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2_000, help="per line")
    parser.add_argument("--runs", type=int, default=10, help="training draws")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    start = time.perf_counter()
    error = 100 * (LEVEL * (1 - LEVEL) / given.studies) ** 0.5
    print(
        f"{given.studies:,} studies per line (a quarter for means), {given.runs} training draws "
        f"(all: one run); per cent, standard error {error:.1f} where 95 or 5 is true\n"
    )
    heads = f"{'true':>7}{'score':>7}{'gap':>7}{'reject':>7}{'texts only':>11}"
    print(f"{'population':38}{'n':>4}{'tests':>8} {'metric':9}{heads}")
    jobs = list(_jobs(given.runs, given.studies))
    with ProcessPoolExecutor(given.processes) as workers:
        for lines in workers.map(cells, jobs):
            print("\n".join(map(_line, lines)), flush=True)
    print(f"\n{_speed(2)}\n{_speed(28)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of these: {peak:.0f} MiB; all in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
