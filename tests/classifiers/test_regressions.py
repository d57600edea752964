"""Many regressions at once find what scikit-learn finds one by one."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stages.classifiers import regressions
from stages.classifiers.regressions import Regressions, Space
from stages.core.arrays import Floats


def texts(count: int, labels: int, dimensions: int = 24) -> tuple[Floats, NDArray[np.int64]]:
    """Unit vectors off the origin, as sentence embeddings are, with noisy label codes."""
    rng = np.random.default_rng([count, labels, dimensions])
    features = rng.normal(size=(count, dimensions)) * np.linspace(2, 0.1, dimensions) + 0.5
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    scores = features @ rng.normal(size=(dimensions, labels)) * 4
    return features, (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)


def draws(count: int, size: int, fits: int) -> NDArray[np.intp]:
    """Row numbers (fits, size) without repetition."""
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(count)[:size] for _ in range(fits)])


def fit(
    features: Floats, codes: NDArray[np.int64], rows: NDArray[np.intp], **more: float
) -> Regressions:
    mass = regressions.one_hot(codes, int(codes.max()) + 1)
    return regressions.fit(Space(features), mass, rows, **more)


def peer(
    features: Floats, codes: NDArray[np.int64], c: float = 1.0, **more: Floats
) -> LogisticRegression:
    """scikit-learn at its optimum, to which its default tolerance does not go."""
    return LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(features, codes, **more)


@pytest.mark.parametrize("c", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("labels", [2, 3, 7])
@pytest.mark.parametrize("size", [15, 400])
def test_probabilities_are_scikit_learn_s(labels: int, size: int, c: float) -> None:
    """With fewer and more texts than dimensions, every probability is right to 1e-4."""
    features, codes = texts(600, labels)
    rows = draws(400, size, fits=3)
    fitted = fit(features, codes, rows, c=c)
    found = fitted.predict_proba(features[400:])
    for place, chosen in enumerate(rows):
        model = peer(features[chosen], codes[chosen], c)
        expected = model.predict_proba(features[400:])
        np.testing.assert_allclose(found[place][:, model.classes_], expected, atol=1e-4)
        decided = np.sort(expected, axis=1)[:, -1] - np.sort(expected, axis=1)[:, -2] > 1e-3
        predicted = fitted.predict(features[400:])[place]
        assert (predicted == model.predict(features[400:]))[decided].all()


def test_few_texts_of_many_dimensions() -> None:
    """One coordinate per text, in place of one per dimension, loses nothing."""
    features, codes = texts(60, 3, dimensions=100)
    rows = draws(40, 30, fits=2)
    found = fit(features[:40], codes[:40], rows).predict_proba(features)
    for place, chosen in enumerate(rows):
        expected = peer(features[chosen], codes[chosen]).predict_proba(features)
        np.testing.assert_allclose(found[place], expected, atol=1e-4)


def test_missing_labels() -> None:
    """A fit knows the labels of its texts only: one is always right, two are a binary problem."""
    features, codes = texts(300, 4)
    one, two = np.flatnonzero(codes == 2)[:20], np.flatnonzero(codes % 3 == 0)[:20]
    found = fit(features, codes, np.stack([one, two])).predict_proba(features)
    assert found[0].tolist() == [[0.0, 0.0, 1.0, 0.0]] * 300
    expected = peer(features[two], codes[two]).predict_proba(features)
    np.testing.assert_allclose(found[1][:, [0, 3]], expected, atol=1e-4)
    assert not found[1][:, [1, 2]].any()


def test_weights_and_soft_labels() -> None:
    """Mass is a sample weight, and a text of two labels is two texts with a weight each."""
    features, codes = texts(80, 3)
    weights = np.random.default_rng(0).uniform(0.1, 3, size=80)
    mass = regressions.one_hot(codes, 3) * weights[:, None]
    rows = np.arange(80)[None]
    found = regressions.fit(Space(features), mass, rows).predict_proba(features)[0]
    expected = peer(features, codes, sample_weight=weights).predict_proba(features)
    np.testing.assert_allclose(found, expected, atol=1e-4)

    soft = np.random.default_rng(1).dirichlet(np.ones(3), size=80)
    found = regressions.fit(Space(features), soft, rows).predict_proba(features)[0]
    tripled = np.repeat(features, 3, axis=0), np.tile(np.arange(3), 80)
    expected = peer(*tripled, sample_weight=soft.ravel()).predict_proba(features)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_equal_texts_with_different_labels() -> None:
    """Texts that are all the same leave the labels' shares as the answer."""
    found = fit(np.ones((4, 5)), np.array([0, 0, 0, 1]), np.arange(4)[None])
    np.testing.assert_allclose(found.predict_proba(np.ones((1, 5)))[0], [[0.75, 0.25]], atol=1e-4)


def test_company_does_not_matter() -> None:
    """A fit is the same with others beside it."""
    features, codes = texts(400, 3)
    rows = draws(300, 100, fits=15)
    many, alone = fit(features, codes, rows), fit(features, codes, rows[3:4])
    np.testing.assert_allclose(
        alone.predict_proba(features)[0], many.predict_proba(features)[3], atol=1e-4
    )


def test_held_out_texts() -> None:
    """A text's own label has no part in its held-out probabilities."""
    features, codes = texts(90, 3)
    rows = np.arange(10, 90)
    turned = codes.copy()
    turned[50] = (codes[50] + 1) % 3
    found = [
        regressions.held_out(Space(features), regressions.one_hot(each, 3), rows, 1.0, 5, seed=0)
        for each in (codes, turned)
    ]
    same = np.abs(found[0] - found[1]).max(axis=1) < 1e-6
    assert same[40] and not same.all() and found[0].shape == (80, 3)


def test_no_texts() -> None:
    """A fit without texts is refused with one line."""
    with pytest.raises(ValueError, match="found a fit with none"):
        fit(np.ones((3, 2)), np.array([0, 1, 1]), np.empty((1, 0), dtype=np.intp))
