"""What every test needs: few threads, no hub, no key, and the shared data sets where present."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Before any test imports torch or a hub library.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# Nothing of the user's is read or changed; removed when the run ends.
CACHE = tempfile.TemporaryDirectory(prefix="synthworth-")
os.environ["SYNTHWORTH_CACHE"] = CACHE.name
for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HF_TOKEN", "HF_ENDPOINT"):
    os.environ.pop(name, None)

# Runs in its own virtual environment, made by the benchmark.
collect_ignore = ["benchmarks/client_curator.py"]

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture
def datasets() -> Path:
    """The folder of real data sets beside the checkout; skips where there is none."""
    folder = SHARED / "datasets"
    if not folder.exists():
        pytest.skip("needs ../shared/datasets beside the checkout")
    return folder


@pytest.fixture(scope="session")
def analyzed_tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the five tasks of `analysis_grid.FIVE`, run up to analyze."""
    from stages import analyze, evaluate
    from tests import analysis_grid

    folder = tmp_path_factory.mktemp("five")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        analysis_grid.write(analysis_grid.FIVE)
        evaluate.main()
        analyze.main()
    return folder


@pytest.fixture
def five_tasks(analyzed_tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of that folder to run in."""
    shutil.copytree(analyzed_tasks, tmp_path / "grid")
    monkeypatch.chdir(tmp_path / "grid")


@pytest.fixture
def two_tasks(five_tasks: None) -> None:
    """The same, with two of the tasks in the grid."""
    from tests import analysis_grid

    analysis_grid.choose(("moods", "topics"))


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the default grid with the commits `one` and `two`, whose metrics differ."""
    from tests import two_runs

    folder = tmp_path_factory.mktemp("two_runs")
    two_runs.write(folder)
    return folder


@pytest.fixture(scope="module")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the toy task mixed and embedded by a tiny encoder."""
    from stages import embed
    from tests import toy_task
    from tests.classifiers import toy

    folder = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        toy_task.write_params(toy.save_encoder("bert", folder / "encoder"))
        toy_task.write_texts()
        embed.main()
    return folder


@pytest.fixture
def toy_project(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That folder to run in, with the params as they were."""
    from tests import toy_task

    monkeypatch.chdir(toy_folder)
    toy_task.write_params(toy_folder / "encoder")
