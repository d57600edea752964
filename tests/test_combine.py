"""The combine stage: every way of a made-up task, scored on its test texts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from stages import combine
from stages.classifiers.combining import WAYS
from stages.core import files, paths
from stages.core.errors import UserError
from tests import small_task
from tests.classifiers.test_combining import embeddings

TASKS = ("moods", "topics")
LABELS = ("bad", "good")
SIZES = {"real": 90, "few_shot": 20, "zero_shot": 20, "test": 60}
SETTINGS = {"human": 12, "llm": [60, 30], "unlabelled": 20, "draws": 3, "level": 0.95, "seed": 0}
WITHOUT_LLM = {"human", "written", "plain", "weighted", "importance"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tasks; a third of the zero-shot labels are wrong; an LLM labelled 60 texts, all right."""
    monkeypatch.chdir(tmp_path)
    use()
    for number, task in enumerate(TASKS):
        rng = np.random.default_rng(number)
        files.write_lines(({"label": label} for label in LABELS), paths.labels(task))
        for name, size in SIZES.items():
            codes = rng.integers(2, size=size)
            vectors = embeddings(codes, rng).astype(np.float16)
            files.write_array(vectors, paths.embeddings(task) / f"{name}.npy")
            if name == "zero_shot":
                codes[::3] = 1 - codes[::3]
            ids = [f"{name}-{row}" for row in range(size)]
            table = pd.DataFrame({"id": ids, "text": ids, "label": np.array(LABELS)[codes]})
            folder = paths.real(task) if name == "test" else paths.sources(task)
            files.write_table(table, folder / f"{name}.parquet")
            if name == "real":
                label(task, table[:60])


def use(sources: tuple[str, ...] = ("real", "few_shot", "zero_shot"), **changes: Any) -> None:
    """Write params.yaml."""
    grid = {"tasks": list(TASKS), "sources": list(sources), "strategies": [], "models": []}
    content = {"grid": grid | {"probes": ["probe"]}, "combine": SETTINGS | changes}
    Path("params.yaml").write_text(yaml.safe_dump(content))


def label(task: str, texts: pd.DataFrame) -> None:
    """Labels by an LLM that is right, and always sure."""
    rows = [
        {"split": "train", "id": row.id, "label": row.label, "confidence": 3}
        for row in texts.itertuples()
    ]
    files.write_lines(rows, paths.labelled(task))


def made(task: str = TASKS[0]) -> Any:
    """What the stage writes of a task."""
    combine.main()
    return json.loads(paths.combined(task).read_text())


def test_the_llm_labels_texts_that_people_did_not() -> None:
    """They join the LLM's labels of train texts, of which people label some, as before."""
    use(("real", "few_shot", "zero_shot", "labelled"))
    for number, task in enumerate(TASKS):
        rng = np.random.default_rng(10 + number)
        real = files.read_table(paths.sources(task) / "real.parquet")
        codes = rng.integers(2, size=30)
        ids = [f"new-{row}" for row in range(30)]
        more = pd.DataFrame({"id": ids, "text": ids, "label": np.array(LABELS)[codes]})
        table = pd.concat([real[:15], more])
        vectors = np.load(paths.embeddings(task) / "real.npy")[:15]
        added = embeddings(codes, rng).astype(np.float16)
        files.write_table(table, paths.sources(task) / "labelled.parquet")
        files.write_array(np.concatenate([vectors, added]), paths.embeddings(task) / "labelled.npy")
        label(task, table)
        lines = [
            line | {"split": "unlabelled" if str(line["id"]).startswith("new") else "train"}
            for line in files.read_lines(paths.labelled(task))
        ]
        files.write_lines(lines, paths.labelled(task))
    found = made()
    assert found["skipped"] == {"gold": "the LLM labelled texts that people did not"}
    assert {n: ways["llm"]["n_llm"] for n, ways in found["ways"].items()} == {"45": 45, "30": 30}
    assert found["ways"]["30"]["corrected"]["n_human"] == 12
    alone = found["ways"]["30"]["human"]["scores"]["accuracy"]["mean"]
    assert found["ways"]["30"]["corrected"]["scores"]["accuracy"]["mean"] >= alone
    for task in TASKS:
        label(task, files.read_table(paths.sources(task) / "labelled.parquet")[15:])
        lines = [line | {"split": "unlabelled"} for line in files.read_lines(paths.labelled(task))]
        files.write_lines(lines, paths.labelled(task))
    few = made()
    assert few["skipped"]["llm"] == "0 train texts with a label by the LLM, at least 12 needed"
    assert set(few["ways"]["0"]) == WITHOUT_LLM


