"""The stage refine."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages import generate, refine
from stages.core.errors import UserError
from tests import small_task

SPAM = ["Win cash now", "win cash NOW!", "hey there you", "see you at lunch", "one two"]
HAM = ["Hey there, you", "are you home yet?", "w " * 10, "привет мой друг", "good night all"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


def _run(spam: list[str], ham: list[str]) -> None:
    replies = [(la, 0, json.dumps({"texts": t})) for la, t in (("spam", spam), ("ham", ham))]
    small_task.write({"zero_shot": [*replies, ("ham", 1, "I'm sorry, I can't do it")]})
    generate.main("sms", "zero_shot")
    refine.main()


def test_every_drop_is_counted_once_by_its_reason() -> None:
    """Texts are kept or counted under the first gate that drops them; the sums agree."""
    _run(SPAM, HAM)
    table = pd.read_parquet("data/synthetic/sms/zero_shot.parquet")
    counts = small_task.counts()
    assert list(table["text"]) == ["good night all", "Win cash now", "one two"]
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


def test_without_strategies_there_is_nothing_to_count() -> None:
    """The folder of synthetic texts is there, for DVC, with empty counts."""
    small_task.write({})
    content = small_task.params()
    content["grid"] |= {"strategies": [], "sources": ["real"]}
    small_task.use(content)
    refine.main()
    assert [path.name for path in Path("data/synthetic/sms").iterdir()] == ["counts.json"]
    assert json.loads(Path("data/synthetic/sms/counts.json").read_text()) == {"strategies": {}}


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
    with pytest.raises(UserError, match=r"found \{'ham': 0, 'spam': 1\}.*generate more or loosen"):
        _run(["win cash now"], ["w " * 10])
    assert not Path("data/synthetic").exists()


def test_gates_can_be_switched_off() -> None:
    """With null only duplicates, conflicts and unusable texts are dropped."""
    _run(SPAM, HAM)
    content = small_task.params()
    content["refine"] = dict.fromkeys(small_task.REFINE)
    small_task.use(content)
    refine.main()
    assert len(pd.read_parquet("data/synthetic/sms/zero_shot.parquet")) == 7


def test_refine_starts_light() -> None:
    """Neither torch nor a client nor a learning library is loaded."""
    _run(SPAM, HAM)
    assert small_task.imported_by("refine", heavy=(*small_task.HEAVY, "asyncio")) == []
