"""Ways to train one classifier on a few labels by people, labels by an LLM, and written texts.

A way says how much each text counts for each label: a mass (texts, labels), as `ridge.fit` takes
it. What differs between ways is the mass alone; texts, kernel and classifier are the same. Weights
that are not chosen by cross-validation are the same for all tasks.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import ridge
from stages.core.arrays import Floats, Ints, Rows

SHARES = (0.0, 0.1, 0.3, 1.0)  # weights of a written text that cross-validation chooses from
CONFIDENCE = {1: 0.3, 2: 0.8, 3: 1.0}  # weight of an LLM's label by the confidence it stated
ERRORS = {1: 0.45, 2: 0.15, 3: 0.03}  # how often such a label is wrong; the same of any LLM's first
UNSTATED = 2  # what a label without a confidence counts as
PRIOR = 6.0  # errors that are added to those seen and to those expected
MOST = 0.6  # highest share of errors of a label


class Weights(NamedTuple):
    """How much a text counts where everything is combined, beside one that a sure LLM labelled."""

    human: float = 2.0
    few_shot: float = 0.5
    zero_shot: float = 0.25
    unlabelled: float = 0.3
    sharpness: float = 5.0  # of a soft label: the softmax of so many times the scores
    penalty: float = ridge.PENALTY


class Given(NamedTuple):
    """Texts with a label each."""

    rows: Rows  # (n,) of all texts
    codes: Ints  # (n,)


NONE = Given(np.array([], np.intp), np.array([], np.int64))


class Parts(NamedTuple):
    """What there is to train on. Only `human` may share texts with `llm`."""

    features: NDArray[np.floating]  # (texts, dimensions)
    inner: Floats  # (texts, texts) their kernel
    labels: int
    human: Given = NONE
    llm: Given = NONE
    checked: Given = NONE  # the LLM's labels of the texts of `human`, in their order
    gold: Given = NONE  # people's labels of the texts of `llm`: what perfect ones are worth
    confidence: Ints = NONE.codes  # (texts,) 1 to 3 that the LLM stated of each, else 0
    few_shot: Given = NONE
    zero_shot: Given = NONE
    unlabelled: Rows = NONE.rows
    weights: Weights = Weights()

    def mass(self, *weighted: tuple[Given, Floats | float]) -> Floats:
        """Each text counts for its label by the weight given; of two parts the later one holds."""
        found = np.zeros((len(self.inner), self.labels))
        for given, weight in weighted:
            found[given.rows] = np.eye(self.labels)[given.codes] * np.reshape(weight, (-1, 1))
        return found


Mass = Callable[[Parts], Floats]


def human(parts: Parts) -> Floats:
    """People's labels alone."""
    return parts.mass((parts.human, 1.0))


def written(parts: Parts) -> Floats:
    """Few-shot texts alone."""
    return parts.mass((parts.few_shot, 1.0))


def plain(parts: Parts) -> Floats:
    """People's labels and few-shot texts, all with the same weight."""
    return parts.mass((parts.few_shot, 1.0), (parts.human, 1.0))


def weighted(parts: Parts) -> Floats:
    """The same, the weight of the written texts chosen by cross-validation on people's labels.

    Jain, Montanari & Sasoglu (2024), "Scaling laws for learning with real and surrogate data". Of
    `SHARES`, that with the least squared error where each real text in turn is left out; 0 is
    people's labels alone.
    """
    tried = [parts.mass((parts.few_shot, w), (parts.human, 1.0)) for w in SHARES]
    return min(tried, key=lambda mass: _error(parts, mass))


def _error(parts: Parts, mass: Floats) -> float:
    """The mean squared error on people's labels, each left out in turn."""
    scores = ridge.left_out(parts.inner, mass)[parts.human.rows]
    return float(((scores - np.eye(parts.labels)[parts.human.codes]) ** 2).mean())


def importance(parts: Parts) -> Floats:
    """The same, a written text's weight being how much likelier its label is in real texts.

    Kuo et al. (2025), "Not all LLM-generated data are equal", IMP-Loss: the probability of the
    text's label by a model of real texts, over that by a model of written ones (which leaves the
    text out); so that their sum is as many as there are.
    """
    few_shot = parts.few_shot
    real = ridge.fit(parts.inner, human(parts)).scores(parts.inner[few_shot.rows])
    own = ridge.left_out(parts.inner, written(parts))[few_shot.rows]
    places = np.arange(len(few_shot.rows)), few_shot.codes
    ratio = ridge.probabilities(real)[places] / ridge.probabilities(own)[places]
    return parts.mass((few_shot, ratio / ratio.mean()), (parts.human, 1.0))


def llm(parts: Parts) -> Floats:
    """The LLM's labels of real texts, without people's."""
    return parts.mass((parts.llm, 1.0))


def gold(parts: Parts) -> Floats:
    """People's labels of the same texts: not a way to save labels, but what the LLM's could do."""
    return parts.mass((parts.gold, 1.0))


def llm_and_written(parts: Parts) -> Floats:
    """The LLM's labels and few-shot texts, all with the same weight."""
    return parts.mass((parts.llm, 1.0), (parts.few_shot, 1.0))


def confidence(parts: Parts) -> Floats:
    """All labels there are: the LLM's by its confidence, written texts less, people's more."""
    mass = _written(parts)
    return _with_real(parts, mass, np.eye(parts.labels)[parts.llm.codes])


