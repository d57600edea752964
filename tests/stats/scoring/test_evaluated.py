"""The file between evaluate and all that reads it."""

from pathlib import Path

import pytest

from stages.core import files
from stages.core.errors import UserError
from stages.stats.scoring import evaluated
from stages.stats.scoring.evaluated import Basis, Evaluated, Gap, Score, Trained

SCORE = Score(mean=0.123457, se=0.01, df=9, low=0.1, high=0.2, noise="test texts")
GAP = Gap(difference=0.1, se=0.01, df=9, low=0.08, high=0.12, p=0.001, noise="test texts")
RECORD = Evaluated(
    basis=Basis(n_test=9, few_test_texts={"basis": 9}, level=0.95, signature="v:2"),
    scores={"scores": {"gaps": {"accuracy": SCORE}}},
    gaps={"scores": {"gaps": {"accuracy": GAP}}},
    against={"scores": {"against": {"gaps": {"accuracy": GAP}}}},
    trained={
        "scores": {
            "gaps": Trained(n_seeds=1, n_train=9, f1={"f1": 1.0}, confusion={"n_train": {"f1": 2}})
        }
    },
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Also where models, sources and labels are called like the file's own keys."""
    path = tmp_path / "task.json"
    evaluated.write(RECORD, path)
    assert evaluated.read(path, ["scores"], ["gaps"]) == RECORD


def test_missing_sources_and_other_versions_are_refused(tmp_path: Path) -> None:
    """One line names the file, and what is missing or wrong in it."""
    path = tmp_path / "task.json"
    evaluated.write(RECORD, path)
    with pytest.raises(UserError, match=r"task\.json: .* 1 are missing, first \('scores', 'new'\)"):
        evaluated.read(path, ["scores"], ["gaps", "new"])
    files.write_json({"probe": {"real": {}}}, path)
    with pytest.raises(UserError, match=r"task\.json: .*it is of another version, run `dvc repro`"):
        evaluated.read(path)
