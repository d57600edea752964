"""The stage screen."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from stages import screen
from stages.core.errors import UserError
from tests import small_task

ADVERTS = [f"win cash prize {word}" for word in "abcdefgh"]
TALK = [f"see home lunch {word}" for word in "abcdefgh"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and embeddings that count words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stages.classifiers.meaning.embed", _vectors)


def _vectors(texts: Iterable[str]) -> NDArray[np.float32]:
    """An embedding with a dimension for advertising, small talk and an animal."""
    words = (("win", "cash", "prize"), ("see", "home", "lunch"), ("cat", "feline"))
    counts = [[sum(w in t.split() for w in group) for group in words] for t in texts]
    rows = np.array(counts, dtype=np.float32) + 0.01
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def run(spam: list[str], ham: list[str], **checks: float | str) -> None:
    """Screen these synthetic texts with some checks switched on."""
    small_task.write({})
    small_task.refined({"spam": spam, "ham": ham})
    content = small_task.params()
    content["screen"] |= checks
    small_task.use(content)
    screen.main()


def source(name: str) -> list[str]:
    """The texts of a source, sorted."""
    return sorted(pd.read_parquet(f"data/sources/sms/{name}.parquet")["text"])


def test_every_source_of_the_grid_is_put_together() -> None:
    """With all checks off a strategy's texts stay as they are, beside the real ones."""
    run(["win now"], ["at home", "see you"])
    assert source("zero_shot") == ["at home", "see you", "win now"]
    assert source("real") == ["are you home yet", "win a free cruise now"]
    assert small_task.counts("data/screened/sms.json") == {"checks": {}, "kept": 3}


def test_a_mixture_is_made_of_its_parts() -> None:
    """Its parts in order, with the columns of a source."""
    small_task.write({})
    small_task.refined({"spam": ["win now"], "ham": ["at home"]})
    content = small_task.params()
    content["grid"]["sources"] = ["both"]
    content["mixtures"] = {"both": ["real_pool", "zero_shot"]}
    small_task.use(content)
    screen.main()
    table = pd.read_parquet("data/sources/sms/both.parquet")
    assert list(table) == ["id", "text", "label"]
    assert list(table["text"]) == [
        *(text for _, text, _ in small_task.REAL[:2]),
        "win now",
        "at home",
    ]


def test_each_task_has_its_own_sources() -> None:
    """Texts that are no strategy's are a source of the task that has them; others have none.

    Where a model reads texts, what a task lacks is an empty table: `train` has a stage of each.
    """
    small_task.write({})
    small_task.refined({"spam": ["win now"], "ham": ["at home"]}, "gpt4")
    content = small_task.params()
    content["grid"] |= {"sources": ["real", "few_shot", "gpt4"], "strategies": ["few_shot"]}
    content["grid"] |= {"sources_of": {"sms": ["gpt4", "real"]}, "models": ["tfidf"]}
    small_task.use(content)
    screen.main()
    assert source("gpt4") == ["at home", "win now"]
    assert source("few_shot") == []
    kept = small_task.counts("data/screened/sms.json", strategy=None)
    assert kept == {"gpt4": {"checks": {}, "kept": 2}}


def test_a_source_without_texts_is_refused() -> None:
    """A name of no strategy and no ready texts is said to be none of those that there are."""
    small_task.write({})
    content = small_task.params()
    content["grid"]["sources"] = ["real", "gpt4"]
    small_task.use(content)
    with pytest.raises(UserError, match=r"no source 'gpt4': expected one of .*grid.sources_of"):
        screen.main()


def test_real_texts_alone() -> None:
    """A grid without strategies has its real sources, and nothing was checked."""
    small_task.write({})
    content = small_task.params()
    content["grid"] |= {"strategies": [], "sources": ["real"]}
    small_task.use(content)
    screen.main()
    assert [path.name for path in Path("data/sources/sms").iterdir()] == ["real.parquet"]
    assert small_task.counts("data/screened/sms.json", strategy=None) == {}


def test_texts_of_one_meaning_count_once() -> None:
    """Of two texts of a label with near embeddings the first stays; another label's does not go."""
    run(["win win", "my cat now"], ["home now", "my cat sleeps", "a feline rests"], meaning=0.95)
    found = small_task.counts("data/screened/sms.json")
    assert found == {"checks": {"meaning": {"texts": 5, "failed": 1}}, "kept": 4}
    assert source("zero_shot") == ["home now", "my cat now", "my cat sleeps", "win win"]


@pytest.mark.parametrize("mode", ["report", "drop"])
def test_classifier_of_the_pool_doubts_a_planted_error(mode: str) -> None:
    """An advertisement under `ham` is counted; with `drop` it goes."""
    small_task.write({})
    pool = [("p", "see home", "ham"), ("q", "lunch home", "ham"), ("r", "win cash", "spam")]
    frame = pd.DataFrame([*pool, ("s", "cash prize", "spam")], columns=["id", "text", "label"])
    frame.to_parquet("data/real/sms/pool.parquet")
    small_task.refined({"spam": ADVERTS, "ham": [*TALK, "win a cash prize"]})
    content = small_task.params()
    content["screen"]["classifier"] = mode
    small_task.use(content)
    screen.main()
    found = small_task.counts("data/screened/sms.json")
    assert found["checks"] == {"classifier": {"texts": 17, "failed": 1}}
    assert found["kept"] == len(source("zero_shot")) == (16 if mode == "drop" else 17)


def test_a_label_without_texts_is_named() -> None:
    """When a check drops all texts of a label, no source is written."""
    with pytest.raises(UserError, match=r"source 'zero_shot': .* found none of \['ham'\]"):
        run(["win now"], [])
    assert not Path("data/sources").exists()


def test_checks_are_off_and_cost_no_import() -> None:
    """With null neither torch nor a client nor an event loop is loaded."""
    run(["win now"], ["at home"])
    assert small_task.imported_by("screen", heavy=(*small_task.HEAVY, "asyncio")) == []
