"""Toy score tables of the figures' tests, in one place."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

Scores = Callable[..., pd.DataFrame]


@pytest.fixture
def score_rows() -> Scores:
    """The score table of a grid: accuracy and macro-F1 0.9 on real texts, 0.1 less per source."""

    def build(
        tasks: Sequence[str], models: Sequence[str], sources: Sequence[str], p_holm: float = 0.01
    ) -> pd.DataFrame:
        rows = []
        for task in tasks:
            for model in models:
                for place, source in enumerate(sources):
                    for metric in ("accuracy", "macro_f1"):
                        gap = -0.1 * place if source != "real" else np.nan
                        p_value = p_holm if source != "real" else np.nan
                        score = 0.9 - 0.1 * place
                        rows.append((task, model, source, metric, score, gap, p_value))
        columns = ["task", "model", "source", "metric", "mean", "gap", "p_holm"]
        table = pd.DataFrame(rows, columns=columns)
        return table.assign(
            low=table["mean"] - 0.05,
            high=table["mean"] + 0.05,
            gap_low=table["gap"] - 0.04,
            gap_high=table["gap"] + 0.04,
            n_train=40,
        )

    return build


@pytest.fixture
def averages() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The means over tasks of such a table."""

    def build(table: pd.DataFrame) -> pd.DataFrame:
        columns = ["mean", "gap", "gap_low", "gap_high"]
        grouped = table.groupby(["model", "source", "metric"], sort=False)
        return grouped[columns].mean().reset_index()

    return build
