"""What classifiers trained on ever more texts predict: the raw material of learning curves."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import regressions
from stages.classifiers.protocol import Classifier, Features, Labels
from stages.classifiers.regressions import Space
from stages.core.arrays import Floats, Rows

Predictions = NDArray[np.int16]  # label codes (sizes, draws, tests)


def of_probe(
    space: Space,
    mass: Floats,
    orders: Rows,
    sizes: Sequence[int],
    tests: NDArray[np.floating],
    c: float = 1.0,
    also: Rows | None = None,
) -> Predictions:
    """Label codes for `tests` (n, dimensions) by the probe trained on each order's first texts.

    `space` and `mass` (texts, labels) are as `regressions.fit` has them; `orders` (draws, m) are
    row numbers of the space's texts, of which the first `sizes` are taken in turn. The rows `also`
    are in every training set beside them (synthetic texts that real ones are added to), and a size
    may then be 0.
    """
    beside = np.array([], dtype=np.intp) if also is None else also
    found = []
    for size in sizes:
        chosen = orders[:, :size]
        if size in (0, orders.shape[1]) and _same(chosen):
            chosen = chosen[:1]  # one training set, however it is ordered: one fit
        rows = np.hstack([np.broadcast_to(beside, (len(chosen), len(beside))), chosen])
        fitted = regressions.fit(space, mass, rows, c)
        with regressions.one_blas_thread():
            predicted = fitted.predict(tests)
        found.append(np.broadcast_to(predicted, (len(orders), len(tests))))
    return np.stack(found)


def of_classifier(
    build: Callable[[], Classifier],
    features: Features,
    labels: Labels,
    orders: Rows,
    sizes: Sequence[int],
    tests: Features,
    validation: tuple[Features, Labels],
) -> Predictions:
    """The same with any classifier, one fit after the other; a draw's number is its seed.

    `features` and `tests` are what the classifier reads: texts or embeddings.
    """
    found = np.empty((len(sizes), len(orders), len(tests)), dtype=np.int16)
    for place, size in enumerate(sizes):
        for draw, order in enumerate(orders):
            rows, classifier = order[:size], build()
            classifier.fit(features[rows], labels[rows], *validation, seed=draw)
            found[place, draw] = classifier.predict_proba(tests).argmax(axis=1)
    return found


def _same(orders: Rows) -> bool:
    """Whether all orders hold the same rows."""
    return bool((np.sort(orders, axis=1) == np.sort(orders[0])).all())
