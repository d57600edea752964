"""Predictions of each kind of model, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import train
from stages.classifiers.protocol import CurveRow
from stages.core import files, paths
from stages.core.errors import UserError
from stages.core.records import CURVE
from tests import toy_task
from tests.toy_task import TASK

pytestmark = pytest.mark.usefixtures("toy_project")


def predicted(source: str, model: str) -> pd.DataFrame:
    """What the train stage writes for a source and a model."""
    train.main(model, TASK, source)
    return pd.read_parquet(paths.predictions(TASK, model, source) / "test.parquet")


@pytest.mark.parametrize("model", ["tfidf", "probe", "tuned"])
@pytest.mark.parametrize("source", ["real", "both"])
def test_every_seed_predicts_every_test_text(source: str, model: str) -> None:
    """Rows are seeds by test texts; the label is the one of the highest probability."""
    found = predicted(source, model)
    test = pd.read_parquet(paths.real(TASK) / "test.parquet")
    assert list(found) == ["id", "seed", "size", "label", "p_tool", "p_fruit"]
    assert found["id"].tolist() == test["id"].tolist() * 2
    assert found["seed"].tolist() == [0] * 20 + [1] * 20
    assert set(found["size"]) == {16}
    chances = found[["p_tool", "p_fruit"]].to_numpy()
    assert chances.dtype == np.float32
    assert np.array(["tool", "fruit"])[chances.argmax(axis=1)].tolist() == found["label"].tolist()


@pytest.mark.parametrize("model", ["tfidf", "probe"])
def test_spare_texts_are_predicted_likewise(model: str) -> None:
    """In a file of their own, by the same models; without such texts there is none."""
    test, path = predicted("real", model), paths.predictions(TASK, model, "real") / "spare.parquet"
    assert not path.exists()
    vectors = paths.embeddings(TASK) / "spare.npy"
    try:
        rows = files.read_table(paths.real(TASK) / "test.parquet", ("id", "text"))[:6]
        files.write_table(rows[["id", "text"]], paths.spare(TASK))
        files.write_array(np.load(paths.embeddings(TASK) / "test.npy")[:6], vectors)
        pd.testing.assert_frame_equal(predicted("real", model), test)
        found = pd.read_parquet(path)
        same = test[test["id"].isin(rows["id"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, same, check_exact=False)
    finally:
        toy_task.write_spare(0)
        vectors.unlink()
    predicted("real", model)
    assert not path.exists()


def test_tfidf_learns_the_task() -> None:
    """The labels are not mixed up on the way."""
    found = predicted("real", "tfidf")
    test = pd.read_parquet(paths.real(TASK) / "test.parquet")
    assert (found["label"].to_numpy() == np.tile(test["label"], 2)).mean() > 0.8


def test_repeating_gives_the_same_bytes() -> None:
    """The file depends on params and data only."""
    path = paths.predictions(TASK, "probe", "real") / "test.parquet"
    train.main("probe", TASK, "real")
    first = path.read_bytes()
    train.main("probe", TASK, "real")
    assert path.read_bytes() == first


def test_a_seed_s_predictions_do_not_depend_on_the_others(toy_folder: Path) -> None:
    """Seed 1 alone gives what seed 1 gave among others."""
    both = predicted("real", "tuned")
    toy_task.write_params(toy_folder / "encoder", train={"seeds": [1]})
    alone = predicted("real", "tuned")
    pd.testing.assert_frame_equal(both[both["seed"] == 1].reset_index(drop=True), alone)


def test_size_says_how_many_texts_were_used(toy_folder: Path) -> None:
    """A label with fewer texts than the cap uses all it has."""
    toy_task.write_params(toy_folder / "encoder", train={"texts_per_label": 18})
    assert set(predicted("zero_shot", "probe")["size"]) == {30}
    toy_task.write_params(toy_folder / "encoder", train={"texts_per_label": None})
    assert set(predicted("real", "probe")["size"]) == {40}


@pytest.mark.parametrize(
    ("model", "cap", "seeds"),
    [("probe", None, [0]), ("tfidf", 40, [0]), ("tfidf", 18, [0, 1]), ("tuned", None, [0, 1])],
)
def test_one_run_where_seeds_change_nothing(
    model: str, cap: int | None, seeds: list[int], toy_folder: Path
) -> None:
    """A model without randomness that takes all texts is trained once."""
    toy_task.write_params(toy_folder / "encoder", train={"texts_per_label": cap})
    assert predicted("real", model)["seed"].unique().tolist() == seeds
    runs = files.read_json(paths.predictions(TASK, model, "real") / "runs.json")
    assert runs["identical"] == (seeds == [0])


def test_one_run_and_unequal_labels_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the sources they are true of; of a draw of equal size nothing is to be said."""
    train.main("probe", TASK)
    assert capsys.readouterr().out.endswith("probe: trained on real, zero_shot, both of things\n")
    table, rare = toy_task.table("rare", 40, seed=4), paths.sources(TASK) / "rare.parquet"
    few = table.groupby("label").cumcount() < table["label"].map({"tool": 20, "fruit": 3})
    files.write_table(table[few], rare)
    train.main("tfidf", TASK, "rare")
    assert capsys.readouterr().out.endswith(
        "; fewer than 8 texts of a label, so labels are unequal: things rare (3 fruit)\n"
    )
    rare.unlink()  # other tests use the folder
    toy_task.write_params(train={"texts_per_label": None})
    train.main("tfidf")
    said = (
        "; one run on real, zero_shot, both, all of whose texts are taken: more would be the same"
    )
    assert capsys.readouterr().out.endswith(f"{said}\n")


