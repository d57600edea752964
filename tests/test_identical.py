"""The same bytes on another machine: other instructions, threads, hash seed, locale, time zone."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.test_end_to_end import fresh, set_params

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="limits x86 instructions")

TASKS = ["sarcasm_news", "humor"]
# A processor of 2008, as far as each library can be told, where all is unlike the first machine.
NEW = {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "1", "TZ": "America/Lima", "LC_ALL": "C.UTF-8"}
OLD = {
    "ATEN_CPU_CAPABILITY": "default",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "2",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "C",
}
MACHINES = {"new": NEW, "old": OLD}
TEXTS = """
import sys
from stages import check, edit, fetch, generate, grid, label, refine, screen
check.main()
grid.main()
for task in sys.argv[1:]:
    fetch.main(task)
    generate.main(task, "few_shot")
    label.main(task)
for stage in (refine, edit, screen):
    stage.main()
"""
RESULTS = """
import sys
from stages import analyze, browse, combine, cost, curves, evaluate, explain, forecast, report
from stages import summarize, train, verdict, worth
train.main("probe")
for task in sys.argv[1:]:
    curves.main(task)
for stage in (evaluate, worth, combine, cost, verdict, analyze, browse, explain, forecast):
    stage.main()
for stage in (summarize, report):
    stage.main()
"""
ENCODE = """
import sys, numpy as np
from stages.classifiers.configs import EmbedConfig
from stages.classifiers.encode import encode
texts = np.array(open("texts.txt", encoding="utf-8").read().splitlines(), dtype=object)
np.save(sys.argv[1], encode(texts, EmbedConfig()))
"""


def run(folder: Path, machine: str, *command: str) -> None:
    """Run Python in `folder` on a machine that has a cache of its own."""
    environment = os.environ | MACHINES[machine] | {"SYNTHWORTH_CACHE": f"{folder}/{machine}"}
    environment["PYTHONPATH"] = str(folder if (folder / "stages").exists() else Path.cwd())
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_embeddings_are_the_same_bits(tmp_path: Path) -> None:
    """MiniLM's, whatever the instructions, the threads and the texts that go along."""
    lines = [f"Text {n} of {'some more ' * (n % 9)}words, naïve or not 🙂" for n in range(60)]
    found = {}
    for machine in MACHINES:
        texts = lines if machine == "new" else lines[::-2]
        (tmp_path / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
        run(tmp_path, machine, "-c", ENCODE, f"{machine}.npy")
        found[machine] = np.load(tmp_path / f"{machine}.npy")
    assert np.array_equal(found["new"][::-2], found["old"])


def test_a_run_writes_the_same_files(tmp_path: Path) -> None:
    """Every file of a small run, tables and pages and figures, is the same on both machines."""
    written = {}
    for machine in MACHINES:
        folder = fresh(tmp_path / machine)
        set_params(
            folder,
            grid__tasks=TASKS,
            grid__sources=["real", "few_shot"],
            grid__strategies=["few_shot"],
            fetch__max_per_label=12,
        )
        run(folder, machine, "-c", TEXTS, *TASKS)
        run(folder, machine, "-m", "stages.embed")
        run(folder, machine, "-c", RESULTS, *TASKS)
        written[machine] = digests(folder)
    assert len(written["new"]) > 50
    assert written["new"] == written["old"]


def digests(folder: Path) -> dict[str, str]:
    """A digest of each file in data/, metrics/ and plots/."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("data", "metrics", "plots")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }
