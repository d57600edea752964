"""How often a verdict is right, how often it comes out again, and what its score is worth.

Run `python -m tests.benchmarks.bench_verdict` from the repository's root; a minute per hundred
studies. Populations are simulated (tests/stats/verdict/simulated.py), the truth about every option
is known by brute force. A verdict is right if the option it names is truly within the margin of the
truly best one; that is to be so in the share `confidence` of the studies that are decided.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from stages.classifiers.regressions import one_blas_thread
from stages.stats.verdict.rules import Asked
from tests.stats.verdict import simulated
from tests.stats.verdict.simulated import Case, Large, Outcome

TWO, FOUR = Large((0.5, 0.5), 0.4), Large((0.4, 0.3, 0.2, 0.1), 0.6, 48)
CASES = {
    "people are best": Case(TWO, off=0.8, wrong=0.5),
    "LLM labels will do": Case(TWO, off=0.8, wrong=0.05),
    "written texts will do": Case(TWO, off=0.1, wrong=0.5),
    "close": Case(TWO, off=0.5, wrong=0.2),
    "close, 100 test texts": Case(TWO, off=0.5, wrong=0.2, tests=100),
    "close, 1,500 test texts": Case(TWO, off=0.5, wrong=0.2, tests=1_500),
    "close, four labels": Case(FOUR, off=0.4, wrong=0.2),
}
HEADS = ("decided", "right", "sure", "held", "again", "naive", "corrected", "inside", "settled")


def line(found: Sequence[Outcome], margin: float) -> str:
    """What these studies of one case say; `-` where none is of that kind."""
    decided = [each for each in found if each.answer != "undecided"]
    named = [each for each in found if each.more is not None]
    counts = Counter(each.answer for each in found)
    again = [(counts[each.answer] - 1) / (len(found) - 1) for each in found]
    shares = [
        len(decided) / len(found),
        _mean([each.loss <= margin for each in decided]),
        _mean([each.sure for each in decided]),
        _mean([each.held for each in found]),
        _mean(again),
        _mean([each.naive for each in decided]),
        _mean([each.corrected for each in decided]),
        _mean([each.inside for each in decided]),
        _mean([each.settled for each in named]),
    ]
    cells = "".join(f"{'-':>10}" if np.isnan(share) else f"{share:10.1%}" for share in shares)
    answers = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    more = f"{np.median([each.more for each in named]):,.0f}" if named else "-"
    return f"{cells}  k {more}; {answers}"


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--margin", type=float, default=0.02)
    parser.add_argument("--confidence", type=float, default=0.9)
    parser.add_argument("--only", help="the case of this name")
    asked = parser.parse_args()
    rule = Asked(asked.margin, asked.confidence, None)
    print(f"{asked.studies} studies each, {rule}")
    print(f"{'case':25}" + "".join(f"{head:>10}" for head in HEADS))
    start = time.perf_counter()
    for name, case in CASES.items():
        if asked.only in (None, name):
            with one_blas_thread():
                found = [simulated.study(case, rule, seed) for seed in range(asked.studies)]
            print(f"{name:25}{line(found, asked.margin)}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