def test_no_training_on_a_source_that_the_task_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    """Its empty table gives no predictions; a model that trains on all of a task's has its own."""
    grid = {"sources": ["real", "gpt4"], "sources_of": {TASK: ["real"]}}
    toy_task.write_params(grid=grid)
    nothing = paths.sources(TASK) / "gpt4.parquet"
    files.write_table(toy_task.table("gpt4", 0, seed=0), nothing)
    assert predicted("gpt4", "tfidf").empty
    nothing.unlink()  # other tests use the folder
    assert "tfidf: nothing to train on, gpt4 is no source of things" in capsys.readouterr().out
    train.main("tfidf")
    assert "tfidf: trained on real of things" in capsys.readouterr().out


def test_curve_stands_beside_predictions_of_steps_only() -> None:
    """A fine-tuned model leaves a curve for each seed; a probe removes an older model's."""
    train.main("tuned", TASK, "real")
    folder = paths.predictions(TASK, "tuned", "real")
    curve = pd.read_parquet(folder / "curve.parquet")
    assert tuple(curve) == (*CURVE, "stops_on") and CurveRow._fields == CURVE
    assert curve["step"].tolist() == [1, 2, 3, 4] * 2
    stale = paths.predictions(TASK, "probe", "real") / "curve.parquet"
    files.write_table(curve, stale)
    train.main("probe", TASK, "real")
    assert not stale.exists()


def test_models_are_saved_when_asked(toy_folder: Path) -> None:
    """One folder per seed, replaced whole by the next run."""
    tuned = {
        **toy_task.PARAMS["models"]["tuned"],
        "encoder": str(toy_folder / "encoder"),
        "save": True,
    }
    toy_task.write_params(toy_folder / "encoder", models={"tuned": tuned})
    for _ in range(2):
        train.main("tuned", TASK, "zero_shot")
    folder = paths.predictions(TASK, "tuned", "zero_shot")
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"seed-0", "seed-1"}
    assert (folder / "seed-1" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("task", "source", "model", "message"),
    [
        ("thing", "real", "probe", "no task 'thing': grid.tasks has ['things']; add it there"),
        ("things", "news", "probe", "no source 'news': data/sources/things has ['both', 'real', "),
        ("things", "real", "svm", "no model 'svm': params.yaml has grid.models ['tfidf', 'tuned']"),
    ],
)
def test_unknown_names_are_named(task: str, source: str, model: str, message: str) -> None:
    """An unknown task, source or model is one line with the known ones."""
    with pytest.raises(UserError) as raised:
        train.main(model, task, source)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("section", "keys", "message"),
    [
        ("train", {"seeds": []}, "params.yaml: train: seeds: "),
        ("train", {"seeds": [-1]}, "params.yaml: train: seeds.0: "),
        ("train", {"texts_per_label": 0}, "params.yaml: train: texts_per_label: "),
        ("train", {"texts_per_lable": 3}, "params.yaml: train: texts_per_lable: unknown key"),
        ("models", {"probe": {"kind": "probe", "l2": 1}}, "params.yaml: models.probe: l2: "),
        ("models", {"own": {"kind": "finetune"}}, "params.yaml: models.own: encoder: "),
        ("models", {"own": None}, "params.yaml: models.own: expected kind, one of "),
    ],
)
def test_wrong_params_are_named(
    section: str, keys: dict[str, object], message: str, toy_folder: Path
) -> None:
    """A wrong value or an unknown key, even of a model that is not trained, ends the stage."""
    toy_task.write_params(toy_folder / "encoder", **{section: keys})
    with pytest.raises(UserError) as raised:
        train.main("probe", TASK, "real")
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("grid", "model", "message"),
    [
        (
            {"models": ["probe"], "probes": []},
            "probe",
            "params.yaml: 'probe' is of kind 'probe', which reads embeddings; list it in grid.pro",
        ),
        (
            {"models": [], "probes": ["tfidf"]},
            "tfidf",
            "params.yaml: 'tfidf' is of kind 'tfidf', which reads texts; list it in grid.models",
        ),
        (
            {"probes": ["own"]},
            "own",
            "params.yaml: models: expected an entry 'own', found ['pro",
        ),
    ],
)
def test_a_model_in_the_wrong_list_is_refused(
    grid: dict[str, object], model: str, message: str, toy_folder: Path
) -> None:
    """One line says what the model reads and which list it belongs to."""
    toy_task.write_params(toy_folder / "encoder", grid=grid)
    with pytest.raises(UserError) as raised:
        train.main(model, TASK, "real")
    assert str(raised.value).startswith(message)
