"""Coverage and width of prediction-powered intervals beside the classic ones, on few test texts.

Run `python -m tests.benchmarks.bench_powered` from the repository's root: some ten minutes on two
cores. Each line repeats a study many times: ten training runs, n test texts with labels by people
and an LLM, and spare texts with the LLM's alone (tests/stats/scoring/powered_study.py). Of classic
and powered (PPI++) intervals: share of the studies whose 95 % interval holds the true value, mean
width and root mean squared error in points; the median effective number of labels.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from tests.stats.scoring import powered_study as study
from tests.stats.scoring.population import WORLDS

TESTS = (30, 50, 100, 200)
ACCURACIES = (0.6, 0.8, 0.9, 0.95, 0.98)  # of the LLM's labels


def lines(spare: int, runs: int, count: int, world: str) -> list[str]:
    """The lines of a world."""
    known, found = study.world(world), []
    for accuracy in ACCURACIES:
        said = study.llm(known, accuracy)
        for tests in TESTS:
            drawn = list(study.studies(known, said, tests, spare, runs, count))
            found += rows(world, accuracy, tests, drawn)
    return found


def head(studies: int, spare: int) -> str:
    """What stands above the lines."""
    error = 100 * (study.LEVEL * (1 - study.LEVEL) / studies) ** 0.5
    kind = f"{'holds':>9}{'width':>7}{'rmse':>6}{'n_eff':>6}"
    names = f"{'population':30}{'LLM':>4}{'n':>5} {'metric':15}"
    return (
        f"{spare} spare texts; classic, then powered; per cent and points, standard error of holds "
        f"{error:.1f}\n\n{names}{kind}{kind}{'studies':>8}"
    )


def rows(
    world: str, accuracy: float, tests: int, drawn: list[dict[tuple[str, str, str], study.Found]]
) -> list[str]:
    """A line for each metric's score and gap."""
    found = []
    for metric in study.METRICS:
        for what in ("score", "gap"):
            numbers = [
                _numbers([each[metric, what, kind] for each in drawn])
                for kind in ("classic", "powered")
            ]
            stub = f"{world:30}{100 * accuracy:4.0f}{tests:5} {metric:9}{what:6}"
            found.append(stub + "".join(numbers) + f"{len(drawn):8}")
    return found


def _numbers(found: list[study.Found]) -> str:
    table = np.array(found, dtype=float)
    held, width, error = table[:, 0].mean(), table[:, 1].mean(), np.sqrt((table[:, 2] ** 2).mean())
    labels = np.median(table[:, 3])
    return f"{100 * held:9.1f}{100 * width:7.1f}{100 * error:6.2f}{labels:6.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1_000, help="per line")
    parser.add_argument("--runs", type=int, default=10, help="training runs")
    parser.add_argument("--spare", type=int, default=500, help="spare texts")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    start = time.perf_counter()
    print(head(given.studies, given.spare))
    make = partial(lines, given.spare, given.runs, given.studies)
    with ProcessPoolExecutor(given.processes) as workers:
        for found in workers.map(make, WORLDS):
            print("\n".join(found), flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
