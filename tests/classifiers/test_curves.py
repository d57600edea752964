"""Predictions along learning curves."""

from typing import cast

import numpy as np

from stages.classifiers import configs, curves, registry, regressions
from stages.classifiers.protocol import Classifier
from tests.classifiers.test_regressions import texts

LABELS = ("a", "b", "c")


def test_probe_s_curve_is_any_classifier_s() -> None:
    """Fits side by side predict what the probe does one fit after the other."""
    features, codes = texts(300, 3)
    space, mass = regressions.Space(features), regressions.one_hot(codes, 3)
    orders = np.stack([np.random.default_rng(draw).permutation(200) for draw in range(3)])
    sizes = [10, 50, 200]
    found = curves.of_probe(space, mass, orders, sizes, features[200:])
    assert found.shape == (3, 3, 100)

    def build() -> Classifier:
        return registry.build(configs.ProbeConfig(kind="probe"), LABELS)

    names = np.array(LABELS, dtype=object)[codes]
    nothing = features[:0], names[:0]
    slowly = curves.of_classifier(build, features, names, orders, sizes, features[200:], nothing)
    # scikit-learn's default tolerance leaves a text or two undecided.
    assert cast(float, (found == slowly).mean()) > 0.99


def test_whole_sets_are_fitted_once() -> None:
    """All draws of all texts are one training set, and predict the same."""
    features, codes = texts(120, 3)
    space, mass = regressions.Space(features), regressions.one_hot(codes, 3)
    orders = np.stack([np.random.default_rng(draw).permutation(80) for draw in range(4)])
    found = curves.of_probe(space, mass, orders, [20, 80], features[80:])
    assert (found[1] == found[1, 0]).all() and (found[0] != found[0, 0]).any()


def test_rows_beside_the_draws() -> None:
    """Rows that every training set has make size 0 a set of its own."""
    features, codes = texts(120, 3)
    space, mass = regressions.Space(features), regressions.one_hot(codes, 3)
    orders, beside = np.arange(40)[None].repeat(2, axis=0), np.arange(40, 90)
    found = curves.of_probe(space, mass, orders, [0, 10], features[90:], also=beside)
    rows = np.stack([beside])
    alone = regressions.fit(space, mass, rows).predict(features[90:])
    assert (found[0] == alone).all()
    mixed = regressions.fit(space, mass, np.array([[*beside, *range(10)]]))
    assert (found[1] == mixed.predict(features[90:])).all()
