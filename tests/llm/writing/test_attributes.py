"""Attributes: what a proposal's reply gives, and how values are drawn."""

from collections import Counter

import pytest

from stages.llm.writing.attributes import drawn, parse_attributes

VALUES = {"tone": list("abcdefg"), "place": list("uvwxyz")}


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ('{"dimensions": {"tone": ["dry", " "], "none": []}}', {"tone": ["dry"]}),
        ('```json\n{"tone": ["dry"]}\n```', {"tone": ["dry"]}),
        ('{"tone": ["dry", "warm", "dry"]}', {"tone": ["dry", "warm"]}),
        ("no idea", {}),
        ('{"dimensions": 3}', {}),
        ("{" * 100_000, {}),
    ],
)
def test_proposals_are_read_tolerantly(reply: str, found: dict[str, list[str]]) -> None:
    """Fences, empty and repeated values do no harm; what cannot be read is nothing."""
    assert parse_attributes(reply) == found


@pytest.mark.parametrize(
    "name",
    ["length", "Length of text", "text_length", "Word count", "number of sentences", "Genre"],
)
def test_dimensions_that_the_task_fixes_are_dropped(name: str) -> None:
    """A length or a kind of text would contradict what the card asks for."""
    assert parse_attributes(f'{{"{name}": ["x"], "tone": ["dry"]}}') == {"tone": ["dry"]}


@pytest.mark.parametrize("name", ["size of stream", "genre of the film", "headline form", "words"])
def test_other_dimensions_stay(name: str) -> None:
    """A name that only resembles one of these is no reason to drop a dimension."""
    assert parse_attributes(f'{{"{name}": ["x"]}}') == {name: ["x"]}


def test_values_are_drawn_without_replacement_and_balanced() -> None:
    """At every length of a series, each value was used equally often, give or take one."""
    counts: dict[str, Counter[str]] = {dimension: Counter() for dimension in VALUES}
    for index in range(60):
        for dimension, value in drawn(VALUES, "0/ham/0", index).items():
            counts[dimension][value] += 1
            used = [counts[dimension][value] for value in VALUES[dimension]]
            assert max(used) - min(used) <= 1


def test_dimensions_are_combined_freely() -> None:
    """One dimension's value does not determine another's, though both go round."""
    pairs = {tuple(sorted(drawn(VALUES, "0/ham/0", index).items())) for index in range(420)}
    assert len(pairs) > 20


def test_a_draw_depends_on_its_seed_and_number_alone() -> None:
    """The same after any other draws, another for another series."""
    late = drawn(VALUES, "0/ham/0", 17)
    for index in range(17):
        drawn(VALUES, "0/ham/0", index)
    assert drawn(VALUES, "0/ham/0", 17) == late
    series = {tuple(drawn(VALUES, seed, n)["tone"] for n in range(7)) for seed in "abcdefgh"}
    assert len(series) > 1
