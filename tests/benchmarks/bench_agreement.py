"""Krippendorff's alpha with its interval: sufficient statistics against the packages.

Run `python -m tests.benchmarks.bench_agreement` from the repository's root: 10,000 items, five
annotators, four labels, 1,000 resamples.
"""

import time
from collections.abc import Callable
from typing import Any

import evalica
import numpy as np
import pandas as pd

from stages.stats.people import agreement
from stages.stats.resampling import Bootstrap

ITEMS, ANNOTATORS, LABELS = 10_000, 5, 4
BOOTSTRAP = Bootstrap(1_000, 0.95, 0)


def answers(seed: int) -> np.ndarray:
    """Annotators (rows) who say each item's true label in 70 of 100 cases, and any label else."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(LABELS, size=ITEMS)
    drawn = rng.integers(LABELS, size=(ANNOTATORS, ITEMS))
    return np.where(rng.random(drawn.shape) < 0.7, truth, drawn)


def timed(name: str, call: Callable[[], Any]) -> Any:
    """The call's result; prints its time."""
    start = time.perf_counter()
    found = call()
    print(f"{name}: {time.perf_counter() - start:.3f} s")
    return found


def main() -> None:
    """Print times and the greatest difference from the krippendorff package."""
    table = answers(0)
    counts = (table.T[:, :, None] == np.arange(LABELS)).sum(axis=1)
    share = counts.max(axis=1) / ANNOTATORS
    people = np.full(ITEMS, ANNOTATORS)
    ratings = agreement.Ratings(pd.RangeIndex(ITEMS), people, share, counts)
    ours = timed(
        "ours, alpha, mean a and entropy with intervals",
        lambda: agreement.summary(ratings, BOOTSTRAP),
    )
    print(f"  alpha {ours['alpha']}")
    found = agreement.patterns(ratings)
    weights = agreement.resample(found, BOOTSTRAP)
    package = timed(
        "krippendorff on each resample (100 of them, times ten)",
        lambda: [agreement.alpha(np.repeat(found.counts, w, axis=0)) for w in weights[:100]],
    )
    gap = np.abs(agreement.alphas(found.counts, weights[:100]) - np.array(package, dtype=float))
    print(f"  greatest difference {gap.max():.1e}")
    theirs = timed(
        "evalica.alpha_bootstrap (KALPHA: resamples deviations, not items)",
        lambda: evalica.alpha_bootstrap(
            pd.DataFrame(table), n_resamples=BOOTSTRAP.resamples, random_state=0
        ),
    )
    print(f"  {theirs.low:.4f} to {theirs.high:.4f}")


if __name__ == "__main__":
    main()
