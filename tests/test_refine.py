"""The stage refine."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from stages import generate, refine
from stages.core.errors import UserError
from tests import small_task

SPAM = ["Win cash now", "win cash NOW!", "hey there you", "see you at lunch", "one two"]
HAM = ["Hey there, you", "are you home yet?", "w " * 10, "привет мой друг", "good night all"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


def _params(**gates: float | str) -> dict[str, Any]:
    """Params with one strategy, and gates of refine set."""
    content = small_task.params()
    content["grid"]["strategies"] = ["zero_shot"]
    content["refine"] |= gates
    return content


def _run(spam: list[str], ham: list[str]) -> None:
    replies = [(la, 0, json.dumps({"texts": t})) for la, t in (("spam", spam), ("ham", ham))]
    small_task.write({"zero_shot": [*replies, ("ham", 1, "I'm sorry, I can't do it")]})
    small_task.use(_params())
    generate.main("sms", "zero_shot")
    refine.main("sms")


def test_every_drop_is_counted_once_by_its_reason() -> None:
    """Texts are kept or counted under the first gate that drops them; the sums agree."""
    _run(SPAM, HAM)
    table = pd.read_parquet("data/synthetic/sms/zero_shot.parquet")
    counts = json.loads(Path("metrics/refine/sms.json").read_text())["zero_shot"]
    assert list(table["text"]) == ["good night all", "Win cash now", "one two"]
    assert list(pd.read_parquet("data/sources/sms/zero_shot.parquet")["text"]) == list(
        table["text"]
    )
    assert list(pd.read_parquet("data/sources/sms/real.parquet")["id"]) == ["r0", "r1"]
    assert {reason: n for reason, n in counts["dropped"].items() if n} == {
        "two_labels": 2,
        "duplicate": 1,
        "language": 1,
        "length": 1,
        "copy_of_example": 1,
        "copy_of_test": 1,
    }
    assert counts["texts"] == counts["kept"] + sum(counts["dropped"].values()) == 10
    assert counts["labels"] == {"ham": 1, "spam": 2}
    assert counts["replies_with_problems"]["refusal"] == 1


def test_no_strategy_leaves_the_real_sources() -> None:
    """The folder of synthetic texts is there, for DVC, and empty."""
    small_task.write({})
    content = small_task.params()
    content["grid"] |= {"strategies": [], "sources": ["real"]}
    small_task.use(content)
    refine.main("sms")
    assert list(Path("data/synthetic/sms").iterdir()) == []
    assert [path.name for path in Path("data/sources/sms").iterdir()] == ["real.parquet"]
    assert Path("metrics/refine/sms.json").read_text() == "{}\n"


def test_lineage_leads_to_the_reply() -> None:
    """Each text names its reply; ids are unique."""
    _run(SPAM, HAM)
    table = pd.read_parquet("data/synthetic/sms/zero_shot.parquet")
    assert list(table) == ["id", "text", "label", "reply"]
    assert table["id"].is_unique
    assert set(table["reply"]) == {
        "sms/zero_shot/ham/00000/000000",
        "sms/zero_shot/spam/00000/000000",
    }


def test_label_without_texts_stops_with_the_counts() -> None:
    """Nothing is written when a label keeps no text."""
    with pytest.raises(UserError, match=r"kept \{'ham': 0, 'spam': 1\}.*generate more or loosen"):
        _run(["win cash now"], ["w " * 10])
    assert not Path("data/synthetic").exists() and not Path("metrics").exists()


def test_gates_can_be_switched_off() -> None:
    """With null and false only duplicates, conflicts and unusable texts are dropped."""
    _run(SPAM, HAM)
    text = Path("params.yaml").read_text()
    for name, setting in small_task.REFINE.items():
        off = "false" if isinstance(setting, bool) else "null"
        text = text.replace(f"{name}: {json.dumps(setting)}", f"{name}: {off}")
    Path("params.yaml").write_text(text)
    refine.main("sms")
    assert len(pd.read_parquet("data/synthetic/sms/zero_shot.parquet")) == 7


def _set(**gates: float | str) -> None:
    """Switch on gates of refine in params.yaml."""
    small_task.use(_params(**gates))


def _vectors(texts: Iterable[str]) -> NDArray[np.float32]:
    """An embedding with a dimension for advertising, small talk and an animal."""
    words = (("win", "cash", "prize"), ("see", "home", "lunch"), ("cat", "feline"))
    counts = [[sum(w in t.split() for w in group) for group in words] for t in texts]
    rows = np.array(counts, dtype=np.float32) + 0.01
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_texts_of_one_meaning_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two texts of a label with near embeddings the first stays; another label's does not go."""
    monkeypatch.setattr("stages.classifiers.meaning.embed", _vectors)
    _run(["win win", "my cat now"], ["home now", "my cat sleeps", "a feline rests"])
    _set(meaning=0.95)
    refine.main("sms")
    counts = json.loads(Path("metrics/refine/sms.json").read_text())["zero_shot"]
    assert counts["dropped"]["same_meaning"] == 1
    table = pd.read_parquet("data/synthetic/sms/zero_shot.parquet")
    assert sorted(table["text"]) == ["home now", "my cat now", "my cat sleeps", "win win"]


@pytest.mark.parametrize("mode", ["report", "drop"])
def test_classifier_of_the_pool_doubts_a_planted_error(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An advertisement under `ham` is counted; with `drop` it goes, under its own reason."""
    monkeypatch.setattr("stages.classifiers.meaning.embed", _vectors)
    spam = [f"win cash prize {word}" for word in "abcdefgh"]
    ham = [f"see home lunch {word}" for word in "abcdefgh"]
    _run(spam, [*ham, "win a cash prize"])
    _set(classifier=mode)
    pool = [("p", "see home", "ham"), ("q", "lunch home", "ham"), ("r", "win cash", "spam")]
    frame = pd.DataFrame([*pool, ("s", "cash prize", "spam")], columns=["id", "text", "label"])
    frame.to_parquet("data/real/sms/pool.parquet")
    refine.main("sms")
    counts = json.loads(Path("metrics/refine/sms.json").read_text())["zero_shot"]
    checked = counts["label_checks"]["classifier"]
    assert checked["disagree"] == 1
    assert counts["dropped"].get("disagrees_with_classifier") == (1 if mode == "drop" else None)
    assert counts["kept"] == checked["texts"] - (mode == "drop")
    assert counts["texts"] == counts["kept"] + sum(counts["dropped"].values())


def test_optional_gates_are_off_and_cost_no_import() -> None:
    """With null neither torch nor a client nor cleanlab is loaded, and no check is reported."""
    _run(SPAM, HAM)
    assert "label_checks" not in Path("metrics/refine/sms.json").read_text()
    code = (
        "import sys; from stages import refine; refine.main('sms'); "
        "print(sorted({'openai', 'aiohttp', 'torch', 'sklearn', 'cleanlab'} & set(sys.modules)))"
    )
    root = str(Path(refine.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": root}
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("[]\n")
