"""Learning curves of many probes: fits side by side, and scikit-learn one by one.

Run `python -m tests.benchmarks.bench_curves` from the repository's root; some minutes. Embeddings
are simulated with the shapes of sixteen real sets. Each task has what the stages `curves` and
`worth` do for real texts, two sets of written ones and 1,000 texts labelled by an LLM. scikit-learn
fits one draw of each size of the real curve, on one BLAS thread; its time is scaled to all draws.
"""

import resource
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stages import curves
from stages.classifiers import configs, draws, regressions
from stages.classifiers import curves as fits
from stages.classifiers.linear import SOLVER
from stages.curves import Curves, Task
from stages.stats.worth import measured
from stages.stats.worth.curves import Chance
from stages.stats.worth.measured import Line, Source, Study

RESAMPLES, LEVEL = 1_000, 0.95
SETTINGS = Curves(sizes=11, draws=20, smallest=10, model="probe", seed=0)
DIMENSIONS = 384
# scikit-learn's usual solver at its usual tolerance, where probabilities are off by up to 0.01, and
# the probe's, which is exact.
PEERS: tuple[dict[str, Any], ...] = ({"max_iter": 10_000}, SOLVER)
SHAPES = {  # labels, real texts, written texts of one source, test texts
    "ag_news": (4, 7_792, 200, 7_600),
    "relation": (4, 1_572, 200, 448),
    "imdb": (2, 22_998, 120, 25_000),
    "sms_spam": (2, 3_908, 200, 1_116),
    "reddit_emotion": (5, 6_778, 225, 839),
    "tweet_irony": (2, 2_862, 200, 784),
    "tweet_emotion": (4, 3_257, 200, 1_421),
    "sarcasm_news": (2, 18_676, 200, 5_368),
    "financial_phrasebank": (3, 3_393, 210, 969),
    "humor": (2, 27_998, 200, 8_002),
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


def simulated(labels: int, real: int, written: int, tests: int) -> tuple[Task, NDArray[np.int64]]:
    """Unit vectors off the origin whose variances fall as those of embeddings do; test labels."""
    rng = np.random.default_rng(0)
    counts = {"real": real, "zero_shot": written, "few_shot": written, "labelled": min(1_000, real)}
    total = sum(counts.values()) + 1 + tests
    features = rng.normal(size=(total, DIMENSIONS)) * np.exp(-np.arange(DIMENSIONS) / 160) + 0.3
    scores = features @ rng.normal(size=(DIMENSIONS, labels)) / 4
    codes = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    half = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float16)
    rows = dict(
        zip(counts, np.split(np.arange(total), np.cumsum([*counts.values()]))[:-1], strict=True)
    )
    twins = {name: np.full(count, -1) for name, count in counts.items()}
    twins["labelled"] = np.arange(counts["labelled"])
    names = tuple(map(str, range(labels)))
    own = np.append(codes[: -tests - 1], fits.NOBODY)
    return Task(names, half[:-tests], own, rows, twins, half[-tests:]), codes[-tests:]


def predicted(task: Task, only_real: bool = False) -> Mapping[str, Line]:
    """What the stage `curves` finds, its few probabilities apart."""
    lines = dict(curves.lines(SETTINGS, task, ("zero_shot", "few_shot"), "simulated"))
    lines = {"real": lines["real"]} if only_real else lines
    learner = curves.learner(configs.ProbeConfig(kind="probe"), task)
    made = fits.predictions(learner, lines, SETTINGS.draws, True, lambda *_: None)
    return {name: Line(np.array(lines[name].sizes), codes) for name, codes in made.items()}


def judged(task: Task, found: Mapping[str, Line], truth: NDArray[np.int64]) -> None:
    """What the stage `worth` does, class shares apart, in one process."""
    rng = np.random.default_rng(0)
    chance = Chance.drawn(len(truth), SETTINGS.draws, RESAMPLES, rng)
    study = Study(truth, len(task.labels), chance, len(task.rows["real"]), LEVEL, False)
    with regressions.one_blas_thread():
        real = measured.real(study, found["real"])
        measured.of_real(study, real)
        for name in ("zero_shot", "few_shot", "labelled"):
            source = Source(found[name], found[f"{name}/added"], {}, name == "labelled")
            measured.of_source(study, real, source, rng)


def one_by_one(task: Task, settings: dict[str, Any]) -> float:
    """Seconds that scikit-learn would take for the real curve; a draw of each size, scaled."""
    real = task.rows["real"]
    order, seconds = draws.natural(len(real), 1, 0, "real")[0], 0.0
    sizes = draws.sizes(len(real), SETTINGS.smallest, SETTINGS.sizes)
    features, tests = task.features[real].astype(np.float64), task.tests.astype(np.float64)
    with regressions.one_blas_thread():
        for size in sizes:
            rows = order[:size]
            start = time.perf_counter()
            if len(set(task.codes[rows])) > 1:
                model = LogisticRegression(C=1, **settings)
                model.fit(features[rows], task.codes[rows]).predict(tests)
            once = time.perf_counter() - start
            seconds += once * (1 if size == sizes[-1] else SETTINGS.draws)
    return seconds


def main() -> None:
    print(f"{SETTINGS}, {RESAMPLES:,} resamples; seconds")
    print(f"{'':31}all that a run asks for |            the real curve alone")
    print(
        f"{'':22}{'labels':>7}{'real':>8}{'test':>7}{'fits':>8}{'intervals':>10} | "
        f"{'ours':>8}{'L-BFGS':>9}{'Newton':>8}"
    )
    for title, shapes in (("default", SAMPLE), ("sixteen sets", SHAPES)):
        total = np.zeros(2)
        for name, shape in shapes.items():
            task, truth = simulated(*shape)
            times = [time.perf_counter()]
            found = predicted(task)
            times.append(time.perf_counter())
            judged(task, found, truth)
            times.append(time.perf_counter())
            predicted(task, only_real=True)
            times.append(time.perf_counter())
            spent = np.diff(times)
            total += spent[:2]
            alone = spent[2], *(one_by_one(task, each) for each in PEERS)
            print(
                f"{name:22}{shape[0]:7}{shape[1]:8,}{shape[3]:7,}{spent[0]:8.1f}{spent[1]:10.1f} | "
                f"{alone[0]:8.1f}{alone[1]:9.1f}{alone[2]:8.1f}",
                flush=True,
            )
        print(f"{title}: {total[0]:.0f} s of fits, {total[1]:.0f} s of intervals")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MiB, scikit-learn included")


if __name__ == "__main__":
    main()
