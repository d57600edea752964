"""Labels doubted by a classifier of other texts."""

import numpy as np
from numpy.typing import NDArray

from stages.classifiers.doubt import doubted

CENTRES = {"a": [1.0, 0.0, 0.0], "b": [0.0, 1.0, 0.0], "c": [0.0, 0.0, 1.0]}
LABELS = list(CENTRES)


def _texts(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.object_]]:
    """Vectors near their label's centre, of length 1."""
    labels = np.array([LABELS[row % 3] for row in range(count)], dtype=object)
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(count, 3))
    rows = np.array([CENTRES[label] for label in labels]) + noise
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def test_planted_errors_are_found() -> None:
    """Texts under a wrong label are doubted, the others are not."""
    known, truth = _texts(60, 0)
    vectors, labels = _texts(150, 1)
    asked = labels.copy()
    asked[:9] = [LABELS[(row + 1) % 3] for row in range(9)]
    assert np.flatnonzero(doubted(vectors, asked, known, truth, LABELS)).tolist() == [*range(9)]


def test_label_without_texts_is_left_aside() -> None:
    """Texts of a label that the pool lacks are not doubted; with one label nothing is."""
    known, truth = _texts(60, 0)
    vectors, asked = _texts(90, 1)
    lacking = truth != "c"
    assert not doubted(vectors, asked, known[lacking], truth[lacking], LABELS)[asked == "c"].any()
    single = truth == "a"
    assert not doubted(vectors, asked, known[single], truth[single], LABELS).any()
