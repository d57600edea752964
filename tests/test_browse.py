"""The browse stage: texts of a made-up grid to look at."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages import browse
from stages.core import files, paths
from tests import analysis_grid, tiny_grid

SETTINGS = {"texts": 100, "characters": 10, "pairs": 2, "compared": 50, "seed": 0}


@pytest.fixture(autouse=True)
def project(five_tasks: None) -> None:
    """Two tasks of the five."""
    use()


def use(**changes: int) -> None:
    """Write params.yaml."""
    analysis_grid.choose(("moods", "topics"))
    content = yaml.safe_load(Path("params.yaml").read_text())
    Path("params.yaml").write_text(yaml.safe_dump(content | {"browse": SETTINGS | changes}))


def texts(name: str = "texts", task: str = "moods") -> pd.DataFrame:
    """A table that was written."""
    return files.read_table(paths.browsed(task) / f"{name}.parquet")


def test_every_part_and_label_is_there() -> None:
    """Test texts with every source's answers; of each part as many; long texts are cut."""
    browse.main()
    found = texts()
    assert len(found) <= 50 and set(found["part"]) == {"test", "real", "zero_shot", "few_shot"}
    assert found.groupby("part")["label"].nunique().eq(2).all()
    test = found[found["part"] == "test"]
    assert set(test["outcome"]) <= {"all right", "some right", "all wrong"}
    assert test["right_real"].isin([0, 0.5, 1]).all() and test["sure"].between(0, 1).all()
    assert found.loc[found["part"] != "test", "right_real"].isna().all()
    assert found["text"].str.len().max() == 10
    assert (found["text_cut"] > 0).sum() == (found["text"].str.len() == 10).sum()


def test_pairs_of_both_ends() -> None:
    """The nearest, of which no text of a source stands twice, and the farthest."""
    browse.main()
    pairs = texts("pairs")
    assert pairs.groupby(["source", "end"]).size().eq(2).all()
    by = pairs.groupby(["source", "end"])["cosine"].mean().unstack()
    assert (by["nearest"] > by["farthest"]).all()


def test_the_labels_of_an_llm_are_beside_real_texts() -> None:
    """And none beside written ones."""
    tiny_grid.label("moods", wrong=2)
    browse.main()
    found = texts()
    asked = found[found["llm"].notna()]
    assert len(asked) and set(asked["part"]) <= {"test", "real"}
    assert set(asked["confidence"]) <= {2, 3}


def test_the_same_again_and_another_seed() -> None:
    """The same bytes for the same settings; other texts with another seed."""
    use(texts=20)
    browse.main()
    path = paths.browsed("moods") / "texts.parquet"
    first, ids = path.read_bytes(), set(texts()["id"])
    browse.main()
    assert path.read_bytes() == first
    use(texts=20, seed=1)
    browse.main()
    assert set(texts()["id"]) != ids


def test_planted_errors_are_doubted() -> None:
    """A label that its neighbours contradict, and the label that they have."""
    rng = np.random.default_rng(0)
    for name, folder in (("real", paths.sources("moods")), ("test", paths.real("moods"))):
        codes = np.arange(60) % 2
        vectors = np.eye(2)[codes] + rng.normal(scale=0.1, size=(60, 2))
        given = np.where(np.arange(60) < 3, 1 - codes, codes) if name == "test" else codes
        ids = [f"t{row}" if name == "test" else f"r{row}" for row in range(60)]
        labels = np.array(tiny_grid.LABELS)
        table = pd.DataFrame({"id": ids, "text": ids, "label": labels[given]})
        files.write_table(table, folder / f"{name}.parquet")
        files.write_array(vectors.astype(np.float16), paths.embeddings("moods") / f"{name}.npy")
    part = {
        name: browse.Part(
            files.read_table(folder / f"{name}.parquet"),
            files.read_array(paths.embeddings("moods") / f"{name}.npy"),
        )
        for name, folder in (("real", paths.sources("moods")), ("test", paths.real("moods")))
    }
    found = browse.judged("test", part, tiny_grid.LABELS)
    assert set(found[found["doubted"]]["id"]) == {"t0", "t1", "t2"}
    assert found["instead"][:3].tolist() == ["bad", "good", "bad"]
    assert not browse.judged("real", part, tiny_grid.LABELS)["doubted"].any()
