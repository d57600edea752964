"""Sources described at equal size."""

import numpy as np
import pandas as pd
import pytest

from stages.stats.texts import diversity, matching, portrait
from stages.stats.texts.neighbours import unit
from stages.stats.texts.portrait import Texts


def source(n: int, seed: int, spread: float = 1.0) -> Texts:
    """Texts of random words, embedded around the first axis."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(["red", "green", "blue", "grey"], 6)) for _ in range(n)]
    rows = unit(np.eye(6)[0] + spread * rng.normal(size=(n, 6)))
    labels = pd.Series(["a", "b"] * (n // 2))
    return Texts([f"{seed}-{i}" for i in range(n)], texts, labels, rows)


def test_sources_are_drawn_at_the_same_size_and_labels() -> None:
    """Half of the smaller source, from both."""
    sources = {"real": source(40, 0), "zero_shot": source(100, 1)}
    matched = portrait.match(sources, 0.5, 1000, 4, 0)
    assert matched.size == 20
    for name, draws in matched.draws.items():
        counts = [sources[name].labels[draw].value_counts().to_dict() for draw in draws]
        assert counts == [{"a": 10, "b": 10}] * 4


def test_sources_too_small_to_draw_from() -> None:
    """Size 0 says so."""
    assert portrait.match({"real": source(2, 0)}, 0.5, 1000, 4, 0).size == 0


def test_a_wider_source_is_more_diverse() -> None:
    """Every embedding measure rises with the spread; shares stay within 0 and 1."""
    sources = {"narrow": source(60, 0, 0.2), "wide": source(200, 1, 1.5)}
    found = portrait.diversities(sources, portrait.match(sources, 0.5, 1000, 5, 0), 0.95)
    for measure in ("remote_clique", "chamfer", "vendi"):
        assert found["narrow"][measure]["high"] < found["wide"][measure]["low"]
    for measure in ("distinct_1", "distinct_2", "compression"):
        assert 0 <= found["wide"][measure]["low"] <= found["wide"][measure]["high"] <= 1


def test_longer_texts_are_not_less_diverse_by_their_bytes() -> None:
    """The same words in texts of 6 and of 60 compress alike once both are cut to equal bytes."""
    rng = np.random.default_rng(9)
    vocabulary = ["".join(rng.choice(list("abcdefgh"), 5)) for _ in range(300)]
    sources = {}
    for name, length in (("short", 6), ("long", 60)):
        texts = [" ".join(rng.choice(vocabulary, length)) for _ in range(60)]
        sources[name] = source(60, 10)._replace(texts=texts)
    found = portrait.diversities(sources, portrait.match(sources, 0.5, 1000, 5, 0), 0.95)
    short, long = (found[name]["compression"]["value"] for name in sources)
    assert short == pytest.approx(long, rel=0.05)
    whole = [diversity.compression(s.texts, 10**6) for s in sources.values()]
    assert whole[1] < 0.8 * whole[0]


def test_a_source_like_the_reference_is_closer_and_not_recognised() -> None:
    """The reference's own population against one around another axis."""
    reference = source(60, 2, 0.5).rows
    like, other = source(60, 3, 0.5), source(60, 4, 0.5)
    other = other._replace(rows=unit(other.rows[:, ::-1]))
    sources = {"like": like, "other": other}
    matched = portrait.match(sources, 0.5, 1000, 5, 0)
    close = portrait.similarities(sources, matched, reference, 0.95, 99, 0)
    for measure in ("top5_cosine", "coverage"):
        assert close.estimates["like"][measure]["low"] > close.estimates["other"][measure]["high"]
    assert close.estimates["like"]["c2st"]["p"] > 0.05
    assert close.estimates["other"]["c2st"]["p"] < 0.05
    assert close.texts["like"].shape == (60,)


@pytest.mark.parametrize(("total", "reference"), [(60, 60), (1000, 60), (1000, 30)])
def test_intervals_hold_the_source_s_and_the_reference_s_chance(total: int, reference: int) -> None:
    """Over pairs of samples, most 95 % intervals hold the mean."""
    found: dict[str, list[dict[str, float]]] = {"c2st": [], "top5_cosine": []}
    for seed in range(100):
        sources = {"x": source(total, seed)}
        labels = {"a": 15, "b": 15}
        draws = matching.draws(sources["x"].labels, labels, 20, seed, "x")
        real = source(reference, 5000 + seed, 1.5).rows
        close = portrait.similarities(sources, portrait.Matched(30, {"x": draws}), real, 0.95, 1, 0)
        for name, blocks in found.items():
            blocks.append(close.estimates["x"][name])
    for blocks in found.values():
        mean = np.mean([block["value"] for block in blocks])
        assert np.mean([block["low"] <= mean <= block["high"] for block in blocks]) >= 0.85


def test_a_small_reference_is_covered_half_by_its_own_population() -> None:
    """With fewer reference texts than drawn ones the draws are cut; of one, nothing is said."""
    sources = {"like": source(200, 7, 0.5)}
    matched = portrait.match(sources, 0.5, 1000, 5, 0)
    values = [
        portrait.similarities(sources, matched, source(30, seed, 0.5).rows, 0.95, 9, 0).estimates[
            "like"
        ]["coverage"]["value"]
        for seed in range(50, 70)
    ]
    assert np.mean(values) == pytest.approx(0.5, abs=0.08)
    single = portrait.similarities(sources, matched, source(2, 8).rows[:1], 0.95, 9, 0)
    assert set(single.estimates["like"]) == {"top5_cosine", "c2st"}


def test_nearest_pairs_name_both_texts() -> None:
    """A planted copy of an embedding comes first, with the other text's id."""
    made, others = source(8, 5), source(6, 6)
    made.rows[3] = others.rows[2]
    table = pd.DataFrame({"id": others.ids, "text": others.texts})
    found = portrait.pairs("zero_shot", made, table, others.rows, 2)
    assert found["other_id"].iloc[0] == "6-2" and found["text"].iloc[0] == made.texts[3]
    assert list(found["source"]) == ["zero_shot"] * 2
