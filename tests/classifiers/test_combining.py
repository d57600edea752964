"""Ways to combine labels, on made-up texts whose truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.classifiers import combining, ridge
from stages.classifiers.combining import WAYS, Given, Parts
from stages.core.arrays import Floats, Ints

HUMAN, LLM, WRITTEN, UNLABELLED, TESTS = 30, 120, 60, 80, 400


def embeddings(codes: Ints, rng: np.random.Generator) -> Floats:
    """Unit vectors of two labels that overlap."""
    centres = np.zeros((2, 10))
    centres[:, 0] = -0.7, 0.7
    found = centres[codes] + rng.normal(size=(len(codes), 10)) * 0.6
    unit: Floats = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def world(seed: int, written_right: float = 0.9, llm_right: float = 0.9) -> tuple[Parts, Given]:
    """Texts whose written and LLM labels are right at these rates, and test texts.

    People label some of the texts that the LLM labelled; the parts' features end with the tests'.
    """
    rng = np.random.default_rng(seed)
    sizes = (LLM, WRITTEN, WRITTEN, UNLABELLED)
    truth = rng.integers(2, size=sum(sizes))
    starts = np.cumsum((0, *sizes))
    rows = [np.arange(a, b) for a, b in pairwise(starts)]
    features = embeddings(truth, rng)

    def said(own: NDArray[np.intp], right: float) -> Given:
        wrong = rng.random(len(own)) >= right
        return Given(own, np.where(wrong, 1 - truth[own], truth[own]))

    llm, few, zero = (
        said(own, right)
        for own, right in zip(rows, (llm_right, written_right, written_right), strict=False)
    )
    human = rng.permutation(rows[0])[:HUMAN]
    parts = Parts(
        features,
        ridge.kernel(features, features),
        2,
        human=Given(human, truth[human]),
        llm=llm,
        checked=Given(human, llm.codes[human]),
        gold=Given(rows[0], truth[rows[0]]),
        confidence=np.full(len(truth), 3),
        few_shot=few,
        zero_shot=zero,
        unlabelled=rows[3],
    )
    codes = rng.integers(2, size=TESTS)
    return parts._replace(features=np.vstack([features, embeddings(codes, rng)])), Given(
        np.arange(len(truth), len(truth) + TESTS), codes
    )


def accuracy(parts: Parts, tests: Given, way: str) -> float:
    """Of a way, on the test texts."""
    fitted = ridge.fit(parts.inner, WAYS[way].mass(parts))
    own = parts.features[: len(parts.inner)]
    found = ridge.predict(own, parts.features[tests.rows], [fitted])
    return float((found[0] == tests.codes).mean())


@pytest.mark.parametrize("right", [0.95, 0.5, 0.05])
def test_weighted_is_never_worse_than_people_s_labels_alone(right: float) -> None:
    """Whether written labels are right, random or wrong: within noise over 40 draws.

    Plain concatenation loses where they are wrong; where they are right both gain.
    """
    drawn = [world(seed, written_right=right) for seed in range(40)]
    ways = ("human", "plain", "weighted")
    human, plain, weighted = (
        np.array([accuracy(parts, tests, way) for parts, tests in drawn]) for way in ways
    )
    less = weighted - human
    assert less.mean() > -2 * less.std(ddof=1) / np.sqrt(len(less)) - 0.005
    if right > 0.9:
        assert less.mean() > 0.5 * (plain - human).mean() > 0
    if right < 0.1:
        assert (plain - human).mean() < -0.1


def test_cross_validation_chooses_among_none_and_all() -> None:
    """Wrong texts get no weight, right ones the same as people's."""
    bad, good = world(0, written_right=0.0)[0], world(0, written_right=1.0)[0]
    np.testing.assert_array_equal(combining.weighted(bad), combining.human(bad))
    assert combining.weighted(good)[good.few_shot.rows].sum(axis=1).min() >= 0.3


