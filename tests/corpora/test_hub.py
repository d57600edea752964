"""Origin `hub`, against a server on the loopback that speaks the hub's protocol."""

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from stages.core.errors import UserError
from stages.corpora import cards, hub
from tests.corpora.hub_server import COMMIT, Hub, Repository, serving

ROOT = Path(__file__).parents[2]


def parquet(columns: Mapping[str, Sequence[Any]], classes: str = "") -> bytes:
    """A parquet file; the column `classes` holds class numbers, as the hub's own files say it."""
    table = pa.table(columns)
    if classes:
        features = {
            name: {"names": ["no", "yes"], "_type": "ClassLabel"}
            if name == classes
            else {"dtype": "string", "_type": "Value"}
            for name in columns
        }
        info = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": info})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


CARD = b"""---
configs:
- config_name: plain
  data_files:
  - {split: train, path: plain/train-*}
  - {split: test, path: plain/test-*}
- config_name: raw
  data_files:
  - {split: train, path: raw/train-*}
---
"""
RAW: dict[str, list[Any]] = {
    "id": ["e1", "e1", "e2"],
    "rater": [1, 2, 1],
    "joy": [1, 0, 0],
    "anger": [0, 1, 1],
}
ENTITIES = [{"text": "po", "indices": [[0]]}, {"text": "italy", "indices": [[3]]}]
REPOSITORIES = {
    "o/configs": Repository(
        {
            "README.md": CARD,
            "plain/train-0.parquet": parquet(
                {"id": ["e1", "e2"], "text": ["a", "b"], "labels": [[0], [1]]}
            ),
            "plain/test-0.parquet": parquet(
                {"id": ["e3", "e4"], "text": ["c", "d"], "labels": [[0, 1], [1]]}
            ),
            "raw/train-0.parquet": parquet(RAW),
        }
    ),
    "o/converted": Repository(
        {
            "default/train/0000.parquet": parquet({"s": ["a", "b"], "l": [0, 1]}, classes="l"),
            "agree/train/0000.parquet": parquet({"s": ["a", "b"], "l": [0, 1]}),
            "allagree/train/0000.parquet": parquet({"s": ["b"], "l": [1]}),
        },
        revision="refs/convert/parquet",
    ),
    "o/few_rel": Repository(
        {
            "default/train_wiki/0000.parquet": parquet(
                {
                    "relation": ["P17", "P6"],
                    "tokens": [["Po", "is", "in", "Italy"]] * 2,
                    "head": [ENTITIES[0]] * 2,
                    "tail": [ENTITIES[1]] * 2,
                    "names": [["country", ""]] * 2,
                }
            )
        },
        revision="refs/convert/parquet",
    ),
    "o/csv": Repository({"dataset.csv": b"text,humor\nhi,False\nho,True\n"}),
    "o/json": Repository({"train.json": b'{"headline": "x", "is_sarcastic": 1}\n'}),
    "o/gated": Repository({"dataset.csv": b"text,humor\nhi,False\n"}, gated=True),
    "o/damaged": Repository({"train.parquet": b"PAR1 and no more"}),
    "o/failing": Repository({}, failing=True),
    "o/moved": Repository({"dataset.csv": b"text,humor\nhi,False\n"}, commit="d" * 40),
}
COMMON: dict[str, Any] = {"splits": {"train": "train"}, "text": "text", "label": "humor"}
BLOCK = cards.Hub.model_validate({"id": "o/n", **COMMON})
PATTERN = {"splits": {"train": "default/train/*.parquet"}, "text": "s", "label": "l"}
ASKED: dict[str, dict[str, Any]] = {
    "configs": {
        "id": "o/configs",
        "config": "plain",
        "splits": {"train": "train", "test": "test"},
        "key": "id",
        "text": "text",
        "label": "labels",
        "names": {"0": "joy", "1": "anger"},
        "raters": {
            "config": "raw",
            "split": "train",
            "item": "id",
            "annotator": "rater",
            "labels": ["joy", "anger"],
        },
    },
    "pattern": {
        "id": "o/converted",
        "revision": "refs/convert/parquet",
        **PATTERN,
        "brackets": {"agree/train/*.parquet": 0.5, "allagree/train/*.parquet": 1.0},
    },
    "few_rel": {
        "id": "o/few_rel",
        "revision": "refs/convert/parquet",
        "splits": {"train": "default/train_wiki/*.parquet"},
        "reader": "few_rel",
        "text": "tokens",
        "label": "relation",
        "names": {"P17": "country"},
    },
    "csv": {"id": "o/csv", **COMMON, "names": {"True": "humor", "False": "not_humor"}},
    "json": {"id": "o/json", **COMMON, "text": "headline", "label": "is_sarcastic"},
    "no column": {"id": "o/csv", **COMMON, "label": "label"},
    "no split": {"id": "o/csv", **COMMON, "splits": {"test": "test"}},
    "no config": {"id": "o/csv", **COMMON, "config": "simplified"},
    "no file": {"id": "o/json", **COMMON, "splits": {"train": "default/*.csv"}},
    "no revision": {"id": "o/csv", **COMMON, "revision": "v9"},
    "no data set": {"id": "o/none", **COMMON},
    "gated": {"id": "o/gated", **COMMON},
    "damaged": {"id": "o/damaged", **COMMON},
    "failing": {"id": "o/failing", **COMMON},
    "pinned": {"id": "o/csv", "revision": COMMIT, **COMMON},
    "moved": {"id": "o/moved", "revision": COMMIT, **COMMON},
}


