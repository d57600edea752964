"""The analyze stage on a tiny grid."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import analyze
from stages.core import files, paths
from stages.core.errors import UserError
from stages.rendering.content.facts import Analysis
from tests import analysis_grid, tiny_grid
from tests.analysis_grid import ANALYZE, facts

TASK = "moods"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for every test, with the tiny grid."""
    monkeypatch.chdir(tmp_path)
    analysis_grid.write()


def test_everything_is_analysed() -> None:
    """Agreement, annotators, thresholds, diversity, similarity and copies, for every source."""
    analyze.main()
    found = facts(paths.analyzed(TASK))
    assert found["agreement"]["items"] == 30 and found["agreement"]["kind"] == "annotations"
    assert found["annotators"]["annotators"] == 4
    slopes = found["thresholds"]["slopes"]["probe"]
    assert set(slopes) == {"real", "zero_shot", "few_shot"}
    assert "difference" in slopes["zero_shot"]
    assert found["diversity"]["texts"] == 6 and found["similarity"]["reference_texts"] == 30
    assert set(found["copies"]["sources"]["few_shot"]) == {"test", "pool"}
    assert found["basis"] == {"level": 0.95, "resamples": 100, "seed": 0}


def test_points_behind_the_figures_are_written() -> None:
    """Three thresholds of three sources, and every test text's closeness to every source."""
    analyze.main()
    folder = paths.analysis(TASK)
    assert len(files.read_table(folder / "thresholds.parquet")) == 9
    assert len(files.read_table(folder / "closeness.parquet")) == 90
    assert len(files.read_table(folder / "nearest.parquet")) == 6
    assert len(files.read_table(folder / "annotators.parquet")) == 8


def test_same_again_is_the_same_bytes() -> None:
    """All draws are seeded."""
    analyze.main()
    paths_ = sorted(paths.analysis(TASK).iterdir())
    first = [path.read_bytes() for path in paths_]
    analyze.main()
    assert [path.read_bytes() for path in paths_] == first


def test_unanimous_annotators_leave_no_line() -> None:
    """Too little spread is said, and aggregated labels are withheld, too."""
    analysis_grid.write(analyze=ANALYZE | {"gold": "dawid_skene"})
    test = files.read_table(paths.real(TASK) / "test.parquet")
    said = zip(test["id"], test["label"], strict=True)
    rows = [(item, f"k{k}", label) for item, label in said for k in range(2)]
    analysis_grid.annotate(TASK, pd.DataFrame(rows, columns=["item", "annotator", "label"]))
    analyze.main()
    found = facts(paths.analyzed(TASK))
    assert found["thresholds"]["withheld"].startswith("too little spread")
    assert found["thresholds"]["unanimous_items"] == 30
    assert found["gold"]["withheld"] == "0 disputed items: the same as the majority"
    assert found["agreement"]["alpha"] == {"value": 1.0}


def test_one_disputed_item_is_singular() -> None:
    """The reason for withholding aggregated labels is a sentence."""
    analysis_grid.write(analyze=ANALYZE | {"gold": "dawid_skene"})
    rows = [("t0", "k0", "bad"), ("t0", "k1", "good"), ("t1", "k0", "bad"), ("t1", "k1", "bad")]
    analysis_grid.annotate(TASK, pd.DataFrame(rows, columns=["item", "annotator", "label"]))
    analyze.main()
    reason = facts(paths.analyzed(TASK))["gold"]["withheld"]
    assert reason == "1 disputed item: the same as the majority"


def test_aggregated_labels_are_scored() -> None:
    """With disputed items they are compared with the task's labels and with predictions."""
    pytest.importorskip("crowdkit")
    analysis_grid.write(analyze=ANALYZE | {"gold": "dawid_skene"})
    analyze.main()
    assert facts(paths.analyzed(TASK))["gold"]["items"] == 30


def test_no_annotations() -> None:
    """What needs annotators is withheld with the reason; texts are still described."""
    (paths.real(TASK) / "annotations.parquet").unlink()
    analyze.main()
    found = facts(paths.analyzed(TASK))
    assert found["agreement"] == {"kind": "none", "withheld": "no annotations"}
    assert found["thresholds"]["withheld"] == "no test text has a known agreement"
    assert found["annotators"] == {"withheld": "annotators are not named"}
    assert found["diversity"]["texts"] == 6


def test_brackets_of_agreement() -> None:
    """Brackets give thresholds at their lower ends and bounds on the mean."""
    (paths.real(TASK) / "annotations.parquet").unlink()
    test = files.read_table(paths.real(TASK) / "test.parquet")
    low = [(0.5, 0.66, 1.0)[place % 3] for place in range(len(test))]
    table = pd.DataFrame({"item": test["id"], "low": low, "high": 1.0})
    analysis_grid.annotate(TASK, table, "agreement")
    analyze.main()
    found = facts(paths.analyzed(TASK))
    assert found["agreement"]["kind"] == "brackets" and found["thresholds"]["thresholds"] == 3


