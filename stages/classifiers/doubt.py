"""Labels that a classifier doubts: confident learning with probabilities from other texts.

Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset labels",
JAIR 70, as cleanlab has it. On a subjective task a doubted label may well be right.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.classifiers.configs import ProbeConfig
from stages.classifiers.linear import Probe
from stages.classifiers.protocol import Features, Labels


class Opinion(NamedTuple):
    """Of each of n texts."""

    doubted: NDArray[np.bool_]
    instead: Labels  # the label that the classifier finds most likely; its own where none was asked


def doubted(
    features: Features,
    asked: Labels,
    known_features: Features,
    known: Labels,
    labels: Sequence[str],
) -> NDArray[np.bool_]:
    """True for each of n texts whose label `asked` is doubted, as `opinion` does."""
    return opinion(features, asked, known_features, known, labels).doubted


def opinion(
    features: Features,
    asked: Labels,
    known_features: Features,
    known: Labels,
    labels: Sequence[str],
) -> Opinion:
    """Which of the labels `asked` (n,) are doubted, and what they should rather be.

    A logistic regression is trained on the embeddings `known_features` (m, dimensions) of texts
    with the labels `known`, none of which is among the n; so its probabilities for `features`
    (n, dimensions) are out of sample. A label with no text in either set is left aside.
    """
    from cleanlab.filter import find_label_issues  # type: ignore[import-untyped]

    shared = [label for label in labels if label in set(known) and label in set(asked)]
    rows = np.isin(asked, shared)
    found = Opinion(np.zeros(len(asked), dtype=bool), np.array(asked, dtype=object))
    if len(shared) < 2:
        return found
    mine = np.isin(known, shared)
    model = Probe(ProbeConfig(kind="probe"), shared)
    model.fit(known_features[mine], known[mine], features[:0], asked[:0], seed=0)
    codes = np.array([shared.index(label) for label in asked[rows]])
    probabilities = model.predict_proba(features[rows]).astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found.doubted[rows] = find_label_issues(codes, probabilities, n_jobs=1)
    found.instead[rows] = np.array(shared, dtype=object)[probabilities.argmax(axis=1)]
    return found


def of_each_other(features: Features, asked: Labels, labels: Sequence[str]) -> Opinion:
    """The same of n texts among themselves: each half is judged by the other one."""
    halves = np.arange(len(asked)) % 2 == 0
    found = Opinion(np.zeros(len(asked), dtype=bool), np.array(asked, dtype=object))
    for half in (halves, ~halves):
        own = opinion(features[half], asked[half], features[~half], asked[~half], labels)
        found.doubted[half], found.instead[half] = own
    return found
