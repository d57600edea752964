"""How often the intervals of worth and of saved labels hold the truth.

Run `python -m tests.benchmarks.bench_worth` from the repository's root; a second per ten studies.
Populations are simulated, their curves known by brute force. With `--folder` of `<task>.npz` (see
embeddings.py) real sets of at least 5,000 texts are populations, too: a study takes 500 of the real
and 300 of the test texts, the truth is what all of them say, and the source is real texts with many
random labels.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.classifiers.regressions import one_blas_thread
from stages.stats.worth.curves import METRICS
from tests.benchmarks import embeddings
from tests.stats.worth import populations
from tests.stats.worth.populations import Design, Known, Normal, Population, Study, covered


class Cell(NamedTuple):
    """A population and the sources that are measured in it."""

    population: Population
    off: Sequence[float]  # how far a source's centres are turned, or its share of random labels
    design: Design


WRITTEN = Design(add_to=(50,))
DRAWN = Design(written=150, drawn=True)
SIMULATED = {
    "two even labels": Cell(Normal((0.5, 0.5), 0.4), (0.2, 0.8), WRITTEN),
    "two uneven labels": Cell(Normal((0.8, 0.2), 0.4, 48), (0.5,), WRITTEN),
    "four uneven labels": Cell(Normal((0.4, 0.3, 0.2, 0.1), 0.6, 48), (0.2, 0.5), WRITTEN),
    "nearly always right": Cell(Normal((0.5, 0.5), 0.6), (0.2,), WRITTEN),
    "few test texts": Cell(Normal((0.5, 0.5), 0.4), (0.5,), replace(WRITTEN, tests=60)),
    "few real labels": Cell(
        Normal((0.5, 0.5), 0.4), (0.5,), replace(WRITTEN, labels=60, tests=60, add_to=(10,))
    ),
    "drawn, two even": Cell(Normal((0.5, 0.5), 0.4), (0.2,), DRAWN),
    "drawn, four uneven": Cell(Normal((0.4, 0.3, 0.2, 0.1), 0.6, 48), (0.3,), DRAWN),
}
NOISE = (0.2, 0.5, 0.7)  # shares of random labels of a source made of real texts
ENOUGH = 5_000  # texts, of which a study's are a small part
BEYOND = 4  # times a study's labels: how far the true curve is known


def cells(folder: Path | None) -> Iterator[tuple[str, Cell]]:
    """The simulated populations, then those of real texts."""
    yield from SIMULATED.items()
    for name, real in embeddings.tasks(folder) if folder else ():
        if len(real.train.codes) >= ENOUGH:
            yield name, Cell(real, NOISE, WRITTEN)


def line(found: list[Study], known: Known, design: Design, score: float | None) -> str:
    """How often the intervals of these studies hold the truth, and how wide they are.

    The truth is about each study's own source, or about sources of this mean `score`.
    """
    most, held, saved, inside, widths = design.labels, [], [], [], []
    for study in found:
        mean, reliable = known.worth(study.score if score is None else score)
        worth = study.found
        held.append(
            (covered(mean, worth.mean, 10, most), covered(reliable, worth.reliable, 10, most))
        )
        for size, both, each in zip(design.add_to, study.mixed, study.saved, strict=True):
            truth = known.worth(both)[0] - size
            saved.append(covered(truth, each.labels, 10 - size, most - size))
        if 10 <= mean <= most:
            inside.append(mean)
        if worth.mean.low > 0 and worth.mean.high < np.inf:
            widths.append(worth.mean.high / worth.mean.low)
    middle = f"{np.median(inside):6.0f}" if inside else "     -"
    width = f"{np.median(widths):8.1f}" if widths else "       -"
    shares = [*np.mean(held, axis=0), np.mean(saved) if saved else np.nan]
    falling = np.mean([study.p_monotone < 0.05 for study in found])
    columns = "".join("        -" if np.isnan(share) else f"{share:9.1%}" for share in shares)
    return f"{middle}{len(inside) / len(found):8.0%}{columns}{width}{falling:9.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="of <task>.npz; simulated only if left out")
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--only", help="the population of this name")
    asked = parser.parse_args()
    print(f"{asked.studies} studies each: {WRITTEN}; drawn: {DRAWN}")
    print("share of intervals that hold the truth; the median of true worth and of high / low")
    print(
        f"{'population':22}{'metric':10}{'off':>4}{'worth':>6}{'inside':>8}{'mean':>9}"
        f"{'9 of 10':>9}{'saved':>9}{'width':>8}{'falling':>9}"
    )
    start = time.perf_counter()
    for name, (population, offs, design) in cells(asked.folder):
        if asked.only not in (None, name):
            continue
        with one_blas_thread():
            known = populations.known(population, BEYOND * design.labels)
        for off in offs:
            with one_blas_thread():
                made = [
                    populations.study(population, off, design, seed)
                    for seed in range(asked.studies)
                ]
                mean = populations.expected(population, off, design) if design.drawn else {}
            for metric in METRICS:
                studies = [study[metric] for study in made]
                told = line(studies, known[metric], design, mean.get(metric))
                print(f"{name:22}{metric:10}{off:4.1f}{told}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
