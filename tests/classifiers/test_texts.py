"""Tables of labelled texts, as classifiers read them."""

from pathlib import Path

import numpy as np
import pytest

from stages.classifiers import texts
from stages.core import files
from stages.core.errors import UserError
from tests import toy_task


def test_embeddings_of_other_texts_are_refused(tmp_path: Path) -> None:
    """Rows that do not match the table end the stage."""
    vectors, table = tmp_path / "v.npy", tmp_path / "t.parquet"
    files.write_array(np.zeros((2, 4), np.float16), vectors)
    files.write_table(toy_task.table("x", 3, seed=0), table)
    with pytest.raises(UserError, match=r"v\.npy has 2 rows, .*t\.parquet has 3; run `dvc repro`"):
        texts.read(table, vectors, ("tool", "fruit"), embedded=True)


def test_a_split_without_texts_is_refused(tmp_path: Path) -> None:
    """An empty table ends the stage."""
    files.write_table(toy_task.table("x", 2, seed=0)[:0], tmp_path / "t.parquet")
    with pytest.raises(UserError, match="expected texts, found none"):
        texts.read(tmp_path / "t.parquet", tmp_path / "v.npy", ("tool", "fruit"), embedded=False)
