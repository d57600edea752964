"""Are the weights of `combining` tuned on the tasks that they are shown on?

Run `python -m tests.benchmarks.bench_combine` in the folder of a run that has `combine` behind it;
some five minutes for ten sets. For each task the weights are chosen that do best on all others, and
the share of the way from zero-shot to all real texts is told with these, and with each setting.
"""

import argparse
import time
from typing import NamedTuple

import numpy as np

from stages import combine
from stages.classifiers import combining, ridge
from stages.classifiers.combining import Weights
from stages.combine import Combine
from stages.core import params
from stages.core.arrays import Floats
from stages.core.records import REAL
from stages.stats.scoring.combined import METRICS

USUAL = Weights()
SETTINGS = {
    "as they are": USUAL,
    "penalty 0.1": USUAL._replace(penalty=0.1),
    "penalty 1": USUAL._replace(penalty=1.0),
    "written texts half": USUAL._replace(few_shot=0.25, zero_shot=0.125),
    "written texts double": USUAL._replace(few_shot=1.0, zero_shot=0.5),
    "people's labels half": USUAL._replace(human=1.0),
    "people's labels double": USUAL._replace(human=4.0),
    "unlabelled texts a third": USUAL._replace(unlabelled=0.1),
    "no unlabelled texts": USUAL._replace(unlabelled=0.0),
    "harder labels": USUAL._replace(sharpness=10.0),
}


class Scores(NamedTuple):
    """A task's scores: accuracy and macro-F1 of the two ends and of each setting."""

    start: Floats  # (metrics,)
    end: Floats
    settings: Floats  # (settings, metrics)


def measured(settings: Combine, task: str) -> Scores | None:
    """The task's scores; None where it lacks what self-training needs."""
    sources = (REAL, combine.ZERO_SHOT, combine.FEW_SHOT)
    known = combine.read_task(task, sources)
    if "self_trained" in combine.missing(settings, known):
        return None
    parts = [each for _, each in combine.drawn(settings, known, task, with_llm=True)]
    fitted = [
        ridge.fit(each.inner, combining.self_trained(each), weights.penalty)
        for weights in SETTINGS.values()
        for each in (own._replace(weights=weights) for own in parts)
    ]
    codes = ridge.predict(parts[0].features, known.tests.features, fitted)

    def scores(values: combine.Scored) -> Floats:
        return np.array([values[metric].runs.mean() for metric in METRICS])

    return Scores(
        scores(combine.of_probe(known, combine.ZERO_SHOT)),
        scores(combine.of_probe(known, REAL)),
        np.stack([scores(combine.scored(known, own)) for own in np.split(codes, len(SETTINGS))]),
    )


def share(found: list[Scores], chosen: list[int]) -> Floats:
    """The share of the way (metrics,) with the setting chosen for each task."""
    start, end = (
        np.mean([getattr(own, name) for own in found], axis=0) for name in Scores._fields[:2]
    )
    own = np.mean([own.settings[place] for own, place in zip(found, chosen, strict=True)], axis=0)
    gone: Floats = (own - start) / (end - start)
    return gone


def left_out(found: list[Scores], metric: int) -> list[int]:
    """For each task the setting that is best in the mean of the others."""
    table = np.stack([own.settings[:, metric] for own in found])
    return [int((table.sum(axis=0) - row).argmax()) for row in table]


def main() -> None:
    """Print the share of the way with each setting, and with those chosen on the other tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm", type=int, default=1_000, help="labels by the LLM")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--tasks", nargs="*", default=params.grid().tasks)
    asked = parser.parse_args()
    start = time.perf_counter()
    settings = params.load(Combine, "combine")
    settings = settings.model_copy(update={"llm": (asked.llm,), "draws": asked.draws})
    found = [own for task in asked.tasks if (own := measured(settings, task))]
    rows = {name: [place] * len(found) for place, name in enumerate(SETTINGS)}
    for place, metric in enumerate(METRICS):
        rows[f"chosen on the other tasks by {metric}"] = left_out(found, place)
    print(f"{len(found)} tasks, {asked.llm} LLM labels, {asked.draws} draws: share of the way, %")
    for name, chosen in rows.items():
        shares = ", ".join(
            f"{m} {100 * s:.1f}" for m, s in zip(METRICS, share(found, chosen), strict=True)
        )
        print(f"{name:42} {shares}")
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
