"""Kernel ridge regression finds what scikit-learn finds, and what leaving a text out gives."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.kernel_ridge import KernelRidge

from stages.classifiers import regressions, ridge
from stages.core.arrays import Floats, Ints

LABELS = 3


def texts(count: int, seed: int = 0) -> tuple[Floats, Ints]:
    """Unit vectors with noisy label codes."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 12))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    scores = features @ rng.normal(size=(12, LABELS)) * 4
    return features, (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)


def peer(features: Floats, wanted: Floats, weights: NDArray[np.floating]) -> KernelRidge:
    """scikit-learn on the same kernel."""
    model = KernelRidge(alpha=ridge.PENALTY, kernel="rbf", gamma=1.0)
    return model.fit(features, wanted, sample_weight=weights)


def test_scores_are_scikit_learn_s() -> None:
    """With weights and soft labels; texts without mass have no part."""
    features, codes = texts(90)
    rng = np.random.default_rng(1)
    mass = regressions.one_hot(codes, LABELS) * rng.uniform(0.2, 3, size=(90, 1))
    mass[10:20] = rng.dirichlet(np.ones(LABELS), size=10)
    mass[60:] = 0
    fitted = ridge.fit(ridge.kernel(features, features), mass)
    weights, shares = mass[:60].sum(axis=1), mass.sum(axis=0) / mass.sum()
    model = peer(features[:60], mass[:60] / weights[:, None] - shares, weights)
    found = fitted.scores(ridge.kernel(features[60:], features))
    np.testing.assert_allclose(found, model.predict(features[60:]) + shares, atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_left_out_texts() -> None:
    """In closed form what refitting without each text gives, the shares held."""
    features, codes = texts(40)
    mass = regressions.one_hot(codes, LABELS)
    mass[35:] = 0
    found = ridge.left_out(ridge.kernel(features, features), mass)
    assert np.isnan(found[35:]).all()
    shares = mass.sum(axis=0) / mass.sum()
    for left in (0, 17):
        rest = np.delete(np.arange(35), left)
        model = peer(features[rest], mass[rest] - shares, np.ones(34))
        expected = model.predict(features[[left]])[0] + shares
        np.testing.assert_allclose(found[left], expected, atol=1e-9)


def test_test_texts_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several classifiers predict as each does, whatever fits into memory at once."""
    features, codes = texts(80)
    inner = ridge.kernel(features[:50], features[:50])
    one_hot = regressions.one_hot(codes[:50], LABELS)
    fitted = [ridge.fit(inner, one_hot * (np.arange(50) < n)[:, None]) for n in (20, 50)]
    monkeypatch.setattr(ridge, "AT_ONCE", 7)
    found = ridge.predict(features[:50], features[50:], fitted)
    outer = ridge.kernel(features[50:], features[:50])
    assert found.shape == (2, 30)
    for place, each in enumerate(fitted):
        np.testing.assert_array_equal(found[place], each.scores(outer).argmax(axis=1))


def test_no_text_counts() -> None:
    """It is refused with one line."""
    with pytest.raises(ValueError, match="expected texts that count"):
        ridge.fit(np.eye(3), np.zeros((3, 2)))