def test_importance_is_low_where_written_texts_are_wrong_together() -> None:
    """A region whose written labels are all turned counts for less than the rest; the sum stays."""
    parts, _ = world(1, written_right=1.0)
    rows, codes = parts.few_shot
    turned = (codes == 1) & (parts.features[rows, 1] > 0)
    few_shot = Given(rows, np.where(turned, 0, codes))
    mass = combining.importance(parts._replace(few_shot=few_shot))[rows].sum(axis=1)
    assert mass.mean() == pytest.approx(1)
    assert mass[turned].mean() < 0.7 * mass[~turned].mean()


def test_confidence_weighs_labels() -> None:
    """The LLM's by its confidence, an unstated one as middling; people's replace them."""
    parts, _ = world(2)
    stated = parts.confidence.copy()
    others = np.setdiff1d(parts.llm.rows, parts.human.rows)
    stated[others[:3]] = (1, 2, 0)
    mass = combining.confidence(parts._replace(confidence=stated)).sum(axis=1)
    assert mass[others[:4]].tolist() == [0.3, 0.8, 0.8, 1.0]
    assert set(mass[parts.human.rows]) == {parts.weights.human}
    assert set(mass[parts.few_shot.rows]) == {0.5} and not mass[parts.unlabelled].any()


def test_corrected_learns_which_label_is_wrong() -> None:
    """An LLM that says 1 for half of the 0s: its 1s are softened, its 0s are trusted."""
    parts, _ = world(3, llm_right=1.0)
    said = parts.gold.codes.copy()
    said[np.flatnonzero(said == 0)[::2]] = 1
    checked = Given(parts.human.rows, said[parts.human.rows])
    llm = Given(parts.llm.rows, said)
    mass = combining.corrected(parts._replace(llm=llm, checked=checked))
    others = np.setdiff1d(parts.llm.rows, parts.human.rows)
    doubt = 1 - mass[others, said[others]]
    assert doubt[said[others] == 1].max() > 1.5 * doubt[said[others] == 0].max() > 0
    np.testing.assert_allclose(mass[others].sum(axis=1), 1)


def test_doubly_robust_is_people_s_labels_where_all_have_them() -> None:
    """However wrong the LLM is: what Zhu et al. (2023) ask of it."""
    parts, _ = world(4, llm_right=0.2)
    everything = parts._replace(human=parts.gold, checked=parts.llm, few_shot=combining.NONE)
    np.testing.assert_allclose(combining.doubly_robust(everything), combining.gold(parts))


def test_soft_labels() -> None:
    """Relabelled and unlabelled texts count by their weight, split between labels."""
    parts, _ = world(5)
    written = combining.relabelled(parts)[parts.few_shot.rows]
    np.testing.assert_allclose(written.sum(axis=1), parts.weights.few_shot)
    trained = combining.self_trained(parts)
    np.testing.assert_allclose(trained[parts.unlabelled].sum(axis=1), parts.weights.unlabelled)
    assert (trained[parts.unlabelled] > 0).all()
    rest = np.setdiff1d(np.arange(len(trained)), parts.unlabelled)
    np.testing.assert_array_equal(trained[rest], combining.corrected(parts)[rest])


def test_more_is_better() -> None:
    """In a world where all labels are mostly right, everything together beats people's few."""
    drawn = [world(seed, 0.95, 0.95) for seed in range(20)]
    few, everything = (
        np.array([accuracy(_with_few(parts), tests, way) for parts, tests in drawn])
        for way in ("human", "self_trained")
    )
    more = everything - few
    assert more.mean() > 3 * more.std(ddof=1) / np.sqrt(len(more))


def _with_few(parts: Parts) -> Parts:
    """With ten labels by people."""
    human, checked = (Given(g.rows[:10], g.codes[:10]) for g in (parts.human, parts.checked))
    return parts._replace(human=human, checked=checked)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_reads_what_it_says_it_needs(way: str) -> None:
    """With nothing else it finds the same."""
    parts, _ = world(6)
    needed = {name: getattr(parts, name) for name in WAYS[way].needs}
    alone = Parts(parts.features, parts.inner, 2, confidence=parts.confidence, **needed)
    np.testing.assert_array_equal(WAYS[way].mass(alone), WAYS[way].mass(parts))
