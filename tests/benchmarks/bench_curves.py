"""Learning curves of many probes: fits side by side, and scikit-learn one by one.

Run `python -m tests.benchmarks.bench_curves` from the repository's root; some minutes. The
embeddings are simulated with the shapes of sixteen real sets, or read with `--folder` from
`<task>.npz` (arrays real, real_y, few_shot, few_shot_y, test, test_y: embeddings and label codes).
Each task has what a run asks for: curves of real texts, of two sets of written ones and of LLM
labels, the written texts added to each size of real ones, and the bootstrap of it all. scikit-learn
fits one draw of each size of the real curve, on one BLAS thread too; its time is scaled to all
draws.
"""

import argparse
import resource
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stages.classifiers import curves as fits
from stages.classifiers import regressions
from stages.classifiers.linear import SOLVER
from stages.classifiers.regressions import Space
from stages.stats.worth import curves, draws, worth
from stages.stats.worth.curves import Chance

DRAWS, RESAMPLES, LEVEL = 20, 1_000, 0.95
DIMENSIONS = 384
# scikit-learn's usual solver at its usual tolerance, where probabilities are off by up to 0.01, and
# the probe's, which is exact.
PEERS: tuple[dict[str, Any], ...] = ({"max_iter": 10_000}, SOLVER)
SHAPES = {  # labels, real texts, written texts of one source, test texts
    "ag_news": (4, 7_792, 200, 7_600),
    "relation": (4, 1_572, 200, 448),
    "imdb": (2, 20_000, 120, 8_000),
    "sms_spam": (2, 3_908, 200, 1_116),
    "reddit_emotion": (5, 6_778, 225, 839),
    "tweet_irony": (2, 2_862, 200, 784),
    "tweet_emotion": (4, 3_257, 200, 1_421),
    "sarcasm_news": (2, 18_676, 200, 5_368),
    "financial_phrasebank": (3, 3_393, 210, 969),
    "humor": (2, 20_000, 200, 8_000),
    "trec": (6, 4_950, 240, 500),
    "subj": (2, 7_000, 200, 2_000),
    "sst2": (2, 6_920, 200, 1_821),
    "dbpedia14": (14, 9_800, 280, 2_800),
    "politeness_stanford": (2, 3_841, 200, 1_093),
    "sarcasm_csc": (2, 704, 160, 704),
}
SAMPLE = {
    f"sample {number}": (labels, 60, 60, 60)
    for number, labels in enumerate([4, 4, 2, 2, 5, 2, 4, 2, 3, 2])
}


class Task(NamedTuple):
    """Embeddings with label codes."""

    labels: int
    real: NDArray[np.float16]
    real_codes: NDArray[np.int64]
    written: NDArray[np.float16]
    written_codes: NDArray[np.int64]
    test: NDArray[np.float16]
    test_codes: NDArray[np.int64]


def simulated(labels: int, real: int, written: int, tests: int) -> Task:
    """Unit vectors off the origin whose variances fall as those of sentence embeddings do."""
    rng = np.random.default_rng(0)
    total = real + written + tests
    features = rng.normal(size=(total, DIMENSIONS)) * np.exp(-np.arange(DIMENSIONS) / 160) + 0.3
    scores = features @ rng.normal(size=(DIMENSIONS, labels)) / 4
    codes = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    half = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float16)
    first, second, third = np.split(np.arange(total), [real, real + written])
    return Task(
        labels, half[first], codes[first], half[second], codes[second], half[third], codes[third]
    )


