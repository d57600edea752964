"""Score intervals: multinomial draws beside resampling rows, the same scores and the same interval.

Run `python -m tests.benchmarks.bench_intervals` from the repository's root; a minute. The rows are
resampled as is common, with scikit-learn on each resample, and only as often as patience allows;
its time is scaled to the same number of draws.
"""

import resource
import time

import numpy as np
from sklearn.metrics import f1_score

from stages.stats.scoring import intervals
from stages.stats.scoring.scores import Floats, Ints

DRAWS = 10_000
NAIVE = 50  # resamples of rows
SHAPES = {  # items, labels, seeds of each of two sources, share of right answers
    "sample task": (60, 4, 3, 0.8),
    "ag_news": (7_600, 4, 3, 0.88),
    "ag_news, weak models": (7_600, 4, 3, 0.7),
    "imdb": (25_000, 2, 3, 0.85),
    "reddit_emotion, 28 labels": (4_590, 28, 3, 0.5),
}


def simulate(items: int, labels: int, seeds: int, right: float) -> tuple[Ints, Ints]:
    """A truth (n,) and two sources' predictions (2 x seeds, n), whose seeds mostly agree."""
    rng = np.random.default_rng(0)
    truth = rng.integers(labels, size=items)
    rows = []
    for _ in range(2):
        keep = rng.random(items) < right
        usual = np.where(keep, truth, rng.integers(labels, size=items))
        for _ in range(seeds):
            odd = rng.random(items) < 0.08
            rows.append(np.where(odd, rng.integers(labels, size=items), usual))
    return truth, np.array(rows)


def rows_resampled(truth: Ints, predicted: Ints, labels: int) -> Floats:
    """The gap in macro-F1 on `NAIVE` test sets whose rows are drawn."""
    rng, half, gaps = np.random.default_rng(1), len(predicted) // 2, []
    for _ in range(NAIVE):
        rows = rng.integers(len(truth), size=len(truth))
        scores = [
            f1_score(truth[rows], row[rows], labels=range(labels), average="macro", zero_division=0)
            for row in predicted
        ]
        gaps.append(np.mean(scores[:half]) - np.mean(scores[half:]))
    return np.array(gaps)


def main() -> None:
    print(f"paired gap in accuracy and macro-F1, {DRAWS:,} draws")
    print(f"{'':28}{'items':>7}{'patterns':>9}{'draws, s':>10}{'rows, s':>9}  95 % of macro-F1 gap")
    for name, (items, labels, seeds, right) in SHAPES.items():
        truth, predicted = simulate(items, labels, seeds, right)
        patterns = len(np.unique(np.vstack([truth, predicted]), axis=1).T)
        start = time.perf_counter()
        drawn = intervals.resampled(
            truth, predicted, labels, DRAWS, np.random.default_rng(0)
        ).macro_f1
        ours = time.perf_counter() - start
        gap = drawn[:, :seeds].mean(axis=1) - drawn[:, seeds:].mean(axis=1)
        start = time.perf_counter()
        naive = rows_resampled(truth, predicted, labels)
        theirs = (time.perf_counter() - start) * DRAWS / NAIVE
        ends = intervals.percentile(gap, 0.95)
        print(
            f"{name:28}{items:7,}{patterns:9,}{ours:10.2f}{theirs:9.0f}  "
            f"[{ends.low:+.4f}, {ends.high:+.4f}], se {gap.std():.4f}; rows: se {naive.std():.4f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all: {peak:.0f} MiB, scikit-learn included")


if __name__ == "__main__":
    main()
