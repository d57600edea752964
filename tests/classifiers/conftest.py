"""Tiny encoders, made once a run."""

from pathlib import Path

import pytest

from tests.classifiers import toy


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a tiny random encoder of each architecture."""
    folder = tmp_path_factory.mktemp("encoders")
    return {name: toy.save_encoder(name, folder / name) for name in toy.ARCHITECTURES}