def measured(task: Task) -> tuple[float, float]:
    """Seconds for all fits and predictions of a task, and for its scores and intervals."""
    start = time.perf_counter()
    features = np.concatenate([task.real, task.written])
    codes = np.concatenate([task.real_codes, task.written_codes])
    space, mass = Space(features), regressions.one_hot(codes, task.labels)
    real, written = len(task.real), len(task.written)
    added = real + np.arange(written)
    natural, balanced = draws.natural(real, DRAWS, 0), draws.balanced(task.written_codes, DRAWS, 0)
    labelled = min(1_000, real)

    def predicted(
        orders: NDArray[np.intp], also: NDArray[np.intp] | None = None
    ) -> tuple[list[int], fits.Predictions]:
        sizes = draws.sizes(orders.shape[1])
        return sizes, fits.of_probe(space, mass, orders, sizes, task.test, also=also)

    found = {"real": predicted(natural), "labelled": predicted(natural[:, :labelled])}
    for source in ("zero_shot", "few_shot"):
        found[source] = predicted(added[balanced])
        found[f"real and {source}"] = predicted(natural, added)
    middle = time.perf_counter()
    chance = Chance.drawn(len(task.test), DRAWS, RESAMPLES, np.random.default_rng(0))
    with regressions.one_blas_thread():
        scored = {
            name: curves.scored(*pair, task.test_codes, task.labels, chance)
            for name, pair in found.items()
        }
    for metric in curves.METRICS:
        curve = scored["real"][metric]
        for source in ("zero_shot", "few_shot"):
            whole = scored[source][metric].scores[-1, 0]
            worth.worth(curve, whole, chance, real, LEVEL)
            worth.saved(curve, scored[f"real and {source}"][metric], chance, real, LEVEL)
    return middle - start, time.perf_counter() - middle


def one_by_one(task: Task, settings: dict[str, Any]) -> float:
    """Seconds that scikit-learn would take for the real curve; a draw of each size, scaled."""
    order, seconds = draws.natural(len(task.real), 1, 0)[0], 0.0
    sizes = draws.sizes(len(task.real))
    features, tests = task.real.astype(np.float64), task.test.astype(np.float64)
    with regressions.one_blas_thread():
        for size in sizes:
            rows = order[:size]
            start = time.perf_counter()
            if len(set(task.real_codes[rows])) > 1:
                model = LogisticRegression(C=1, **settings)
                model.fit(features[rows], task.real_codes[rows]).predict(tests)
            seconds += (time.perf_counter() - start) * (1 if size == sizes[-1] else DRAWS)
    return seconds


def side_by_side(task: Task) -> float:
    """Seconds for the real curve alone."""
    start = time.perf_counter()
    space, mass = Space(task.real), regressions.one_hot(task.real_codes, task.labels)
    sizes = draws.sizes(len(task.real))
    fits.of_probe(space, mass, draws.natural(len(task.real), DRAWS, 0), sizes, task.test)
    return time.perf_counter() - start


def read(path: Path) -> Task:
    """A task's embeddings, of which at most 20,000 real and 8,000 test texts are taken."""
    file = np.load(path)
    real, written, test = (
        (file[name][:most], file[f"{name}_y"][:most].astype(np.int64))
        for name, most in (("real", 20_000), ("few_shot", 1_000), ("test", 8_000))
    )
    labels = 1 + int(max(codes.max() for _, codes in (real, written, test)))
    return Task(labels, *real, *written, *test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="of <task>.npz; simulated if left out")
    asked = parser.parse_args()
    print(f"{DRAWS} draws, {RESAMPLES:,} resamples; seconds")
    print(f"{'':31}all that a run asks for |            the real curve alone")
    print(
        f"{'':22}{'labels':>7}{'real':>8}{'test':>7}{'fits':>8}{'intervals':>10} | "
        f"{'ours':>8}{'L-BFGS':>9}{'Newton':>8}"
    )
    for title, shapes in (("default", SAMPLE), ("sixteen sets", SHAPES)):
        total, cpu = np.zeros(2), 0.0
        for name, shape in shapes.items():
            path = asked.folder / f"{name}.npz" if asked.folder else Path("none")
            task = read(path) if path.exists() else simulated(*shape)
            before = time.process_time()
            spent = np.array(measured(task))
            total, cpu = total + spent, cpu + time.process_time() - before
            alone = side_by_side(task), *(one_by_one(task, each) for each in PEERS)
            print(
                f"{name:22}{task.labels:7}{len(task.real):8,}{len(task.test):7,}{spent[0]:8.1f}"
                f"{spent[1]:10.1f} | {alone[0]:8.1f}{alone[1]:9.1f}{alone[2]:8.1f}"
                f"{'' if path.exists() else '  simulated'}",
                flush=True,
            )
        print(
            f"{title}: {total[0]:.0f} s of fits, {total[1]:.0f} s of intervals; {cpu:.0f} s of CPU"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MiB, scikit-learn included")


if __name__ == "__main__":
    main()
