"""Votes on which of two tasks is the more objective, each file with its provenance beside it."""

from pathlib import Path
from typing import Literal

import pandas as pd

from stages.core import files
from stages.core.errors import UserError
from stages.core.params import Section, parse
from stages.core.records import VOTES, check_columns
from stages.corpora import tables
from stages.corpora.corpus import strings


class Provenance(Section):
    """Where a file of votes comes from: data/votes/<name>.yaml."""

    kind: Literal["people", "panel"]
    voters: str
    collected: str
    question: str
    note: str = ""

    @property
    def who(self) -> str:
        """Who voted, in a word or two."""
        return "people" if self.kind == "people" else "a language model playing voters, a proxy"


def read(path: Path) -> tuple[pd.DataFrame, Provenance]:
    """The votes (`task_a, task_b, voter, winner`) of a CSV file, and where they come from.

    Raises `UserError` when the file, its columns or its provenance are missing or damaged.
    """
    beside = path.with_suffix(".yaml")
    for needed in (path, beside):
        if not needed.exists():
            raise UserError(
                f"explain.votes names {path.stem!r}: expected {needed}, found none; add it or take "
                "the name out"
            )
    survey = parse(Provenance, files.read_yaml(beside), str(beside))
    system, _ = tables.locate(str(path.parent))
    table = tables.read(system, str(path), str(path))
    check_columns(table, VOTES, str(path))
    if table.empty:
        raise UserError(f"{path}: expected votes, found none; add some or take the file out")
    table = table[list(VOTES)].apply(strings)
    if (gaps := (table == "").any(axis=1).to_numpy()).any():
        raise UserError(
            f"{path}: expected {', '.join(VOTES)} in every row, found a gap in row "
            f"{gaps.argmax() + 1}; fill in or delete the row"
        )
    return table, survey