def ask(blocks: list[dict[str, Any]], endpoint: str, home: Path) -> list[dict[str, Any]]:
    """What `hub.read` makes of each block, in a process whose hub is at `endpoint`."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.corpora.hub_client"],
        input="".join(json.dumps(keys) + "\n" for keys in blocks),
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"},
        text=True,
        capture_output=True,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def served() -> Any:
    """A running hub with all the repositories."""
    with serving() as hub:
        hub.repositories.update(REPOSITORIES)
        yield hub


@pytest.fixture(scope="module")
def answers(served: Hub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The answer to each question, all asked of one process."""
    told = ask(list(ASKED.values()), served.url, tmp_path_factory.mktemp("hub"))
    return dict(zip(ASKED, told, strict=True))


def test_splits_of_a_config(answers: dict[str, dict[str, Any]]) -> None:
    """Splits, ids and single labels as the card maps them; rows with several labels are counted."""
    answer = answers["configs"]
    assert answer["splits"] == {
        "train": [
            {"id": "e1", "text": "a", "label": "joy"},
            {"id": "e2", "text": "b", "label": "anger"},
        ],
        "test": [{"id": "e4", "text": "d", "label": "anger"}],
    }
    assert answer["dropped"] == {"not_one_label": 1}


def test_the_resolved_commit_is_recorded(answers: dict[str, dict[str, Any]], served: Hub) -> None:
    """The source names the commit that the revision stood for, and every file came from it."""
    assert answers["configs"]["source"] == {
        "origin": "hub",
        "id": "o/configs",
        "config": "plain",
        "revision": "main",
        "commit": COMMIT,
    }
    loaded = [request for request in served.requests if "/resolve/" in request]
    assert loaded and all(f"/resolve/{COMMIT}/" in request for request in loaded)


def test_raters_are_read_from_their_own_config(answers: dict[str, dict[str, Any]]) -> None:
    """The 0/1 columns of the raw config become annotations."""
    assert answers["configs"]["opinions"]["annotations"] == [
        {"item": "e1", "annotator": "1", "label": "joy"},
        {"item": "e1", "annotator": "2", "label": "anger"},
        {"item": "e2", "annotator": "1", "label": "anger"},
    ]