def corrected(parts: Parts) -> Floats:
    """`confidence`, with the LLM's labels softened by how often it errs where people labelled.

    A label is wrong as often as such a confidence is, times how much more often than expected the
    LLM is wrong when it gives that label; the rest goes to the labels that people gave instead.
    Both are counted on the texts of `human`, with a prior: few labels say little.
    """
    eye = np.eye(parts.labels)
    table = eye[parts.checked.codes].T @ eye[parts.human.codes]  # LLM's label, people's label
    wrong = table * (1 - eye)
    expected = eye[parts.checked.codes].T @ _stated(parts, parts.checked.rows, ERRORS)
    ratio = (wrong.sum(axis=1) + PRIOR) / (expected + PRIOR)
    instead = wrong + 0.5 * (1 - eye)
    instead /= instead.sum(axis=1, keepdims=True)
    said = parts.llm.codes
    errors = (_stated(parts, parts.llm.rows, ERRORS) * ratio[said]).clip(0, MOST)[:, None]
    mass = _written(parts)
    return _with_real(parts, mass, (1 - errors) * eye[said] + errors * instead[said])


def _written(parts: Parts) -> Floats:
    """Few-shot and zero-shot texts with their weights."""
    weights = parts.weights
    return parts.mass((parts.few_shot, weights.few_shot), (parts.zero_shot, weights.zero_shot))


def _with_real(parts: Parts, mass: Floats, said: Floats) -> Floats:
    """`mass`, with the LLM's labels `said` (n, labels) and people's."""
    mass[parts.llm.rows] = _stated(parts, parts.llm.rows, CONFIDENCE)[:, None] * said
    mass[parts.human.rows] = parts.weights.human * np.eye(parts.labels)[parts.human.codes]
    return mass


def _stated(parts: Parts, rows: Rows, values: Mapping[int, float]) -> Floats:
    """The value for the confidence that the LLM stated of each text."""
    found = [values.get(c, values[UNSTATED]) for c in parts.confidence[rows].tolist()]
    return np.array(found, dtype=np.float64)


def relabelled(parts: Parts) -> Floats:
    """`confidence`, with the written texts' labels made by the model of the real ones, softly.

    He et al. (2022), "Generate, annotate, and learn".
    """
    nothing = np.zeros((len(parts.inner), parts.labels))
    mass = _with_real(parts, nothing, np.eye(parts.labels)[parts.llm.codes])
    rows = np.concatenate([parts.few_shot.rows, parts.zero_shot.rows])
    mass[rows] = _written(parts)[rows].sum(axis=1, keepdims=True) * _soft(parts, mass, rows)
    return mass


def self_trained(parts: Parts) -> Floats:
    """`corrected`, and unlabelled real texts with the soft labels that it gives them."""
    mass = corrected(parts)
    mass[parts.unlabelled] = parts.weights.unlabelled * _soft(parts, mass, parts.unlabelled)
    return mass


def doubly_robust(parts: Parts) -> Floats:
    """The LLM's labels and few-shot texts, corrected by how the LLM errs where people labelled.

    Zhu et al. (2023), "Doubly robust self-training": the mean loss by the LLM's labels of all
    texts, less that on the texts that people labelled, plus the mean loss by people's labels there.
    """
    mass = parts.mass((parts.few_shot, 1.0), (parts.checked, 1.0), (parts.llm, 1.0))
    texts = len(np.union1d(parts.llm.rows, parts.checked.rows))
    eye = np.eye(parts.labels)
    turned = eye[parts.human.codes] - eye[parts.checked.codes]
    mass[parts.human.rows] += texts / len(parts.human.rows) * turned
    return mass


def _soft(parts: Parts, mass: Floats, rows: Rows) -> Floats:
    """The labels (n, labels) that a classifier trained on `mass` gives these texts, softly."""
    scores = ridge.fit(parts.inner, mass, parts.weights.penalty).scores(parts.inner[rows])
    powers = np.exp(parts.weights.sharpness * (scores - scores.max(axis=1, keepdims=True)))
    whole: Floats = powers / powers.sum(axis=1, keepdims=True)
    return whole


class Way(NamedTuple):
    """A way to combine what there is."""

    title: str
    needs: tuple[str, ...]  # fields of `Parts`
    mass: Mass


FEW = ("human", "few_shot")
ALL = ("human", "checked", "llm", "few_shot", "zero_shot")
WAYS: Mapping[str, Way] = {
    "human": Way("people's labels", FEW[:1], human),
    "written": Way("few-shot texts", ("few_shot",), written),
    "plain": Way("people's + few-shot", FEW, plain),
    "weighted": Way("people's + few-shot, cross-validated weight", FEW, weighted),
    "importance": Way("people's + few-shot, importance weights", FEW, importance),
    "llm": Way("LLM's labels", ("llm",), llm),
    "gold": Way("people's labels of the same texts", ("gold",), gold),
    "llm_and_written": Way("LLM's + few-shot", ("llm", "few_shot"), llm_and_written),
    "doubly_robust": Way("LLM's + few-shot, doubly robust", ALL[:4], doubly_robust),
    "confidence": Way("everything, weighted", ALL, confidence),
    "relabelled": Way("everything, written texts relabelled", ALL, relabelled),
    "corrected": Way("everything, LLM's labels corrected", ALL, corrected),
    "self_trained": Way("everything, corrected, self-trained", (*ALL, "unlabelled"), self_trained),
}
