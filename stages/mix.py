"""The training texts of each source in the grid: real ones, synthetic ones, mixtures of both.

Reads:  data/real/<task>/train.parquet and pool.parquet, data/synthetic/<task>/<strategy>.parquet
Writes: data/mix/<task>/<source>.parquet
Params: sources, mix, generate.strategies
Cost:   a second
"""

from pathlib import Path

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths, records
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora import cards

SPLITS = ("validation", "test")  # embeddings of these stand beside those of the sources


class Mixture(Section):
    """Sources made of others."""

    # Name of the mixture: its parts, in order. A part is real, real_pool or a strategy.
    mixtures: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def main(task: str) -> None:
    labels = tuple(cards.load(task).labels)
    tables = _tables(task, params.value("generate.strategies"))
    mixtures = params.load(Mixture, "mix").mixtures
    made = {
        source: mixed(
            [_part(part, tables, labels) for part in parts(source, tuple(tables), mixtures)]
        )
        for source in params.grid().sources
    }
    for source, frame in made.items():
        files.write_table(frame, paths.mix(task) / f"{source}.parquet")


def parts(
    source: str, simple: tuple[str, ...], mixtures: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The simple sources that `source` is made of, itself where it is one.

    Raises `UserError` for an unknown source, a mixture without or with unknown parts, and a name
    that is a split's or stands for two sources.
    """
    if source in SPLITS:
        raise UserError(f"sources: {source!r} is the name of a split; choose another")
    if taken := sorted(set(mixtures) & set(simple)):
        raise UserError(f"mix.mixtures: {taken} name sources that exist already; choose others")
    if source in simple:
        return (source,)
    if source not in mixtures:
        known = [*simple, *mixtures]
        raise UserError(f"no source {source!r}: expected one of {known}; add it to mix.mixtures")
    found = mixtures[source]
    unknown = [part for part in found if part not in simple]
    if unknown or not found:
        raise UserError(
            f"mix.mixtures.{source}: expected parts out of {list(simple)}, found {list(found)}"
        )
    return found


def mixed(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of `frames`, one frame after the other; a row of two frames is taken once."""
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)


def _tables(task: str, strategies: list[str]) -> dict[str, Path]:
    """Each simple source's table."""
    real = {
        "real": paths.real(task) / "train.parquet",
        "real_pool": paths.real(task) / "pool.parquet",
    }
    return real | {name: paths.synthetic(task) / f"{name}.parquet" for name in strategies}


def _part(name: str, tables: dict[str, Path], labels: tuple[str, ...]) -> pd.DataFrame:
    path = tables[name]
    frame = files.read_table(path, records.TEXTS)[list(records.TEXTS)]
    records.check_labels(frame["label"], labels, str(path))
    absent = sorted(set(labels) - set(frame["label"]))
    if absent:
        raise UserError(
            f"{path}: expected texts of every label, found none of {absent}; "
            f"get more texts for {name!r} or take it out of sources"
        )
    return frame


if __name__ == "__main__":
    cli.run(main)
