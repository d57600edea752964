"""Embeddings stand row by row beside the tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import embed
from stages.core import paths
from stages.core.errors import UserError
from tests import toy_task
from tests.classifiers import toy
from tests.toy_task import TASK


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny encoder's folder, beside the toy task in the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = toy.save_encoder("bert", tmp_path / "encoder")
    toy_task.write_params(folder)
    toy_task.write_texts()
    return folder


def test_rows_stand_as_in_the_tables(encoder: Path) -> None:
    """Validation, test and every source have an array; the same text has the same row in each."""
    embed.main()
    arrays = {path.stem: np.load(path) for path in paths.embeddings(TASK).iterdir()}
    assert {name: len(array) for name, array in arrays.items()} == {
        "validation": 12,
        "test": 20,
        "real": 40,
        "zero_shot": 30,
        "both": 40,
    }
    assert {array.dtype.name for array in arrays.values()} == {"float16"}
    assert np.array_equal(arrays["both"], np.vstack([arrays["real"][:10], arrays["zero_shot"]]))


def test_spare_texts_have_an_array(encoder: Path) -> None:
    """Where there are some."""
    toy_task.write_spare(5)
    embed.main()
    assert len(np.load(paths.embeddings(TASK) / "spare.npy")) == 5


def test_a_source_without_a_table_is_named(encoder: Path) -> None:
    """Nothing is written when a source is missing."""
    (paths.sources(TASK) / "real.parquet").unlink()
    with pytest.raises(UserError, match=r"expected the table .*real\.parquet, found none"):
        embed.main()
    assert not paths.embeddings(TASK).exists()


def test_an_encoder_that_cannot_be_found_is_named(encoder: Path) -> None:
    """The stage ends in the encoder's one line."""
    toy_task.write_params(encoder / "elsewhere")
    with pytest.raises(UserError, match=r"^encoder '.*elsewhere': "):
        embed.main()
    assert not paths.embeddings(TASK).exists()


def test_an_empty_split_has_an_empty_array(encoder: Path) -> None:
    """A validation table without rows is no failure here."""
    path = paths.real(TASK) / "validation.parquet"
    pd.read_parquet(path)[:0].to_parquet(path)
    embed.main()
    assert np.load(paths.embeddings(TASK) / "validation.npy").shape == (0, 32)
