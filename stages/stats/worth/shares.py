"""Class shares corrected: written texts come balanced, life does not.

A classifier learns its training texts' shares of labels with everything else. Where only the
shares differ from those of the texts to be classified, its probabilities are put right by Bayes'
rule: p'(y | x) is in proportion to p(y | x) times the share of y there over its share in training.

This asks for calibrated probabilities, and those of a regression on a few hundred texts are not:
its penalty holds them near the shares, so that shares outweigh texts. They are sharpened first, as
much as suits held-out texts of the same source (temperature scaling before shares are corrected:
Alexandari, Kundaje & Shrikumar 2020, "Maximum likelihood with bias-corrected calibration is
hard-to-beat at label shift adaptation").
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from stages.core.arrays import Floats, Ints

PRIOR = 0.5  # texts of each label that are added to few counted ones (Jeffreys)
MOST_ROUNDS = 10_000
SHARPNESS = (0.1, 50.0)  # between these it is sought
Way = Literal["known", "few_labels", "em"]  # where the shares in life come from
LEAST = 1e-12  # probability of a text's label in its likelihood
SETTLED = 1e-9  # change of a share from which on EM goes on


class Trained(NamedTuple):
    """What a classifier trained on all of a source says, for the correction of its shares."""

    tests: Floats  # probabilities (tests, labels)
    unlabelled: Floats  # of real texts that nobody labelled
    own: Floats  # of the source's own texts, held out
    own_codes: Ints  # of these, the labels


def predicted(
    trained: Trained, real: Ints, few: Ints, ways: Collection[Way]
) -> dict[str, NDArray[np.integer]]:
    """Label codes (tests,) corrected in each of the `ways`.

    known: for the shares of all `real` labels; few_labels: of those of the `few` texts at hand; em:
    of the unlabelled texts, estimated without any label.
    """
    labels = trained.tests.shape[1]
    shares = np.bincount(trained.own_codes, minlength=labels) / len(trained.own_codes)
    power = sharpness(trained.own, trained.own_codes)
    wanted: Mapping[Way, Callable[[], Floats]] = {
        "known": lambda: np.bincount(real, minlength=labels) / len(real),
        "few_labels": lambda: counted(few, labels),
        "em": lambda: estimated(sharpened(trained.unlabelled, power), shares),
    }
    tests = sharpened(trained.tests, power)
    return {way: corrected(tests, shares, wanted[way]()).argmax(axis=1) for way in ways}


def corrected(probabilities: Floats, trained: Floats, wanted: Floats) -> Floats:
    """Probabilities (n, labels) for other shares: `wanted` (labels,) in place of `trained`.

    A label with no share in training keeps the probability 0.

    Raises `ValueError` where no label that a text may have is wanted.

    >>> corrected(np.array([[0.5, 0.5]]), np.array([0.5, 0.5]), np.array([0.9, 0.1])).tolist()
    [[0.9, 0.1]]
    """
    ratio = np.divide(wanted, trained, out=np.zeros(len(trained)), where=np.asarray(trained) > 0)
    weighted = probabilities * ratio
    totals = weighted.sum(axis=1, keepdims=True)
    if not np.all(totals > 0):
        raise ValueError("expected shares above 0 for a label of every text, found a text without")
    whole: Floats = weighted / totals
    return whole


def sharpness(held_out: Floats, codes: Ints) -> float:
    """The power of greatest likelihood for probabilities (n, labels) of texts with these codes.

    The inverse of a temperature (Guo et al. 2017, "On calibration of modern neural networks");
    above 1 for probabilities that are too even.

    Raises `ValueError` without texts.
    """
    if not len(codes):
        raise ValueError("expected held-out texts to calibrate on, found none")

    def loss(log_power: float) -> float:
        true = sharpened(held_out, math.exp(log_power))[np.arange(len(codes)), codes]
        return float(-np.log(true.clip(LEAST)).mean())

    low, high = map(math.log, SHARPNESS)
    return math.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x)


def sharpened(probabilities: Floats, power: float) -> Floats:
    """Probabilities (n, labels) raised to a power and made to sum to 1 again.

    >>> sharpened(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.941, 0.059]]
    """
    largest = probabilities.max(axis=1, keepdims=True)
    powers = (probabilities / largest) ** power
    whole: Floats = powers / powers.sum(axis=1, keepdims=True)
    return whole


def counted(codes: Ints, labels: int, prior: float = PRIOR) -> Floats:
    """Shares (labels,) estimated from the label codes of a few texts, each label's count + `prior`.

    >>> counted(np.array([0, 0, 0, 1]), 3).round(3).tolist()
    [0.636, 0.273, 0.091]
    """
    counts = np.bincount(codes, minlength=labels) + prior
    shares: Floats = counts / counts.sum()
    return shares


def estimated(probabilities: Floats, trained: Floats) -> Floats:
    """Shares (labels,) of unlabelled texts, from probabilities (n, labels) alone, by EM.

    Saerens, Latinne & Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori
    probabilities", Neural Computation 14: the shares of greatest likelihood if only they differ
    from training and the probabilities are calibrated. For written texts neither is quite so.

    Raises `ValueError` without texts.
    """
    if not len(probabilities):
        raise ValueError("expected unlabelled texts to estimate shares from, found none")
    shares = np.array(trained, dtype=np.float64)
    for _ in range(MOST_ROUNDS):
        after: Floats = corrected(probabilities, trained, shares).mean(axis=0)
        if np.abs(after - shares).max() < SETTLED:
            return after
        shares = after
    return shares
