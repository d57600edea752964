"""How many real labels each source is worth, and how many it saves those who have some.

Intervals hold the choice of test texts and of real training texts. A source's texts are taken as
they are; of `real_pool` and `labelled`, which are random samples of real texts, their choice is
held too.

Reads:  data/curves/, data/real/<task>/ (labels; test, train and pool: their labels only)
Writes: data/worth/<task>.json: learning curves with intervals, worth, labels saved; where the
        number of test texts is too small for them, that
Params: worth, grid.tasks, grid.sources, grid.sources_of
Cost:   a second for ten small tasks, some ten for 25,000 test texts
"""

from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt

from stages.core import cli, files, params, paths, seeds, workers
from stages.core.arrays import Ints
from stages.core.errors import UserError
from stages.core.params import Grid, Section
from stages.core.records import LABELLED, REAL, REAL_POOL, read_labels
from stages.stats.scoring import predicted
from stages.stats.worth import measured, shares
from stages.stats.worth.curves import Chance, expanded
from stages.stats.worth.measured import Line, Source, Study

FEWEST = 30  # test texts; fewer say too little
DRAWN = (REAL_POOL, LABELLED)  # sources that are random samples of real texts

Arrays = dict[str, NDArray[Any]]


class Worth(Section):
    """How intervals of worth are made, and what else is asked."""

    resamples: int = Field(ge=100)  # of test texts and draws
    level: float = Field(gt=0, lt=1)  # share of the resamples inside an interval
    seed: NonNegativeInt  # of the resamples
    extrapolate: bool  # beyond the largest size, at most twice as far, where worth lies there
    shares: tuple[shares.Way, ...]  # how a source's class shares are corrected


def main() -> None:
    """Measure each source of each task in real labels."""
    settings, grid = params.load(Worth, "worth"), params.grid()
    workers.each(partial(_task, settings, grid), grid.tasks, "worth: tasks")
    print(f"{len(grid.tasks)} tasks: worth of {', '.join(grid.sources)}", flush=True)


def _task(settings: Worth, grid: Grid, task: str) -> None:
    truth, sources = _codes(task, "test"), grid.of(task)
    found: dict[str, Any] = {"basis": {"tests": len(truth), "level": settings.level}}
    if len(truth) < FEWEST:
        reason = f"expected at least {FEWEST} test texts, found {len(truth)}"
        found["basis"]["withheld"] = reason
    elif REAL not in sources:
        reason = "real texts are not among the sources, so there is no curve of theirs"
        found["basis"]["withheld"] = reason
    else:
        arrays = _arrays(paths.curves(task), sources)
        study = _study(settings, truth, arrays, task)
        found["basis"] |= {
            "texts": study.pool,
            "smallest": int(arrays[f"{REAL}/sizes"][0]),
            "draws": arrays[f"{REAL}/codes"].shape[1],
        }
        found |= _measured(settings, study, arrays, sources, task)
    files.write_json(found, paths.worth(task), files.DETAIL_DIGITS)


def _study(settings: Worth, truth: Ints, arrays: Arrays, task: str) -> Study:
    draws, pool = arrays[f"{REAL}/codes"].shape[1], int(arrays[f"{REAL}/sizes"][-1])
    rng = seeds.generator(settings.seed, task)
    chance = Chance.drawn(len(truth), draws, settings.resamples, rng)
    labels = len(read_labels(paths.labels(task)))
    level = expanded(settings.level, draws)
    return Study(truth, labels, chance, pool, level, settings.extrapolate)


def _measured(
    settings: Worth, study: Study, arrays: Arrays, sources: tuple[str, ...], task: str
) -> dict[str, Any]:
    """Curves and worth of all sources."""
    real = measured.real(study, _line(arrays, REAL))
    train, few = _codes(task, "train"), _codes(task, "pool")
    found = {}
    for name in sources:
        if name == REAL:
            continue
        trained = shares.Trained(*(arrays[f"{name}/{part}"] for part in shares.Trained._fields))
        source = Source(
            _line(arrays, name),
            _line(arrays, f"{name}/added") if f"{name}/added/sizes" in arrays else None,
            shares.predicted(trained, train, few, settings.shares),
            name in DRAWN,
        )
        rng = seeds.generator(settings.seed, task, name)
        found[name] = {
            "texts": int(source.own.sizes[-1]),
            "drawn": source.drawn,
            "metrics": measured.of_source(study, real, source, rng),
        }
    return {"real": measured.of_real(study, real), "sources": found}


def _arrays(path: Path, sources: tuple[str, ...]) -> Arrays:
    arrays = files.read_arrays(path)
    missing = [source for source in sources if f"{source}/codes" not in arrays]
    if missing:
        raise UserError(f"{path}: expected curves of {missing}, found none; run `dvc repro`")
    return arrays


def _line(arrays: Arrays, name: str) -> Line:
    return Line(arrays[f"{name}/sizes"], arrays[f"{name}/codes"])


def _codes(task: str, split: str) -> Ints:
    """The label codes of a split of real texts."""
    path = paths.real(task) / f"{split}.parquet"
    labels = files.read_table(path, ("label",))["label"]
    return predicted.codes(labels, read_labels(paths.labels(task)), str(path))


if __name__ == "__main__":
    cli.run(main)
