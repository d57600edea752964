"""Sources: what a classifier is trained on, be it one table or a mixture of several."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from stages.core.errors import UserError
from stages.core.records import LABELLED, PROMPTED, RESERVED, SPLITS, TEXTS, check_labels


def assemble(
    names: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
    mixtures: Mapping[str, Sequence[str]],
    labels: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """The training texts (id, text, label) of each source in `names`.

    `tables` holds the simple sources, `mixtures` the parts of those that are made of others.

    Raises `UserError` as `parts` does, and for a part that has other labels than `labels` or lacks
    one of them. `labelled` needs two only: a sample as it comes may hold no text of a rare label.
    """
    return {
        name: mixed([_part(part, tables[part], labels) for part in parts(name, tables, mixtures)])
        for name in names
    }


def parts(
    source: str, simple: Mapping[str, object], mixtures: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The simple sources that `source` is made of, itself where it is one.

    Raises `UserError` for an unknown source, a mixture without or with unknown parts, and a name
    that is a split's or belongs to two sources.
    """
    if source in SPLITS:
        raise UserError(f"grid.sources: {source!r} is the name of a split; choose another")
    if source == PROMPTED:
        raise UserError(
            f"grid.sources: {source!r} is no source of training texts: it is the LLM itself, "
            "scored wherever it labelled test texts; take it out"
        )
    if taken := sorted(set(mixtures) & set(simple)):
        raise UserError(f"mixtures: {taken} name sources that exist already; choose others")
    if source in simple:
        return (source,)
    if source not in mixtures:
        known = [*simple, *mixtures]
        raise UserError(
            f"no source {source!r}: expected one of {known}; add it to mixtures or to `ready` of "
            "the task's card, or give the task other sources in grid.sources_of"
        )
    found = tuple(mixtures[source])
    if not found or not set(found) <= set(simple):
        raise UserError(
            f"mixtures.{source}: expected parts out of {list(simple)}, found {list(found)}"
        )
    return found


def uses(part: str, names: Iterable[str], mixtures: Mapping[str, Sequence[str]]) -> bool:
    """Whether a source in `names` is `part` or has it among its parts."""
    return any(part in (name, *mixtures.get(name, ())) for name in names)


def written(names: Iterable[str], mixtures: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The parts of the sources in `names` that an LLM wrote: all that have no fixed meaning."""
    simple = dict.fromkeys(part for name in names for part in mixtures.get(name, (name,)))
    return tuple(part for part in simple if part not in RESERVED)


def mixed(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of `frames`, one frame after the other; a row of two frames is taken once."""
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)


def _part(name: str, table: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    check_labels(table["label"], labels, f"source {name!r}")
    absent = sorted(set(labels) - set(table["label"]))
    if absent and (name != LABELLED or len(absent) > len(labels) - 2):
        raise UserError(
            f"source {name!r}: expected texts of every label, found none of {absent}; "
            "get more texts for it or take it out of grid.sources"
        )
    return table[list(TEXTS)]
