"""Predictions along learning curves."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import configs, curves, registry
from stages.classifiers.curves import NOBODY, Learner, Line, OneByOne, Predictions, Probes
from stages.classifiers.protocol import Classifier
from stages.core.arrays import Floats, Rows
from tests.classifiers.test_regressions import texts

LABELS = ("a", "b", "c")


def probes(features: Floats, codes: NDArray[np.int64], train: int) -> Probes:
    """Of the first `train` texts; the others are test texts."""
    return Probes(features[:train], codes[:train], len(LABELS), features[train:], 1.0)


def one_by_one(features: Floats, codes: NDArray[np.int64], train: int) -> OneByOne:
    """The same by scikit-learn."""

    def build() -> Classifier:
        return registry.build(configs.ProbeConfig(kind="probe"), LABELS)

    names = np.array(LABELS, dtype=object)
    return OneByOne(build, features[:train], codes[:train], names, features[train:], None)


def orders(count: int, texts: int) -> Rows:
    return np.stack([np.random.default_rng(draw).permutation(texts) for draw in range(count)])


def along(learner: Learner, line: Line, draws: int, parallel: bool = False) -> Predictions:
    """What is predicted along one line; all of its rows are counted."""
    told = []
    found = curves.predictions(
        learner, {"line": line}, draws, parallel, lambda done, _: told.append(done)
    )
    assert told[-1] == line.rows
    return found["line"]


def test_probe_s_curve_is_any_classifier_s() -> None:
    """Fits side by side, here or in several processes, predict what the probe does one by one."""
    features, codes = texts(300, 3)
    drawn = orders(3, 200)
    line = Line([10, 50, 200], [drawn[:, :10], drawn[:, :50], drawn[:1]])
    learner = probes(features, codes, 200)
    found = along(learner, line, 3)
    assert found.shape == (3, 3, 100) and found.dtype == np.uint8
    assert (found[2] == found[2, 0]).all() and (found[0] != found[0, 0]).any()
    np.testing.assert_array_equal(along(learner, line, 3, parallel=True), found)
    slowly = along(one_by_one(features, codes, 200), line, 3)
    assert cast(float, (found == slowly).mean()) > 0.99


def test_a_row_of_nobody_changes_nothing() -> None:
    """Neither for probes nor for any other classifier."""
    features, codes = texts(120, 3)
    codes[79] = NOBODY
    rows = np.arange(40)[None]
    padded = np.hstack([rows, [[79, 79]]])
    for learner in (probes(features, codes, 80), one_by_one(features, codes, 80)):
        np.testing.assert_array_equal(learner.predict(padded, 0), learner.predict(rows, 0))


def test_held_out_texts() -> None:
    """A text's own label has no part in its held-out probabilities."""
    features, codes = texts(90, 3)
    turned, rows = codes.copy(), np.arange(10, 90)
    turned[50] = (codes[50] + 1) % 3
    found = [
        curves.held_out(Probes(features, each, 3, features, 1.0), features, rows, seed=0)
        for each in (codes, turned)
    ]
    same = np.abs(found[0] - found[1]).max(axis=1) < 1e-6
    assert same[40] and not same.all() and found[0].shape == (80, 3)