def test_every_way_with_each_number_of_labels() -> None:
    """Scores lie in their intervals; gaps and the way are about the same scores."""
    found = made()
    assert found["skipped"] == {} and found["n_test"] == 60
    assert {number: set(ways) for number, ways in found["ways"].items()} == {
        "60": set(WAYS),
        "30": set(WAYS),
    }
    real, zero = (found["ends"][source]["accuracy"]["mean"] for source in ("real", "zero_shot"))
    for way, own in found["ways"]["60"].items():
        score = own["scores"]["accuracy"]
        assert score["low"] <= score["mean"] <= score["high"]
        gap = own["to_real"]["accuracy"]["difference"]
        assert gap == pytest.approx(score["mean"] - real, abs=1e-7)
        assert own["way"]["accuracy"]["gone"] == pytest.approx(score["mean"] - zero, abs=1e-7)
        assert ("to_human" in own and bool(own["to_human"])) == (way != "human")
    own = found["ways"]["30"]["self_trained"]
    counts = {name: own[name] for name in ("n_human", "n_llm", "n_written", "n_unlabelled")}
    assert counts == {"n_human": 12, "n_llm": 30, "n_written": 40, "n_unlabelled": 20}
    over = json.loads(paths.combined_over().read_text())
    assert over["means"]["60"]["llm"]["accuracy"]["tasks"] == 2
    assert set(over["ways"]) == set(WAYS)


def test_right_labels_of_the_llm_are_people_s() -> None:
    """It labelled every text as people did, so that the two ways are one."""
    ways = made()["ways"]["60"]
    assert ways["llm"]["scores"] == ways["gold"]["scores"]
    assert ways["llm"]["scores"]["accuracy"]["sd"] == 0  # all draws hold the same 60 texts


def test_a_task_without_llm_labels() -> None:
    """The ways that need them are left out, and it is said why; the others are as many labels."""
    label("moods", files.read_table(paths.sources("moods") / "real.parquet")[:5])
    found = made()
    assert {number: set(ways) for number, ways in found["ways"].items()} == {"0": WITHOUT_LLM}
    assert set(found["skipped"]) == set(WAYS) - WITHOUT_LLM
    assert found["skipped"]["llm"] == "5 train texts with a label by the LLM, at least 12 needed"
    assert set(json.loads(paths.combined("topics").read_text())["ways"]["60"]) == set(WAYS)


def test_sources_that_the_grid_lacks() -> None:
    """Without few-shot texts few ways are left; without real texts none."""
    use(("real", "zero_shot"))
    found = made()
    assert set(found["ways"]["60"]) == {"human", "llm", "gold"}
    assert found["skipped"]["plain"] == "few_shot is not among the task's sources"
    use(("few_shot", "zero_shot"))
    found = made()
    assert found["ways"] == {} and set(found["skipped"]) == set(WAYS)


def test_no_text_is_left_to_train_itself_on() -> None:
    """Where the LLM labelled all real texts, self-training is left out."""
    label("moods", files.read_table(paths.sources("moods") / "real.parquet"))
    assert made()["skipped"] == {"self_trained": "no real text is without a label"}


def test_fewer_real_texts_than_people_are_to_label() -> None:
    """One line says how many there are."""
    use(human=91)
    assert made()["skipped"]["human"] == "90 real texts, combine.human asks for 91"


def test_too_few_test_texts() -> None:
    """Below 30 no way is scored."""
    for name, folder in (("parquet", paths.real("moods")), ("npy", paths.embeddings("moods"))):
        path = folder / f"test.{name}"
        if name == "npy":
            files.write_array(np.array(files.read_array(path)[:29]), path)
        else:
            files.write_table(files.read_table(path)[:29], path)
    found = made()
    assert found["ways"] == {} and found["skipped"]["human"] == "29 test texts, at least 30 needed"


def test_the_same_again_and_another_seed() -> None:
    """Draws rest on the seed alone."""
    first, again = made(), made()
    use(seed=1)
    assert first == again != made()


def test_labels_outside_the_card() -> None:
    """One line names the file and the label."""
    label("moods", pd.DataFrame({"id": ["real-0"], "label": ["sad"]}))
    with pytest.raises(UserError, match=r"moods\.jsonl.*sad"):
        combine.main()


def test_nothing_heavy_is_imported() -> None:
    """No encoder runs: neither torch nor scikit-learn."""
    assert small_task.imported_by("combine", heavy=("torch", "transformers", "sklearn")) == []
