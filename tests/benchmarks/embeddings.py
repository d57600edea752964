"""Embeddings with label codes from files `<task>.npz`, for benchmarks on real texts."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.stats.worth.populations import Real, Texts

MOST = {"real": 20_000, "test": 8_000}


def tasks(folder: Path) -> Iterator[tuple[str, Real]]:
    """Each file's name and texts: arrays real, real_y, test, test_y, cut at MOST."""
    for path in sorted(folder.glob("*.npz")):
        file = np.load(path)
        train, test = (
            Texts(file[name][:most], file[f"{name}_y"][:most].astype(np.int64))
            for name, most in MOST.items()
        )
        yield path.stem, Real(train, test, int(max(train.codes.max(), test.codes.max())) + 1)
