"""How far extrapolated learning curves of real texts can be believed.

Run `python -m tests.benchmarks.bench_extrapolation FOLDER` from the repository's root, with
embeddings of real sets in FOLDER (see embeddings.py); a second per line. A user has 100, 400 or
1,600 of a set's texts, and asks how many texts are worth as much as a source whose score more texts
would reach: 1.25, 1.5 or 2 times as many, by the mean over draws of the whole set.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.classifiers import curves as fits
from stages.classifiers import draws
from stages.classifiers.curves import Line, Probes
from stages.core.arrays import Rows
from stages.stats.worth import curves, extrapolation
from stages.stats.worth.curves import METRICS, Chance
from stages.stats.worth.worth import Labels
from tests.benchmarks import embeddings
from tests.stats.worth.populations import Real

HAVE, TIMES = (100, 400, 1_600), (1.25, 1.5, 2.0)
DRAWS, RESAMPLES, LEVEL = 20, 60, 0.95
CLOSE = 1.25  # factor by which a foretold size may be off


class Foretold(NamedTuple):
    """What both forms say of one size ahead."""

    metric: str
    have: int
    size: int
    by: dict[str, Labels]

    def close(self, form: str) -> bool:
        """Whether the size is foretold within CLOSE; beyond twice the labels is not said."""
        labels = self.by[form].labels
        return self.size / CLOSE <= labels <= self.size * CLOSE

    def held(self, *forms: str) -> bool:
        """Whether the interval, or that over several forms, holds the size."""
        low = min(self.by[form].low for form in forms)
        return low <= self.size <= max(self.by[form].high for form in forms)


def foretold(real: Real, have: int) -> Iterator[Foretold]:
    """Sizes ahead of the `have` texts that a user has, in each metric."""
    test, total = real.test, len(real.train.codes)
    learner = Probes(real.train.features, real.train.codes, real.labels, test.features, 1.0)
    own = np.random.default_rng(have).permutation(total)[:have]
    sizes, ahead = draws.sizes(have, 10, 11), [round(have * times) for times in TIMES]
    chance = Chance.drawn(len(test.codes), DRAWS, RESAMPLES, np.random.default_rng(0))

    def scored(orders: Rows, taken: list[int]) -> dict[str, curves.Curve]:
        line = Line(taken, [orders[:, :size] for size in taken])
        predicted = fits.predictions(learner, {"": line}, DRAWS, True, lambda *_: None)[""]
        return curves.scored(np.array(taken), predicted, test.codes, real.labels, chance)

    seen = scored(own[draws.natural(have, DRAWS, 0, "have")], sizes)
    later = scored(draws.natural(total, DRAWS, 0, "ahead"), ahead)
    for metric in METRICS:
        means = curves.replicates(seen[metric], chance, have).mean(axis=1)
        carried = extrapolation.carried_on(np.array(sizes), means)
        for size, scores in zip(ahead, later[metric].scores, strict=True):
            said = extrapolation.worth(carried, scores.mean(axis=0), LEVEL)
            yield Foretold(metric, have, size, said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of <task>.npz")
    found: dict[tuple[str, int, float], list[Foretold]] = defaultdict(list)
    for name, real in embeddings.tasks(parser.parse_args().folder):
        for have in HAVE:
            if max(TIMES) * have <= len(real.train.codes):
                for each in foretold(real, have):
                    found[each.metric, have, each.size / have].append(each)
        print(name, flush=True)
    print(f"share of tasks foretold within a factor of {CLOSE}, and whose interval holds the truth")
    print(
        f"{'metric':10}{'have':>6}{'times':>7}{'tasks':>7} | close: pow4, mmf4, both"
        " | held: pow4, mmf4, either"
    )
    for (metric, have, times), tasks in sorted(found.items()):
        close = [np.mean([task.close(form) for task in tasks]) for form in extrapolation.FORMS]
        both = np.mean([all(map(task.close, extrapolation.FORMS)) for task in tasks])
        held = [np.mean([task.held(form) for task in tasks]) for form in extrapolation.FORMS]
        either = np.mean([task.held(*extrapolation.FORMS) for task in tasks])
        columns = "".join(f"{share:7.0%}" for share in (*close, both, *held, either))
        print(f"{metric:10}{have:6}{times:7.2f}{len(tasks):7}{columns}")


if __name__ == "__main__":
    main()
