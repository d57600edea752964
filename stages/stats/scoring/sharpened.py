"""A task's scores and gaps sharpened by an LLM's labels of spare texts, or why they are not.

The LLM's labels may be wrong, but they have to be wrong alike on test and spare texts: these must
be texts of one kind, of which nothing is trained on. `powered` does the arithmetic.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from stages.core.arrays import Ints
from stages.core.params import Section
from stages.core.records import REAL
from stages.stats.scoring import alike, metrics, powered
from stages.stats.scoring.evaluated import Powered, Sharper
from stages.stats.scoring.powered import FORMS, Guessed, Labelled
from stages.stats.scoring.predicted import Predicted


class Conditions(Section):
    """What must hold before the LLM's labels sharpen anything."""

    labels: int = Field(ge=3)  # test texts labelled by people, at least
    texts: PositiveInt  # spare texts, at least
    alike: float = Field(ge=0, lt=1)  # p below which spare and test texts are not of one kind
    copied: float = Field(ge=0, le=1)  # share of spare texts that may be training texts, too


class Sets(NamedTuple):
    """What is known of the test and the spare texts; codes as in `powered.Labelled`."""

    labelled: Labelled
    asked: int  # test texts that the LLM was asked about
    copied: int  # spare texts left out, being training texts
    tests: NDArray[np.floating]  # embeddings (n, dimensions)
    spare: NDArray[np.floating]  # (N, dimensions)


class Guesses(NamedTuple):
    """What one model, trained on one source, predicts of both."""

    tests: Predicted
    spare: Ints  # (S, N)


def sharpened(
    sets: Sets,
    guesses: Mapping[str, Mapping[str, Guesses]],
    labels: Sequence[str],
    conditions: Conditions,
    level: float,
    rng: np.random.Generator,
) -> Powered:
    """Every model's and source's accuracy and macro-F1, and their gaps to real ones."""
    count, more = len(sets.labelled.truth), len(sets.labelled.spare)
    record = Powered(n=count, spare=more, copied=sets.copied)
    if reasons := list(missing(sets, labels, conditions)):
        return record.model_copy(update={"off": "; ".join(reasons)})
    p_values = {
        "embeddings": alike.embeddings(_unit(sets.tests), _unit(sets.spare), rng),
        "labels": alike.labels(sets.labelled.said, sets.labelled.spare, rng),
    }
    p = alike.corrected(*p_values.values())
    if p < conditions.alike:
        reason = f"spare texts are not of the test texts' kind (p = {p:.2g} of two tests)"
        return record.model_copy(update={"alike": p_values, "off": reason})
    absent = [name for code, name in enumerate(labels) if code not in sets.labelled.truth]
    forms = [metric for metric in FORMS if metric != "macro_f1" or not absent]
    without = {"macro_f1": f"no test text is labelled {absent[0]}"} if absent else {}
    scores: dict[str, dict[str, dict[str, Sharper]]] = {}
    gaps: dict[str, dict[str, dict[str, Sharper]]] = {}
    for model, sources in guesses.items():
        for source, own in sources.items():
            scores.setdefault(model, {})[source] = {
                metric: _score(sets.labelled, own, len(labels), metric, level) for metric in forms
            }
            if source != REAL and REAL in sources:
                gaps.setdefault(model, {})[source] = {
                    metric: _gap(sets.labelled, own, sources[REAL], len(labels), metric, level)
                    for metric in forms
                }
    found = {"alike": p_values, "without": without, "scores": scores, "gaps": gaps}
    return record.model_copy(update=found)


def missing(sets: Sets, labels: Sequence[str], conditions: Conditions) -> Iterator[str]:
    """Which conditions do not hold, in words."""
    truth, said, spare = sets.labelled
    if len(truth) < conditions.labels:
        yield f"{len(truth)} test texts labelled by people, at least {conditions.labels} needed"
    if len(spare) < conditions.texts:
        yield f"{len(spare)} spare texts, at least {conditions.texts} needed"
    if sets.asked < len(truth):
        yield (
            f"the LLM was asked about {sets.asked:,} of {len(truth):,} test texts, all are needed: "
            "see label.test"
        )
        return
    total = len(spare) + sets.copied
    if sets.copied > conditions.copied * total:
        yield f"{sets.copied} of {total} spare texts are training texts, too"
    given = np.unique(np.concatenate([said, spare]))
    never = [labels[code] for code in np.unique(truth) if code not in given]
    if len(given) < 2:
        yield "the LLM labels all texts alike"
    elif never:
        yield f"the LLM never says {never[0]}"


def _score(labelled: Labelled, own: Guesses, count: int, metric: str, level: float) -> Sharper:
    found = powered.tuned(labelled, [_guessed(own)], count, FORMS[metric])
    values = metrics.METRICS[metric].values(labelled.truth, own.tests)
    value, low, high = powered.score(values, found, level)
    n_eff = powered.effective(len(labelled.truth), found)
    return Sharper(value=value, low=low, high=high, weight=found.weight, n_eff=n_eff)


def _gap(
    labelled: Labelled, own: Guesses, base: Guesses, count: int, metric: str, level: float
) -> Sharper:
    found = powered.tuned(labelled, [_guessed(own), _guessed(base)], count, FORMS[metric])
    one, two = (metrics.METRICS[metric].values(labelled.truth, side.tests) for side in (own, base))
    gap = powered.gap(one, two, found, level)
    n_eff = powered.effective(len(labelled.truth), found)
    return Sharper(
        value=gap.difference, low=gap.low, high=gap.high, p=gap.p, weight=found.weight, n_eff=n_eff
    )


def _guessed(own: Guesses) -> Guessed:
    return Guessed(own.tests.labels, own.spare)


def _unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    wide = rows.astype(np.float64)
    unit: NDArray[np.floating] = wide / np.linalg.norm(wide, axis=1, keepdims=True).clip(min=1e-12)
    return unit
