import numpy as np
import pytest
from numpy.typing import NDArray

from stages.classifiers import configs, registry
from stages.classifiers.protocol import Classifier, Features
from tests.classifiers import toy

CARD = ("tool", "meal", "fruit")  # "meal" is in no training set


def embedded(labels: NDArray[np.object_]) -> Features:
    """Unit vectors in float16 that point where the label says, with noise."""
    rng = np.random.default_rng(0)
    centres = np.eye(8)[[["fruit", "tool", "meal"].index(label) for label in labels]]
    vectors = centres + rng.normal(0, 0.1, centres.shape)
    unit: Features = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return unit


def made(kind: str, count: int, seed: int = 0) -> tuple[Classifier, Features, NDArray[np.object_]]:
    """An unfitted classifier with features that suit it and their labels."""
    texts, labels = toy.texts(count, seed)
    classifier = registry.build(configs.model({"kind": kind}, kind), CARD)
    return classifier, texts if kind == "tfidf" else embedded(labels), labels


@pytest.mark.parametrize("kind", ["tfidf", "probe"])
def test_columns_stand_in_the_card_s_order(kind: str) -> None:
    """Both kinds learn the toy task; a label without training texts has probability 0."""
    classifier, features, labels = made(kind, 80)
    classifier.fit(features[:60], labels[:60], features[60:], labels[60:], seed=0)
    probabilities = classifier.predict_proba(features[60:])
    assert probabilities.shape == (20, 3) and probabilities.dtype == np.float32
    assert np.array(CARD)[probabilities.argmax(axis=1)].tolist() == labels[60:].tolist()
    assert not probabilities[:, 1].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert classifier.curve == []


@pytest.mark.parametrize("kind", ["tfidf", "probe"])
def test_one_label_is_always_right(kind: str) -> None:
    """A training set of a single label gives that label for sure."""
    classifier, features, labels = made(kind, 10)
    one = labels == "tool"
    classifier.fit(features[one], labels[one], features, labels, seed=0)
    assert classifier.predict_proba(features).tolist() == [[1.0, 0.0, 0.0]] * 10


@pytest.mark.parametrize("kind", ["tfidf", "probe"])
def test_one_text_a_label_and_contradictions_are_no_failure(kind: str) -> None:
    """Equal texts with different labels leave the answer open, without an error."""
    classifier, features, labels = made(kind, 2)
    features[1] = features[0]
    classifier.fit(features, labels, features, labels, seed=0)
    np.testing.assert_allclose(classifier.predict_proba(features)[:, [0, 2]], 0.5, atol=1e-3)


def test_tfidf_reads_emoji_and_signs() -> None:
    """Texts without a letter still have words."""
    texts = np.array(["🙃 🙃", "!!!", "🙃", "! !"], dtype=object)
    labels = np.array(["tool", "fruit", "tool", "fruit"], dtype=object)
    classifier = registry.build(configs.TfidfConfig(kind="tfidf"), CARD)
    classifier.fit(texts[:2], labels[:2], texts, labels, seed=0)
    assert classifier.predict_proba(texts).argmax(axis=1).tolist() == [0, 2, 0, 2]
