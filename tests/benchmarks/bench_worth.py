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
from pathlib import Path

import numpy as np

from stages.classifiers.regressions import one_blas_thread
from stages.stats.worth.curves import METRICS
from tests.benchmarks import embeddings
from tests.stats.worth import populations
from tests.stats.worth.populations import Design, Known, Normal, Population, Study, covered

SIMULATED: dict[str, tuple[Population, Sequence[float]]] = {  # and how far off the sources are
    "two even labels": (Normal((0.5, 0.5), 0.4), (0.2, 0.5, 0.8)),
    "two uneven labels": (Normal((0.8, 0.2), 0.4, 48), (0.2, 0.5, 0.8)),
    "four uneven labels": (Normal((0.4, 0.3, 0.2, 0.1), 0.6, 48), (0.2, 0.5, 0.8)),
    "nearly always right": (Normal((0.5, 0.5), 0.6), (0.2, 0.5)),
}
NOISE = (0.2, 0.5, 0.7)  # shares of random labels of a source made of real texts
ENOUGH = 5_000  # texts, of which a study's are a small part
DESIGN = Design(add_to=(50,))
BEYOND = 4  # times a study's labels: how far the true curve is known


def populations_asked(folder: Path | None) -> Iterator[tuple[str, Population, Sequence[float]]]:
    """Name, population, and how far off its sources are."""
    for name, (population, off) in SIMULATED.items():
        yield name, population, off
    for name, real in embeddings.tasks(folder) if folder else ():
        if len(real.train.codes) >= ENOUGH:
            yield name, real, NOISE


def line(found: list[Study], known: Known) -> str:
    """How often the intervals of these studies hold the truth, and how wide they are."""
    most, held, saved, inside, widths = DESIGN.labels, [], [], [], []
    for study in found:
        mean, reliable = known.worth(study.score)
        worth = study.found
        held.append(
            (covered(mean, worth.mean, 10, most), covered(reliable, worth.reliable, 10, most))
        )
        for size, score, each in zip(DESIGN.add_to, study.mixed, study.saved, strict=True):
            truth = known.worth(score)[0] - size
            saved.append(covered(truth, each.labels, 10 - size, most - size))
        if 10 <= mean <= most:
            inside.append(mean)
        if worth.mean.low > 0 and worth.mean.high < np.inf:
            widths.append(worth.mean.high / worth.mean.low)
    middle = f"{np.median(inside):6.0f}" if inside else "     -"
    width = f"{np.median(widths):8.1f}" if widths else "       -"
    shares = [*np.mean(held, axis=0), np.mean(saved)]
    falling = np.mean([study.found.p_monotone < 0.05 for study in found])
    columns = "".join(f"{share:9.1%}" for share in shares)
    return f"{middle}{len(inside) / len(found):8.0%}{columns}{width}{falling:9.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="of <task>.npz; simulated only if left out")
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--only", help="the population of this name")
    asked = parser.parse_args()
    print(f"{asked.studies} studies each: {DESIGN}")
    print("share of intervals that hold the truth; the median of true worth and of high / low")
    print(
        f"{'population':22}{'metric':10}{'off':>4}{'worth':>6}{'inside':>8}{'mean':>9}"
        f"{'9 of 10':>9}{'saved':>9}{'width':>8}{'falling':>9}"
    )
    start = time.perf_counter()
    for name, population, offs in populations_asked(asked.folder):
        if asked.only not in (None, name):
            continue
        with one_blas_thread():
            known = populations.known(population, BEYOND * DESIGN.labels)
        for off in offs:
            with one_blas_thread():
                made = [
                    populations.study(population, off, DESIGN, seed)
                    for seed in range(asked.studies)
                ]
            for metric in METRICS:
                told = line([study[metric] for study in made], known[metric])
                print(f"{name:22}{metric:10}{off:4.1f}{told}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
