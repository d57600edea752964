"""The evaluate stage: from predictions to metrics/evaluate/<task>.json."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages import evaluate
from stages.core import files, paths
from stages.core.errors import UserError
from tests import tiny_grid

PREDICTIONS = paths.predictions("moods", "probe", "zero_shot") / "test.parquet"
TEST = paths.real("moods") / "test.parquet"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny project, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    tiny_grid.write(tiny_grid.params())


def scores(task: str = "moods") -> dict[str, Any]:
    """What evaluate writes."""
    evaluate.main()
    found: dict[str, Any] = json.loads(paths.evaluated(task).read_text())
    return found


def test_every_source_has_scores_and_a_gap_to_real() -> None:
    """Scores lie in their intervals; the gap is source minus real."""
    found = scores()
    for source in tiny_grid.SOURCES:
        block = found["probe"][source]
        for metric in ("accuracy", "macro_f1"):
            assert block[metric]["low"] <= block[metric]["mean"] <= block[metric]["high"]
            assert block[metric]["sd"] >= 0
        assert set(block["f1"]) == set(tiny_grid.LABELS)
        assert sum(sum(row.values()) for row in block["confusion"].values()) == 2 * 30
        assert block["n_train"] == 20
    real, synthetic = found["probe"]["real"], found["probe"]["zero_shot"]
    difference = synthetic["accuracy"]["mean"] - real["accuracy"]["mean"]
    assert synthetic["gap"]["accuracy"]["difference"] == pytest.approx(difference, abs=1e-4)
    assert synthetic["gap"]["macro_f1"]["p"] < 0.05
    assert "gap" not in real


def test_the_scores_say_what_they_rest_on() -> None:
    """Counts, settings and a signature that changes with the test set."""
    before = scores()
    assert (before["n_test"], before["n_seeds"]) == (30, 2)
    assert (before["level"], before["resamples"]) == (0.95, 200)
    parts = dict(part.split(":") for part in before["signature"].split("|"))
    assert parts["origin"] == "sample"
    assert parts["seeds"] == "0,1"
    table = files.read_table(TEST)
    files.write_table(table.assign(label=table["label"][::-1].to_list()), TEST)
    assert scores()["signature"] != before["signature"]


def test_scoring_twice_writes_the_same_bytes() -> None:
    """Nothing depends on the run; another task has draws of its own."""
    evaluate.main()
    first = paths.evaluated("moods").read_bytes()
    evaluate.main()
    assert paths.evaluated("moods").read_bytes() == first
    other = scores("topics")["probe"]["few_shot"]["accuracy"]
    assert other["mean"] == json.loads(first)["probe"]["few_shot"]["accuracy"]["mean"]
    assert other != json.loads(first)["probe"]["few_shot"]["accuracy"]


def test_without_real_there_is_no_gap_and_that_is_said() -> None:
    """A grid of synthetic sources alone is scored, with a note."""
    tiny_grid.write(tiny_grid.params({"sources": ["zero_shot", "few_shot"]}))
    found = scores()
    assert "gap" not in found["probe"]["zero_shot"]
    assert found["note"] == "no gaps: 'real' is none of the sources zero_shot, few_shot"


def test_one_seed_has_no_standard_deviation() -> None:
    """`sd` is left out, as it cannot be known."""
    tiny_grid.predict("moods", "zero_shot", "probe", [5])
    assert "sd" not in scores()["probe"]["zero_shot"]["accuracy"]


def _drop(path: Path) -> None:
    path.unlink()


def _forget_a_text(path: Path) -> None:
    table = files.read_table(path)
    files.write_table(table[table["id"] != "t3"], path)


def _strange_label(path: Path) -> None:
    files.write_table(files.read_table(path).assign(label="odd"), path)


def _empty(path: Path) -> None:
    files.write_table(files.read_table(path).head(0), path)


def _without_seed(path: Path) -> None:
    files.write_table(files.read_table(path).drop(columns="seed"), path)


@pytest.mark.parametrize(
    ("path", "spoil", "message"),
    [
        (PREDICTIONS, _drop, "expected the table data/predictions/probe/moods/zero_shot/test.par"),
        (PREDICTIONS, _forget_a_text, "seed 0: expected one prediction for each of 30 test texts"),
        (PREDICTIONS, _strange_label, "labels ['odd'] are not the card's ['bad', 'good']"),
        (PREDICTIONS, _empty, "expected predictions, found none"),
        (PREDICTIONS, _without_seed, "expected columns ['seed']"),
        (TEST, _drop, "expected the table data/real/moods/test.parquet, found none"),
        (TEST, _strange_label, "labels ['odd'] are not the card's ['bad', 'good']"),
        (TEST, _empty, "expected test texts, found none"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    """The line names the file; no metrics file appears."""
    spoil(path)
    with pytest.raises(UserError) as caught:
        evaluate.main()
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not paths.evaluated("moods").exists()


def test_settings_are_checked() -> None:
    """An unknown or impossible setting is refused by name."""
    settings = {"resamples": 200, "level": 1.5, "seed": 0}
    tiny_grid.write(tiny_grid.params(evaluate=settings))
    with pytest.raises(UserError, match=r"params.yaml: evaluate: level: .*less than 1, found 1.5"):
        evaluate.main()


def test_probabilities_may_stand_beside_the_labels() -> None:
    """Further columns of the predictions change nothing."""
    before = scores()
    table: pd.DataFrame = files.read_table(PREDICTIONS)
    files.write_table(table.assign(p_bad=0.5, p_good=0.5), PREDICTIONS)
    assert scores() == before
