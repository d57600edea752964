"""Random generators by name."""

from stages.core import seeds


def test_a_draw_depends_on_the_seed_and_every_name() -> None:
    """Other seeds and other names give other draws; the same ones the same draws."""
    drawn = [(0, ["a"]), (1, ["a"]), (0, ["b"]), (0, ["a", "b"]), (0, ["b", "a"])]
    arrays = {int(seeds.generator(seed, *names).integers(1 << 60)) for seed, names in drawn}
    lists = {seeds.choices(seed, *names).random() for seed, names in drawn}
    places = {seeds.place("text", seed, "/".join(names)) for seed, names in drawn}
    assert len(arrays) == len(lists) == len(places) == len(drawn)


def test_draws_are_the_same_on_every_machine() -> None:
    """No hash of Python's and no state of a process has a part in them."""
    assert seeds.generator(0, "imdb", "real").integers(1000, size=3).tolist() == [30, 454, 620]
    assert seeds.choices(0, "imdb").sample(range(1000), 3) == [436, 115, 135]
    assert seeds.place("text", 0, "pool") == "fa3c89e9961c52dd8c920361606a8126"
