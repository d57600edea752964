"""Origin `sample`: the corpus in Git."""

from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.corpora import cards, sample

FOLDER = Path(__file__).parents[2] / "data" / "sample"
TASKS = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_balanced_splits_of_the_cards_labels(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty train and sixty test texts, each label as often as the others."""
    monkeypatch.chdir(FOLDER.parents[1])
    corpus = sample.read(FOLDER, task)
    labels = cards.load(task).labels
    assert sorted(corpus.splits) == ["test", "train"]
    for split in corpus.splits.values():
        counts = split["label"].value_counts()
        assert sorted(counts.index) == sorted(labels)
        assert set(counts) == {60 // len(labels)}


@pytest.mark.parametrize("task", TASKS)
def test_annotations_are_about_the_test_texts(task: str) -> None:
    """The panel of six labelled test texts only, and the source says that it is no people."""
    corpus = sample.read(FOLDER, task)
    said = corpus.opinions["annotations"]
    assert set(said["item"]) <= set(corpus.splits["test"]["id"])
    assert said.groupby("item")["annotator"].nunique().eq(6).all()
    assert "proxy for people" in corpus.source["annotators"]
    assert "no evidence" in corpus.source["note"]


def test_a_task_without_a_sample_is_refused() -> None:
    """One's own task needs another origin."""
    with pytest.raises(UserError, match=r"no sample texts of 'mail'.*set fetch.origin to `hub` or"):
        sample.read(FOLDER, "mail")
