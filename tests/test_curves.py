"""Learning curves of the toy task, as the stage writes them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages import curves
from stages.core import files, paths
from stages.core.errors import UserError
from tests import toy_task
from tests.toy_task import TASK

pytestmark = pytest.mark.usefixtures("toy_project")


def found() -> dict[str, NDArray[Any]]:
    """What the stage writes."""
    curves.main(TASK)
    return files.read_arrays(paths.curves(TASK))


def test_every_source_at_every_size() -> None:
    """Codes by size, draw and test text; real texts are added to each source but themselves."""
    arrays = found()
    assert {name for name in arrays if name.endswith("/codes")} == {
        *("real/codes", "zero_shot/codes", "both/codes"),
        *("zero_shot/added/codes", "both/added/codes"),
    }
    assert arrays["real/sizes"].tolist() == [10, 16, 25, 40]
    assert arrays["zero_shot/added/sizes"].tolist() == [10, 30]
    for name in ("real", "zero_shot", "both", "zero_shot/added", "both/added"):
        codes = arrays[f"{name}/codes"]
        assert codes.shape == (len(arrays[f"{name}/sizes"]), 3, 20) and codes.dtype == np.uint8
    assert (arrays["real/codes"][-1] == arrays["real/codes"][-1, 0]).all()  # all texts: one fit
    for part, rows in (("tests", 20), ("unlabelled", 40), ("own", 30)):
        chances = arrays[f"zero_shot/{part}"]
        assert chances.shape == (rows, 2) and np.allclose(chances.sum(axis=1), 1)
    assert np.bincount(arrays["zero_shot/own_codes"]).tolist() == [15, 15]


def test_the_same_bytes_again() -> None:
    """The file depends on params and data only."""
    found()
    first = paths.curves(TASK).read_bytes()
    found()
    assert paths.curves(TASK).read_bytes() == first


@pytest.mark.parametrize("model", ["tfidf", "tuned"])
def test_any_model(model: str, toy_folder: Path) -> None:
    """One that reads texts, and one that is trained in steps."""
    grid = {"sources": ["real", "zero_shot"]}
    small = {"model": model, "sizes": 2, "draws": 2, "smallest": 30}
    toy_task.write_params(toy_folder / "encoder", curves=small, grid=grid)
    arrays = found()
    assert arrays["real/codes"].shape == (2, 2, 20)
    assert arrays["zero_shot/own"].shape == (30, 2)


def test_a_small_source_has_one_size(toy_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another source may be smaller than the smallest size: all of it is one point."""
    toy_task.write_params(toy_folder / "encoder", curves={"smallest": 35})
    arrays = found()
    assert arrays["zero_shot/sizes"].tolist() == [30] and arrays["real/sizes"][0] == 35
    assert "zero_shot/added/codes" not in arrays
    assert "texts, one point in place of a curve" in capsys.readouterr().out


@pytest.mark.parametrize("smallest", [40, 1_000])
def test_too_few_real_texts(toy_folder: Path, smallest: int) -> None:
    """A curve of real texts needs two sizes."""
    toy_task.write_params(toy_folder / "encoder", curves={"smallest": smallest})
    message = f"^things: expected more real texts than .* {smallest}, found 40; lower curves"
    with pytest.raises(UserError, match=message):
        curves.main(TASK)


def test_without_real_texts(toy_folder: Path) -> None:
    """Sources alone have curves, and nothing to be corrected to."""
    toy_task.write_params(toy_folder / "encoder", grid={"sources": ["zero_shot"]})
    assert set(found()) == {"zero_shot/sizes", "zero_shot/codes"}


def test_an_unknown_model(toy_folder: Path) -> None:
    """One line names those that there are."""
    toy_task.write_params(toy_folder / "encoder", curves={"model": "oracle"})
    with pytest.raises(UserError, match="models: expected an entry 'oracle', found"):
        curves.main(TASK)
