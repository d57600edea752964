"""The cheapest way to a score, by hand."""

from typing import Any

import numpy as np
import pytest

from stages.stats.money import said, targets
from stages.stats.money.ways import ALONE, RUN_TIME, WITH_REAL
from tests.stats.money.toy import REAL, TARIFF, WAYS


def target(share: float) -> Any:
    """What is found of a target."""
    found = said.found(WAYS, REAL, TARIFF, [share], 0.9)
    return found["targets"]["accuracy"][f"{share:g}"]


def test_what_each_way_takes() -> None:
    """0.65 of 0.9 = 0.585: real texts half a decade from 10 less some; written ones their least."""
    found = target(0.65)["ways"]
    size = 10 * 10 ** (0.085 / 0.2)
    assert found[ALONE]["real"]["labels"]["value"] == pytest.approx(size)
    assert found[ALONE]["real"]["total"]["value"] == pytest.approx(size * 0.1)
    assert found[ALONE]["real"]["hours"]["value"] == pytest.approx(size / 100)
    written = found[ALONE]["zero_shot"]
    assert written["size"]["value"] == 10 and written["labels"]["value"] == 0
    assert written["training"] == {"value": 0.1, "low": 0.1, "high": 0.2}
    both = found[WITH_REAL]["zero_shot"]
    assert both["total"]["value"] == pytest.approx(100 * 0.01 + 10 * 0.1)
    assert found[RUN_TIME]["prompted"]["training"]["value"] == 0
    assert found[RUN_TIME]["prompted"]["total"]["value"] == 2


def test_the_cheapest_way() -> None:
    """Of all ways, and of those that train something; texts to break even against the others."""
    low = target(0.65)
    assert low["cheapest"] == {"kind": ALONE, "source": "zero_shot", "share": 1}
    assert low["classifier"]["break_even"]["value"] == pytest.approx(0.1 / 0.002)
    high = target(0.95)  # 0.855: two ways only
    assert set(high["ways"]) == {ALONE, RUN_TIME}
    assert high["cheapest"]["source"] == "prompted"
    assert high["classifier"]["source"] == "real"
    size = 100 * 10 ** (0.155 / 0.2)
    assert high["classifier"]["break_even"]["value"] == pytest.approx(size * 0.1 / 0.002)


def test_a_score_that_no_way_reaches() -> None:
    """No cheapest way, and nothing else."""
    found = target(1.2)
    assert found["ways"] == {} and not {"cheapest", "classifier"} & set(found)


def test_points_and_their_frontier() -> None:
    """Ten written texts, then 100; then asking at run time, which beats both; real ones at last."""
    found = said.points(WAYS, TARIFF, 0.9)
    order = {
        (kind, source, size): point["frontier"]["accuracy"]["order"]
        for kind, sources in found.items()
        for source, points in sources.items()
        for size, point in points.items()
        if point["frontier"]
    }
    assert sorted(order, key=lambda key: order[key]) == [
        (ALONE, "zero_shot", "10"),
        (ALONE, "zero_shot", "100"),
        (RUN_TIME, "prompted", "0"),
        (ALONE, "real", "1000"),
    ]
    last = found[ALONE]["real"]["1000"]
    assert last["frontier"]["accuracy"]["gain"]["value"] == pytest.approx(0.02)
    assert (last["labels"], last["hours"], last["total"]["value"]) == (1000, 10, 100)


def test_a_machine_costs_as_long_as_it_runs() -> None:
    """Its price per text counts for classifiers, in totals and in what is saved by them."""
    tariff = TARIFF._replace(classified=0.001)
    assert said.points([REAL], tariff, 0.9)[ALONE]["real"]["10"]["total"]["value"] == 1 + 1
    found = targets.break_even(np.array([3.0]), np.array([0.002]), 0.001)
    assert found == pytest.approx([3000])
