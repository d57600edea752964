"""Near duplicates by embeddings."""

import numpy as np
import pytest

from stages.classifiers import meaning


@pytest.mark.parametrize("rows", [3, 7, 1024])
def test_blocks_do_not_change_the_result(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same texts are kept as by comparing one by one, whatever the block."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept: list[int] = []
    for place, vector in enumerate(vectors):
        if not kept or (vectors[kept] @ vector).max() < 0.9:
            kept.append(place)
    monkeypatch.setattr(meaning, "ROWS", rows)
    assert np.flatnonzero(meaning.not_near_earlier(vectors, 0.9)).tolist() == kept


def test_dropped_text_drops_no_other() -> None:
    """Of a chain a - b - c, where only neighbours are near, a and c stay."""
    angles = np.deg2rad([0.0, 20.0, 40.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert meaning.not_near_earlier(vectors, 0.9) == [True, False, True]
    assert meaning.not_near_earlier(vectors[:0], 0.9) == []
