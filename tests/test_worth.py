"""Worth of a made-up task's sources, as the stage writes it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages import worth
from stages.core import files, paths
from stages.core.errors import UserError
from tests import toy_task
from tests.toy_task import TASK

SIZES = np.array([10, 16, 25, 40])


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the toy task and 60 test texts; n real texts are right about n + 15 of them."""
    monkeypatch.chdir(tmp_path)
    toy_task.write_params()
    toy_task.write_texts(tests=60)
    write({"real": SIZES + 15, "zero_shot": SIZES[:3] + 25, "both": SIZES})


def write(right: dict[str, Any]) -> None:
    """Curves of sources with so many right answers at each size; draws differ in which."""
    labels = [line["label"] for line in files.read_lines(paths.labels(TASK))]
    test = files.read_table(paths.real(TASK) / "test.parquet")
    truth = np.array([labels.index(label) for label in test["label"]])
    arrays = dict[str, Any]()
    for source, counts in right.items():
        codes = np.repeat(truth[None, None], len(counts), axis=0).repeat(3, axis=1)
        for (place, draw), count in np.ndenumerate(np.tile(counts, (3, 1)).T):
            wrong = np.random.default_rng([draw, len(source)]).permutation(60)[count:]
            codes[place, draw, wrong] = 1 - truth[wrong]
        sure = np.where(np.arange(2) == codes[-1, 0][:, None], 0.9, 0.1)
        arrays |= {
            f"{source}/sizes": SIZES[: len(counts)],
            f"{source}/codes": codes.astype(np.uint8),
            f"{source}/added/sizes": SIZES[:1],
            f"{source}/added/codes": codes[-1:].astype(np.uint8),
            f"{source}/tests": sure,
            f"{source}/unlabelled": sure[:20],
            f"{source}/own": sure[:30],
            f"{source}/own_codes": truth[:30].astype(np.uint8),
        }
    files.write_arrays(arrays, paths.curves(TASK))


def found() -> Any:
    """What the stage writes."""
    worth.main()
    return json.loads(paths.worth(TASK).read_text())


def test_worth_is_where_real_texts_are_as_good() -> None:
    """50 right: between 25 texts (40 right) and 40 (55), two thirds of the way on the log scale."""
    content = found()
    accuracy = content["sources"]["zero_shot"]["metrics"]["accuracy"]
    plain = accuracy["worth"]["plain"]
    assert plain["score"]["value"] == pytest.approx(50 / 60)
    assert plain["mean"]["labels"] == pytest.approx(25 * (40 / 25) ** (10 / 15))
    assert plain["mean"]["low"] < plain["mean"]["labels"]
    assert set(accuracy["worth"]) == {"plain", "known", "few_labels", "em"}
    assert list(accuracy["curve"]) == ["10", "16", "25"]
    assert accuracy["saved"]["10"]["labels"] == pytest.approx(plain["mean"]["labels"] - 10)
    assert content["basis"] == {"tests": 60, "texts": 40, "smallest": 10, "draws": 3, "level": 0.95}
    assert content["real"]["accuracy"]["p_monotone"] == 1


def test_beyond_the_sizes_only_that_is_said() -> None:
    """Below the smallest size, and above the largest."""
    write({"real": SIZES + 15, "zero_shot": np.array([3]), "both": np.array([60])})
    sources = found()["sources"]
    ends = {name: sources[name]["metrics"]["accuracy"]["worth"]["plain"] for name in sources}
    assert ends["zero_shot"]["mean"] == {"labels": "below", "low": "below", "high": "below"}
    assert ends["both"]["reliable"]["labels"] == "above"


def test_extrapolation_is_asked_for() -> None:
    """Two forms beyond the largest size, where there are sizes enough to fit them."""
    sizes = np.array([10, 13, 18, 25, 33, 40])
    toy_task.write_params(worth={"extrapolate": True})
    curve = {"real": np.array([30, 35, 40, 44, 47, 49]), "zero_shot": [52], "both": [52]}
    write(curve)
    arrays = files.read_arrays(paths.curves(TASK)) | {"real/sizes": sizes}
    files.write_arrays(arrays, paths.curves(TASK))
    plain = found()["sources"]["zero_shot"]["metrics"]["accuracy"]["worth"]["plain"]
    assert plain["mean"]["labels"] == "above" and set(plain["extrapolated"]) == {"pow4", "mmf4"}


def test_too_few_test_texts() -> None:
    """Below 30 a statement stands in the place of numbers."""
    toy_task.write_texts(tests=29)
    assert found() == {
        "basis": {
            "tests": 29,
            "level": 0.95,
            "withheld": "expected at least 30 test texts, found 29",
        }
    }


def test_no_curve_of_real_texts() -> None:
    """Without real texts there is nothing to measure in."""
    toy_task.write_params(grid={"sources": ["zero_shot"]})
    assert "real texts are not among the sources" in found()["basis"]["withheld"]


def test_curves_of_another_grid() -> None:
    """One line says that they are missing."""
    toy_task.write_params(grid={"sources": ["real", "few_shot"]})
    with pytest.raises(UserError, match=r"things\.npz: expected curves of .*few_shot.*dvc repro"):
        worth.main()


def test_one_way_to_correct_shares_is_misspelt() -> None:
    """One line names those that there are."""
    toy_task.write_params(worth={"shares": ["guess"]})
    with pytest.raises(UserError, match=r"worth: shares\.0: expected 'known'"):
        worth.main()
