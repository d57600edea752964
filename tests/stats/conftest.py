"""Toy data of the statistics' tests, in one place."""

from collections.abc import Callable

import pandas as pd
import pytest

from stages.core.records import ANNOTATIONS, VOTES


@pytest.fixture
def ballots() -> Callable[..., pd.DataFrame]:
    """Votes from words `voter:winner>loser`, or `voter:a=b` for a tie."""

    def build(*words: str) -> pd.DataFrame:
        rows = []
        for word in words:
            voter, pair = word.split(":")
            a, b = pair.replace("=", ">").split(">")
            rows.append((a, b, voter, "tie" if "=" in pair else a))
        return pd.DataFrame(rows, columns=list(VOTES))

    return build


@pytest.fixture
def crowd() -> Callable[..., pd.DataFrame]:
    """Annotations from words `item:answers`, one letter per annotator, `.` where they gave none."""

    def build(*words: str) -> pd.DataFrame:
        rows = [
            (item, f"k{number}", label)
            for item, answers in (word.split(":") for word in words)
            for number, label in enumerate(answers)
            if label != "."
        ]
        return pd.DataFrame(rows, columns=list(ANNOTATIONS))

    return build
