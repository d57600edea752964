"""Verdicts on studies whose truth is known; tests/benchmarks/bench_verdict.py has more of them."""

import numpy as np
import pytest

from stages.classifiers.regressions import one_blas_thread
from stages.stats.verdict.rules import Asked
from tests.stats.verdict import simulated
from tests.stats.verdict.simulated import Case, Outcome
from tests.stats.worth.populations import Normal

ASKED = Asked(margin=0.03, confidence=0.9, target=None)
SMALL = {"tests": 300, "labels": 200, "written": 100, "draws": 6, "resamples": 240}
STUDIES = 10


def studies(off: float, wrong: float) -> list[Outcome]:
    """Studies of two kinds of texts, of which written ones are off, and LLM's labels wrong."""
    case = Case(Normal((0.5, 0.5), 0.4), off, wrong, **SMALL)
    with one_blas_thread():
        return [simulated.study(case, ASKED, seed, most=600) for seed in range(STUDIES)]


@pytest.mark.parametrize(
    ("off", "wrong", "best"),
    [(0.8, 0.02, {"label"}), (0.9, 0.6, {"people", "mix"})],
    ids=["labels by the LLM are as good", "nothing is as good as labels by people"],
)
def test_what_is_named_is_truly_within_the_margin(off: float, wrong: float, best: set[str]) -> None:
    """Of ten studies, wrong with probability 0.1 each, more than 3 are with probability 0.01."""
    found = studies(off, wrong)
    decided = [each for each in found if each.answer != "undecided"]
    assert sum(each.loss > ASKED.margin for each in decided) <= 3
    named = [each.answer in best for each in decided]
    assert len(decided) >= STUDIES // 2 and np.mean(named) > 0.7
