from collections import Counter

import numpy as np

from stages.classifiers import sampling

LABELS = np.array(list("aaaaaaaaaabbbbbbc") * 3, dtype=object)


def drawn(cap: int | None, seed: int) -> set[int]:
    """The rows drawn of LABELS."""
    return set(sampling.draw(LABELS, "abc", cap, seed, "real").tolist())


def test_each_label_has_as_many_as_the_cap_or_all() -> None:
    """A label with fewer texts than the cap gives all it has."""
    rows = sampling.draw(LABELS, "abc", 5, 0, "real")
    assert Counter(LABELS[rows]) == {"a": 5, "b": 5, "c": 3}
    assert rows.tolist() == sorted(set(rows.tolist()))


def test_no_cap_takes_every_row_in_order() -> None:
    """Without a cap the seed has no say."""
    assert sampling.draw(LABELS, "abc", None, 3, "real").tolist() == list(range(len(LABELS)))


def test_seeds_draw_differently_and_repeatably() -> None:
    """Same seed, same rows; another seed, other rows."""
    assert drawn(5, seed=0) == drawn(5, seed=0) != drawn(5, seed=1)


def test_smaller_draws_lie_within_larger_ones() -> None:
    """A learning curve grows by adding texts."""
    assert drawn(2, seed=0) < drawn(5, seed=0) < drawn(9, seed=0)


def test_a_label_without_texts_gives_none() -> None:
    """A label that the table lacks is passed over."""
    assert len(sampling.draw(LABELS, "abcd", 1, 0, "real")) == 3


def test_sources_draw_independently() -> None:
    """A mixture's draw shares as many rows with its part's as by chance: 10 of 130, ten times."""
    part, mixture = (np.array(["a"] * count, dtype=object) for count in (100, 130))
    shared = [
        len(
            set(sampling.draw(part, "a", 10, seed, "part"))
            & set(sampling.draw(mixture, "a", 10, seed, "mixture"))
        )
        for seed in range(1_000)
    ]
    assert abs(np.mean(shared) - 100 / 130) < 3 * np.std(shared) / np.sqrt(1_000)


def test_held_out_texts_come_from_the_drawn_ones_of_every_label() -> None:
    """A tenth of each label, one at least; a label's only text is trained on."""
    rows = sampling.draw(LABELS, "abc", None, 0, "real")[:19]
    kept, held = sampling.hold_out(LABELS, rows, 0.1, 0, "real")
    assert sorted([*kept, *held]) == rows.tolist()
    assert Counter(LABELS[held]) == {"a": 1, "b": 1} and "c" in LABELS[kept]
    again = sampling.hold_out(LABELS, rows, 0.1, 0, "real")[1]
    assert held.tolist() == again.tolist()