def test_annotations_of_another_card() -> None:
    """A label outside the card stops the stage; nothing is written."""
    rows = [("t0", "k0", "ugly"), ("t0", "k1", "good")]
    analysis_grid.annotate(TASK, pd.DataFrame(rows, columns=["item", "annotator", "label"]))
    with pytest.raises(UserError, match=r"annotations: labels \['ugly'\] are not the card's"):
        analyze.main()
    assert not paths.analyzed(TASK).exists()


def test_embeddings_of_other_texts() -> None:
    """Rows that do not match the texts are refused."""
    files.write_array(np.ones((3, 4), dtype=np.float16), paths.embeddings(TASK) / "real.npy")
    with pytest.raises(UserError, match="expected an embedding for each of the 12 texts"):
        analyze.main()


CLASHES = ("texts", "draws", "reference_texts", "overlap", "items", "withheld", "sources")


def test_names_of_users_cannot_collide_with_fixed_keys() -> None:
    """Sources and a model that are called like keys of the facts: each fact keeps its own value."""
    analyze.main()
    expected = facts(paths.analyzed(TASK))
    names = {"sources": ["real", *CLASHES], "probes": ["level", "slopes"], "strategies": []}
    analysis_grid.write((TASK,), names)
    analyze.main()
    found = facts(paths.analyzed(TASK))
    for part in ("diversity", "similarity", "copies"):
        assert set(found[part]) == set(expected[part])
        assert set(found[part]["sources"]) == {"real", *CLASHES}
    assert found["diversity"]["texts"] == 6 and found["copies"]["overlap"] == 0.5
    assert found["thresholds"]["items"] == 30
    assert set(found["thresholds"]["slopes"]) == {"level", "slopes"}
    Analysis.model_validate(found)


def test_sources_too_small_to_compare() -> None:
    """With two texts nothing can be drawn at equal size, and that is said."""
    table = files.read_table(paths.sources(TASK) / "real.parquet")[:2]
    files.write_table(table, paths.sources(TASK) / "real.parquet")
    vectors = np.eye(4, dtype=np.float16)[:2]
    files.write_array(vectors, paths.embeddings(TASK) / "real.npy")
    analyze.main()
    assert "too few texts" in facts(paths.analyzed(TASK))["diversity"]["withheld"]
    assert files.read_table(paths.analysis(TASK) / "closeness.parquet").empty


PANEL = [("t0", "young", "good"), ("t0", "old", "bad"), ("t1", "young", "bad")]


def test_a_panel_takes_the_place_of_the_annotators() -> None:
    """Its labels are counted like people's, and its name stands in the metrics."""
    analysis_grid.write(analyze=ANALYZE | {"annotations": "trio"})
    double = [("t1", "old", "bad"), ("t1", "old", "good"), ("elsewhere", "old", "bad")]
    analysis_grid.write_panel(TASK, [*PANEL, *double])
    analyze.main()
    found = facts(paths.analyzed(TASK))["agreement"]
    assert found["by"] == "LLM panel trio of 2 members played by m: a proxy for people"
    assert (found["items"], found["unknown_annotations"], found["items_labelled_twice"]) == (
        2,
        1,
        1,
    )


def test_tasks_without_the_panel_keep_their_annotators() -> None:
    """Where only another task has the file, the data set's own annotations are read."""
    analysis_grid.write(analyze=ANALYZE | {"annotations": "trio"})
    analysis_grid.write_panel("topics", PANEL)
    analyze.main()
    found = facts(paths.analyzed(TASK))["agreement"]
    assert found["items"] == 30 and "by" not in found


def test_a_panel_that_no_task_has() -> None:
    """The line names the panels that there are and how to make one."""
    analysis_grid.write(analyze=ANALYZE | {"annotations": "duo"})
    analysis_grid.write_panel("topics", PANEL)
    message = r"'duo': expected .*moods/duo.csv .*, found \['trio'\]; run `synthworth annotate"
    with pytest.raises(UserError, match=message):
        analyze.main()
    assert not paths.analyzed(TASK).exists()


def test_the_sample_s_panel_is_called_a_proxy() -> None:
    """source.json says that its annotators are no people."""
    files.write_json(
        {"origin": "sample", "annotators": "a proxy"}, paths.real(TASK) / "source.json"
    )
    analyze.main()
    assert facts(paths.analyzed(TASK))["agreement"]["by"] == "a proxy"


def test_an_llms_labels_are_held_against_the_annotators() -> None:
    """Where they are people's, and the LLM labelled some of their texts."""
    analysis_grid.write()
    task = tiny_grid.TASKS[0]
    test = files.read_table(paths.real(task) / "test.parquet")
    rows = zip(test["id"], test["label"], strict=True)
    said = [{"split": "test", "id": i, "label": x, "confidence": 3} for i, x in rows]
    files.write_lines(said, paths.labelled(task))
    analyze.main()
    found = files.read_json(paths.analyzed(task))["replacement"]
    assert found["items"] == len(test) and found["margin"] == 0.1
    other = files.read_json(paths.analyzed(tiny_grid.TASKS[1]))["replacement"]
    assert "no text that the LLM labelled" in other["withheld"]
