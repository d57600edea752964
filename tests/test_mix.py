"""Each source of the grid becomes one table of training texts."""

from pathlib import Path

import pandas as pd
import pytest

from stages import mix
from stages.core import files, paths
from stages.core.errors import UserError
from tests import toy_task
from tests.toy_task import TASK

SIMPLE = ("real", "real_pool", "zero_shot")


@pytest.fixture(autouse=True)
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy task in an empty folder."""
    monkeypatch.chdir(tmp_path)
    toy_task.write_params()
    toy_task.write_texts()


def test_each_source_has_its_table() -> None:
    """Real and synthetic texts as they are, a mixture's parts in the declared order."""
    mix.main(TASK)
    found = {path.stem: pd.read_parquet(path) for path in paths.mix(TASK).iterdir()}
    assert {name: len(frame) for name, frame in found.items()} == {
        "real": 40,
        "zero_shot": 30,
        "both": 40,
    }
    assert all(list(frame) == ["id", "text", "label"] for frame in found.values())
    kinds = found["both"]["id"].str.split("-").str[0].tolist()
    assert kinds == ["train"] * 10 + ["zero_shot"] * 30


def test_a_row_in_two_parts_is_taken_once() -> None:
    """real and real_pool share rows; equal ids of different texts are different rows."""
    first = pd.DataFrame({"id": ["1", "2"], "text": ["x", "y"], "label": ["a", "b"]})
    second = pd.DataFrame({"id": ["2", "1"], "text": ["y", "z"], "label": ["b", "a"]})
    assert mix.mixed([first, second])["text"].tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("source", "mixtures", "message"),
    [
        ("news", {}, "no source 'news': expected one of ['real', 'real_pool', 'zero_shot']; add"),
        ("test", {"test": ("real",)}, "sources: 'test' is the name of a split"),
        ("m", {"m": ("real", "web")}, "mix.mixtures.m: expected parts out of"),
        ("m", {"m": ()}, "mix.mixtures.m: expected parts out of"),
        ("m", {"m": ("m",)}, "mix.mixtures.m: expected parts out of"),
        ("real", {"real": ("zero_shot",)}, "mix.mixtures: ['real'] name sources that exist"),
    ],
)
def test_a_wrong_source_is_named(
    source: str, mixtures: dict[str, tuple[str, ...]], message: str
) -> None:
    """Unknown sources and parts, empty mixtures and taken names are refused."""
    with pytest.raises(UserError) as raised:
        mix.parts(source, SIMPLE, mixtures)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["tool", "tool"], "expected texts of every label, found none of ['fruit']"),
        (["tool", "meal"], "labels ['meal'] are not the card's ['tool', 'fruit']"),
    ],
)
def test_a_table_with_other_labels_leaves_nothing(labels: list[str], message: str) -> None:
    """A label without texts and an unknown label are told before anything is written."""
    path = paths.synthetic(TASK) / "zero_shot.parquet"
    frame = pd.DataFrame({"id": ["1", "2"], "text": ["x", "y"], "label": labels})
    files.write_table(frame, path)
    with pytest.raises(UserError) as raised:
        mix.main(TASK)
    assert str(raised.value).startswith(str(path)) and message in str(raised.value)
    assert not paths.mix(TASK).exists()


def test_a_missing_table_is_told() -> None:
    """A strategy without texts is named by its table."""
    path = paths.synthetic(TASK) / "zero_shot.parquet"
    path.unlink()
    with pytest.raises(UserError, match=f"expected the table {path}, found none"):
        mix.main(TASK)
