"""What classifiers of several sources say of the same test texts."""

from collections.abc import Mapping

import pandas as pd

ALL, SOME, NONE = "all right", "some right", "all wrong"


def answers(predicted: Mapping[str, pd.DataFrame], truth: pd.DataFrame) -> pd.DataFrame:
    """What each source's classifier says of each test text, by id in the order of `truth`.

    Args:
        predicted: source -> predictions (`records.PREDICTIONS`, `p_<label>`) with every seed.
        truth: id, label.

    Returns:
        `said_<source>`, the label that most runs give (of equal ones the first by name);
        `right_<source>`, the share of runs that are right; `sure`, the mean probability of the
        true label over sources and runs; `outcome`, whether all, some or none of the sources' most
        frequent answers are right.
    """
    label = truth.set_index("id")["label"]
    found = pd.DataFrame(index=label.index)
    shares = []
    for source, rows in predicted.items():
        rows = rows[rows["id"].isin(label.index)]
        own = rows["id"].map(label)
        votes = rows.groupby(["id", "label"]).size().sort_values(kind="stable", ascending=False)
        first = votes.reset_index().drop_duplicates("id").set_index("id")["label"]
        found[f"said_{source}"] = first.reindex(found.index)
        right = (rows["label"] == own).groupby(rows["id"]).mean()
        found[f"right_{source}"] = right.reindex(found.index)
        columns = {name: rows[f"p_{name}"] for name in label.unique()}
        chance = pd.concat([part[own == name] for name, part in columns.items()])
        shares.append(chance.groupby(rows["id"]).mean().reindex(found.index))
    found["sure"] = pd.concat(shares, axis=1).mean(axis=1) if shares else float("nan")
    hits = [found[f"said_{source}"] == label for source in predicted]
    count = sum(hits[1:], start=hits[0].astype(int)) if hits else pd.Series(0, found.index)
    found["outcome"] = SOME
    found.loc[count == len(hits), "outcome"] = ALL
    found.loc[count == 0, "outcome"] = NONE
    return found
