"""May an LLM's label replace a person's? The alternative annotator test, and where the two differ.

Calderon, Reichart & Dror (2025), "The alternative annotator test for LLM-as-a-judge", ACL 2025:
each annotator in turn is left out, and the LLM is held against them by how well either agrees with
the others. The LLM is given `margin` in advance, since its labels cost less (the paper: 0.1 for
crowd workers, 0.15 for trained people, 0.2 for experts).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stages.core.arrays import Floats
from stages.stats.resampling import Bootstrap, percentile

FEWEST = 30  # texts of an annotator, for the t test; the paper's least
ANNOTATORS = 3  # with so many texts; likewise
Q = 0.05  # false discovery rate over annotators
PASSED = 0.5  # share of annotators whom the LLM beats


def alternative(
    table: pd.DataFrame, machine: Mapping[str, str], margin: float, bootstrap: Bootstrap
) -> dict[str, Any]:
    """The test of an LLM's labels (item -> label) against annotators.

    `table`: `agreement.Cleaned.table`; an annotator's several labels of one item are left out, as
    are items without another annotator. Facts:

    items, annotators, margin;
    advantage: the mean over annotations of how often the LLM agrees with the others at least as
    well as the annotator does, with a bootstrap interval over items;
    tested: annotators with at least FEWEST items; of ANNOTATORS or more of them:
    winning_rate: the share with a corrected p (Benjamini & Yekutieli 2001) of at most Q; passed:
    whether that is at least PASSED;
    disputed, unanimous: items, and the share of them on which the LLM gives the most frequent label
    (of a tie any), with an interval.

    `withheld` takes the place of what too little is known for.
    """
    pairs = _pairs(table, machine)
    if pairs.empty:
        return {"withheld": "no text that the LLM labelled has two annotators"}
    facts: dict[str, Any] = {
        "items": pairs["item"].nunique(),
        "annotators": pairs["annotator"].nunique(),
        "margin": margin,
        "advantage": _mean_over_items(pairs, "wins", bootstrap),
    }
    for name, rows in _by_dispute(pairs):
        own = rows.drop_duplicates("item")
        block = _mean_over_items(own, "majority", bootstrap) if len(own) else {}
        facts[name] = {"items": len(own), **block}
    tested = pairs.groupby("annotator").filter(lambda rows: len(rows) >= FEWEST)
    facts["tested"] = tested["annotator"].nunique()
    if facts["tested"] < ANNOTATORS:
        most = int(pairs.groupby("annotator").size().max())
        why = (
            f"{facts['tested']} annotators have {FEWEST} of the texts that the LLM labelled, "
            f"the test needs {ANNOTATORS}; the most that one has is {most}"
        )
        return facts | {"withheld": why}
    won = _corrected(tested, margin) <= Q
    return facts | {"winning_rate": float(won.mean()), "passed": bool(won.mean() >= PASSED)}


def _pairs(table: pd.DataFrame, machine: Mapping[str, str]) -> pd.DataFrame:
    """item, annotator, wins, loses (the LLM at least, at most as close to the others), majority."""
    rows = table[~table["double"] & table["item"].isin(list(machine))]
    rows = rows[rows.groupby("item")["annotator"].transform("size") > 1]
    said = rows["item"].map(machine)
    votes = rows.groupby(["item", "label"]).size()
    own = votes.reindex(pd.MultiIndex.from_frame(rows[["item", "label"]])).to_numpy()
    its = votes.reindex(pd.MultiIndex.from_arrays([rows["item"], said]), fill_value=0).to_numpy()
    same = (said == rows["label"]).to_numpy()
    others, llm = own - 1, its - same  # of the others, who agree with the annotator, with the LLM
    most = rows["item"].map(votes.groupby("item").max()).to_numpy()
    size = rows.groupby("item")["annotator"].transform("size").to_numpy()
    return rows[["item", "annotator"]].assign(
        wins=(llm >= others).astype(float),
        loses=(others >= llm).astype(float),
        majority=(its == most).astype(float),
        unanimous=most == size,
    )


def _by_dispute(pairs: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [("disputed", pairs[~pairs["unanimous"]]), ("unanimous", pairs[pairs["unanimous"]])]


def _corrected(pairs: pd.DataFrame, margin: float) -> Floats:
    """Each annotator's p-value, corrected, of the hypothesis that they win by `margin` or more."""
    from scipy import stats

    lead = (pairs["loses"] - pairs["wins"]).groupby(pairs["annotator"])
    mean, error = lead.mean().to_numpy() - margin, lead.sem().to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        p = stats.t.cdf(mean / error, lead.size().to_numpy() - 1)
    p = np.where(error > 0, p, (mean >= 0).astype(float))
    corrected: Floats = stats.false_discovery_control(p, method="by")
    return corrected


def _mean_over_items(rows: pd.DataFrame, column: str, bootstrap: Bootstrap) -> dict[str, float]:
    """The mean of a column over rows, with an interval by resampled items."""
    by = rows.groupby("item")[column]
    sums, sizes = by.sum().to_numpy(), by.size().to_numpy(dtype=float)
    rng = bootstrap.rng("items", column)
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), bootstrap.resamples)
    low, high = percentile((counts @ sums) / (counts @ sizes), bootstrap.level)
    return {"value": float(sums.sum() / sizes.sum()), "low": low, "high": high}
