"""A browser without a screen, and the checker of accessibility; skipped where one is absent."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import made

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = {"wide": {"width": 1280, "height": 720}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs `pip install -e '.[dev]'`")
    found = shutil.which("chromium")
    if not found:
        pytest.skip("needs chromium: apt-get install chromium")
    with driver.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script."""
    if not AXE.exists():
        pytest.skip(
            f"needs axe-core: npm ci --prefix {AXE.parents[2].name} in {AXE.parents[2].parent}"
        )
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of two tasks with nasty texts."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(made.file("moods", "topics"), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of one task with 2,000 texts of 500 characters."""
    texts = [f"text {n} {'word ' * 99}"[:500] for n in range(1000)]
    path = tmp_path_factory.mktemp("large") / "report.html"
    path.write_text(made.file("moods", texts=texts), encoding="utf-8")
    return path.as_uri()
