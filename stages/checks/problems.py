"""A problem, as the user sees it: where it is, what is wrong, what to do."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """`said` says what was expected, what was found, and what to do."""

    path: Path
    line: int | None  # from 1; None where the whole file, or its absence, is the problem
    said: str
    serious: bool = True  # False: a run goes through, and may not do what was meant

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {' '.join(self.said.split())}"


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once: the serious ones first, then by file and line."""
    distinct = dict.fromkeys(problems)
    return sorted(distinct, key=lambda p: (not p.serious, str(p.path), p.line or 0))
