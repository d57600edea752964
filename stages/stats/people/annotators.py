"""Single annotators against the others, and labels aggregated by annotators' reliability."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

LEAST = 10  # items an annotator must share with others before their bias is worth a row

Method = Literal["dawid_skene", "mace"]


def bias(table: pd.DataFrame, labels: Sequence[str], level: float) -> pd.DataFrame:
    """How often each annotator gives each label, less how often the others do on the same items.

    `table`: `agreement.Cleaned.table`; an annotator's several labels for one item are left out, as
    are items that nobody else labelled. Returns annotator, label, items, agreement (mean share of
    the others who gave their label), bias, low, high: a t interval over their items, its level
    corrected for the number of rows (Bonferroni). Annotators with under `LEAST` items have no row.
    """
    from scipy.special import stdtrit

    single = table[~table["double"]]
    answers = single.groupby("item")["annotator"].transform("size")
    single = single[answers > 1]
    own = np.equal.outer(single["label"].to_numpy(), np.asarray(list(labels), dtype=object)).astype(
        float
    )
    item, annotator = single["item"].to_numpy(), single["annotator"].to_numpy()
    total = pd.DataFrame(own).groupby(item).transform("sum").to_numpy()
    others = (total - own) / (answers[answers > 1].to_numpy()[:, None] - 1)
    by = pd.DataFrame(own - others, columns=list(labels)).groupby(annotator)
    size = by.size()
    agreement = pd.Series((own * others).sum(axis=1)).groupby(annotator).mean()
    columns = ["annotator", "label", "items", "agreement", "bias", "low", "high"]
    if not (size >= LEAST).any():
        return pd.DataFrame(columns=columns)
    wide = pd.concat({"bias": by.mean(), "error": by.sem()}, axis=1)[size >= LEAST]
    long = wide.stack(level=1).rename_axis(["annotator", "label"]).reset_index()
    long["items"] = long["annotator"].map(size)
    long["agreement"] = long["annotator"].map(agreement)
    tail = (1 - level) / 2 / max(len(long), 1)
    reach = stdtrit(long["items"] - 1, 1 - tail) * long["error"]
    long["low"] = (long["bias"] - reach).clip(lower=-1)
    long["high"] = (long["bias"] + reach).clip(upper=1)
    return long[columns].sort_values(["annotator", "label"], ignore_index=True)


def bias_summary(found: pd.DataFrame) -> dict[str, Any]:
    """How many annotators are biased, and how strongly: half the summed absolute bias, averaged."""
    if found.empty:
        return {"annotators": 0}
    biased = (found["low"] > 0) | (found["high"] < 0)
    strength = found["bias"].abs().groupby(found["annotator"]).sum() / 2
    return {
        "annotators": found["annotator"].nunique(),
        "biased_annotators": found.loc[biased, "annotator"].nunique(),
        "mean_bias": float(strength.mean()),
        "greatest_bias": float(strength.max()),
    }


def aggregated(table: pd.DataFrame, method: Method, seed: int) -> pd.Series:
    """One label per item, annotators weighted by how reliable they seem (crowd-kit).

    `dawid_skene` is Dawid and Skene (1979), a confusion matrix per annotator; `mace` is Hovy et al.
    (2013), which separates annotators from guessers. Both take disagreement for error, which on a
    subjective task it need not be: an alternative to look at, not a better truth.
    """
    from crowdkit.aggregation import MACE, DawidSkene

    single = table.loc[~table["double"], ["item", "annotator", "label"]]
    single = single.set_axis(["task", "worker", "label"], axis=1).astype(object)
    model = DawidSkene(n_iter=100) if method == "dawid_skene" else MACE(random_state=seed)
    with warnings.catch_warnings():
        # crowd-kit 1.4.2 calls pandas' set_index(inplace=True), which pandas 3.1 warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pd.Series(model.fit_predict(single)).sort_index()
