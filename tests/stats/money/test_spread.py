"""Several tasks at the same sums of money."""

import numpy as np
import pytest

from stages.stats.money import spread
from stages.stats.money.ways import ALONE
from tests.stats.money.toy import ASKED, REAL, TARIFF, WAYS


def test_a_way_is_read_off_between_its_sizes() -> None:
    """Half a decade of money is half the way; free texts stand at the least sum."""
    scores = np.array([[0.5], [0.7]])
    found = spread.at(np.array([1.0, 10**0.5, 10.0]), np.array([1.0, 10.0]), scores)
    assert found[:, 0] == pytest.approx([0.5, 0.6, 0.7])
    free = spread.at(np.array([spread.LEAST, 1.0]), np.zeros(1), scores[:1])
    assert free[:, 0].tolist() == [0.5, 0.5]


def test_the_mean_of_equal_tasks_is_each() -> None:
    """From the sum that buys the least size to the one that buys all; the LLM at its mean cost."""
    read = spread.read_off(WAYS, TARIFF)
    found = spread.mean([read, read], 0.9)["means"]["accuracy"]
    real = list(found[ALONE]["real"].values())
    assert real[0]["usd"] == pytest.approx(1) and real[-1]["usd"] == pytest.approx(100)
    assert real[4]["score"]["value"] == pytest.approx(0.7)
    (asked,) = found["run_time"]["prompted"].values()
    assert asked["usd"] == 2 and asked["score"]["value"] == 0.88
    assert asked["frontier"]["gain"]["value"] == pytest.approx(0.18)


def test_a_task_with_few_ways_does_not_empty_the_comparison() -> None:
    """Of three tasks with two ways and one with one, the three are compared."""
    reads = [
        spread.read_off(ways, TARIFF) for ways in ([REAL, ASKED], [REAL], *[[REAL, ASKED]] * 2)
    ]
    tasks, names = spread.shared(reads)
    assert (len(tasks), len(names)) == (3, 2)
    assert set(spread.mean(reads, 0.9)["means"]["macro_f1"]) == {ALONE, "run_time"}
    assert spread.shared([]) == ([], [])


def test_only_ways_of_all_tasks_have_a_mean() -> None:
    """A task without the LLM's labels takes `prompted` out of it."""
    reads = [spread.read_off(ways, TARIFF) for ways in ([REAL, ASKED], [REAL])]
    assert list(spread.mean(reads, 0.9)["means"]["macro_f1"]) == [ALONE]
