"""Origin: a folder or URL with the user's own data."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora import path


@pytest.fixture
def own(tmp_path: Path, texts: pd.DataFrame) -> Path:
    """A folder with the task `mail`: two splits in two formats, and annotations."""
    folder = tmp_path / "mail"
    folder.mkdir()
    texts.iloc[:40].to_parquet(folder / "train.parquet")
    texts.iloc[40:].to_csv(folder / "test.csv", index=False)
    said = pd.DataFrame({"id": ["m40", "m40"], "annotator": ["a", "b"], "label": ["ham", "spam"]})
    said.to_csv(folder / "annotations.csv", index=False)
    return tmp_path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url(own: Path) -> Iterator[str]:
    """The folder behind HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(own)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_splits_of_a_folder(own: Path, texts: pd.DataFrame) -> None:
    """Each split is read from its file, whatever the format; annotations come along."""
    corpus = path.read(str(own), "mail")
    assert list(corpus.splits) == ["train", "test"]
    pd.testing.assert_frame_equal(
        pd.concat(corpus.splits.values(), ignore_index=True), texts, check_dtype=False
    )
    assert corpus.opinions["annotations"]["item"].tolist() == ["m40", "m40"]
    assert corpus.source == {"origin": str(own)}


def test_relative_folders(
    own: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is found from where the stage runs, with or without a slash at its end."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    corpus = path.read(f"../{own.name}/", "mail")
    assert corpus.places["train"] == f"../{own.name}/mail/train.parquet"


def test_a_url_is_read_like_a_folder(own: Path, url: str) -> None:
    """The same texts come by HTTP."""
    local, remote = path.read(str(own), "mail"), path.read(url, "mail")
    for split in local.splits:
        pd.testing.assert_frame_equal(remote.splits[split], local.splits[split])
    assert set(remote.opinions) == {"annotations"}


def test_a_url_out_of_reach_is_one_line(url: str) -> None:
    """The address and the error of its file system are named."""
    nobody = url.rpartition(":")[0] + ":9"
    with pytest.raises(UserError, match=r"http://127.0.0.1:9/mail"):
        path.read(nobody, "mail")


def test_votes_and_brackets(own: Path) -> None:
    """votes become counts; an agreement table without brackets is ignored."""
    votes = pd.DataFrame({"id": ["m40"], "label": ["ham"], "count": [3]})
    votes.to_parquet(own / "mail" / "votes.parquet")
    top = pd.DataFrame({"id": ["m40"], "top_share": [1.0]})
    top.to_parquet(own / "mail" / "agreement.parquet")
    opinions = path.read(str(own), "mail").opinions
    assert set(opinions) == {"annotations", "counts"}
    assert opinions["counts"].to_dict("records") == [{"item": "m40", "label": "ham", "count": 3}]


def test_no_split_at_all_is_refused(own: Path) -> None:
    """The message says which file was looked for."""
    with pytest.raises(
        UserError, match=r"expected .*/chat/train.parquet, .csv or .jsonl, found no"
    ):
        path.read(str(own), "chat")


def test_a_file_without_a_label_column_is_named(own: Path) -> None:
    """File, expected and found columns."""
    (own / "mail" / "test.csv").write_text("text,class\na,ham\n")
    with pytest.raises(
        UserError, match=r"mail/test.csv: expected columns \['label'\], found \['te"
    ):
        path.read(str(own), "mail")


def test_an_empty_text_is_named_by_file_and_row(own: Path) -> None:
    """Users fix their own data; no row is dropped silently."""
    (own / "mail" / "test.csv").write_text("text,label\na,ham\n ,ham\n")
    with pytest.raises(UserError, match=r"mail/test.csv: expected a text .* found none in row 2;"):
        path.read(str(own), "mail")


def test_brackets_of_the_mirror(datasets: Path) -> None:
    """financial_phrasebank has a bracket for each text, the lowest at half of the annotators."""
    corpus = path.read(str(datasets), "financial_phrasebank")
    brackets = corpus.opinions["agreement"]
    assert set(brackets["item"]) == {i for s in corpus.splits.values() for i in s["id"]}
    assert sorted(brackets["low"].unique()) == [0.5, 0.66, 0.75, 1.0]
