"""The stage refine."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from stages import generate, refine
from stages.core import files, paths
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


def test_dropped_texts_are_kept_with_their_reasons() -> None:
    """Each text that is counted as dropped can be read, the unusable ones of a reply too."""
    _run([*SPAM, "As an AI language model I cannot write spam"], HAM)
    counts = small_task.counts()["dropped"]
    rows = list(files.read_lines(paths.dropped("sms")))
    assert Counter(row["reason"] for row in rows) == {r: n for r, n in counts.items() if n}
    assert {row["text"] for row in rows if row["reason"] in ("language", "refusal")} == {
        "привет мой друг",
        "As an AI language model I cannot write spam",
    }
    assert {row["source"] for row in rows} == {"zero_shot"}


READY = {"vendor": {"file": "v.csv", "by": "A vendor"}}


def _give(texts: list[str], sources: list[str], **card: object) -> None:
    """Ready texts of the source `vendor`, half of them ham, for a task with these sources."""
    small_task.write({})
    content = small_task.params()
    content["grid"] |= {"strategies": [], "sources": sources}
    small_task.use(content)
    files.write_text(yaml.safe_dump(small_task.CARD | {"ready": READY} | card), paths.card("sms"))
    rows = [(f"v.csv:{n}", text, ("ham", "spam")[n % 2]) for n, text in enumerate(texts)]
    table = pd.DataFrame(rows, columns=["id", "text", "label"])
    files.write_table(table, paths.ready("sms") / "vendor.parquet")


def test_ready_texts_pass_the_same_gates() -> None:
    """Refusals, copies of test texts and repeats go; a range of words only where the card has one.

    Ids tell the source and the line of the file.
    """
    given = [
        "good night all",
        "buy now",
        "see you at lunch",
        "Win cash",
        "I'm sorry, I can't",
        "buy now",
    ]
    _give(given, ["real", "vendor"])
    refine.main()
    table = pd.read_parquet("data/synthetic/sms/vendor.parquet")
    assert list(table["id"]) == ["sms/vendor/v.csv:0", "sms/vendor/v.csv:1", "sms/vendor/v.csv:3"]
    dropped = list(files.read_lines(paths.dropped("sms")))
    assert [(row["text"], row["reason"]) for row in dropped] == [
        ("I'm sorry, I can't", "refusal"),
        ("buy now", "duplicate"),
        ("see you at lunch", "copy_of_test"),
    ]


def test_without_a_range_of_words_texts_have_any_length() -> None:
    """A vendor was not asked for one, and the card need not have one."""
    long = ["w " * 10 + str(n) for n in range(4)]
    _give(long, ["real", "vendor"], words=None)
    refine.main()
    assert len(pd.read_parquet("data/synthetic/sms/vendor.parquet")) == 4


def test_a_ready_source_has_a_name_of_its_own() -> None:
    """One that is a strategy's, too, would be filtered twice."""
    _give(["one two", "two three"], ["real", "vendor"])
    content = small_task.params()
    content["grid"] |= {"strategies": ["vendor"], "sources": ["real", "vendor"]}
    small_task.use(content)
    with pytest.raises(UserError, match=r"sms.yaml: expected ready sources .*, found \['vendor'\]"):
        refine.main()


def test_ready_texts_that_no_source_has_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """And left where they are."""
    _give(["one two", "two three"], ["real"])
    refine.main()
    assert "sms: ready texts ['vendor'] are no part of its sources" in capsys.readouterr().out
    assert not Path("data/synthetic/sms/vendor.parquet").exists()


def test_without_strategies_there_is_nothing_to_count() -> None:
    """The folder of synthetic texts is there, for DVC, with empty counts."""
    small_task.write({})
    content = small_task.params()
    content["grid"] |= {"strategies": [], "sources": ["real"]}
    small_task.use(content)
    refine.main()
    found = {path.name: path.read_text() for path in Path("data/synthetic/sms").iterdir()}
    assert set(found) == {"counts.json", "dropped.jsonl"} and not found["dropped.jsonl"]
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
    with pytest.raises(UserError, match=r"found \{'ham': 0, 'spam': 1\}.*get more of them"):
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