def test_files_of_the_converted_branch(answers: dict[str, dict[str, Any]]) -> None:
    """A pattern reads files of refs/convert/parquet, class numbers become class names."""
    answer = answers["pattern"]
    assert [row["label"] for row in answer["splits"]["train"]] == ["no", "yes"]
    assert answer["opinions"]["agreement"] == [
        {"item": "task-train-00000", "low": 0.5, "high": 1.0},
        {"item": "task-train-00001", "low": 1.0, "high": 1.0},
    ]


def test_few_rel(answers: dict[str, dict[str, Any]]) -> None:
    """Tokens and entity positions become a marked text; other relations keep their names."""
    rows = answers["few_rel"]["splits"]["train"]
    assert rows[0]["text"] == "[E1] Po [/E1] is in [E2] Italy [/E2]"
    assert [row["label"] for row in rows] == ["country", "P6"]


def test_repositories_of_csv_and_json(answers: dict[str, dict[str, Any]]) -> None:
    """Plain files are read without any configuration; booleans are mapped."""
    assert [row["label"] for row in answers["csv"]["splits"]["train"]] == ["not_humor", "humor"]
    assert answers["json"]["splits"]["train"][0]["label"] == "1"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("no column", "o/csv: expected columns ['label'], found ['text', 'humor']; fix `hub`"),
        ("no split", "(Unknown split \"test\". Should be one of ['train'].); fix `hub`"),
        ("no config", "(BuilderConfig 'simplified' not found. Available: ['default']); fix `hub`"),
        ("no file", "cannot read default/*.csv of http"),
        ("no revision", "/datasets/o/csv: expected the revision 'v9', found none; fix hub.rev"),
        ("no data set", "/datasets/o/none, found none (or it is private and you are not logged"),
        ("gated", "/datasets/o/gated is gated; ask for access on that page, then log in with"),
        ("damaged", "clear the download cache (HF_HOME) if a file in it is damaged"),
        ("failing", "/datasets/o/failing: the hub fails (Server error '503"),
    ],
)
def test_what_the_hub_lacks(
    answers: dict[str, dict[str, Any]], question: str, expected: str
) -> None:
    """Each wrong entry of a card, and each refusal of the hub, is one message with a remedy."""
    assert expected in answers[question]["error"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            r"the disk is full \(.*set HF_HOME to a f",
        ),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            "cannot reach .*check the connection",
        ),
        (KeyError("text"), "fix `hub` in the card"),
    ],
)
def test_what_lies_behind_a_wrapped_error(error: Exception, expected: str) -> None:
    """`datasets` says only that it could not generate the data set; the remedy is of the cause."""
    with pytest.raises(UserError, match=expected), hub._explained(BLOCK, "train"):
        try:
            raise error
        except type(error) as cause:
            raise RuntimeError("An error occurred while generating the dataset") from cause


def test_a_commit_is_held_to(answers: dict[str, dict[str, Any]]) -> None:
    """A card may pin a commit, and a hub that answers with another is refused."""
    assert answers["pinned"]["source"]["revision"] == COMMIT
    expected = f"o/moved: expected the commit {COMMIT}, the hub answered with {'d' * 40}; set HF_"
    assert answers["moved"]["error"].startswith(expected)
    assert hub.pinned(COMMIT)
    assert not any(map(hub.pinned, ("main", "refs/convert/parquet", COMMIT[:12])))


def test_hub_out_of_reach(tmp_path: Path) -> None:
    """Nobody listens at the endpoint: the message names it and three ways out."""
    with serving() as gone:
        endpoint = gone.url
    (answer,) = ask([ASKED["csv"]], endpoint, tmp_path)
    assert answer["error"].startswith(f"cannot reach {endpoint}/datasets/o/csv (ConnectError")
    assert "set HF_ENDPOINT to a mirror, or fetch.origin to a folder or `sample`" in answer["error"]
