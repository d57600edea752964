"""A task out of a user's files, and what happens with files that are none."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from stages.core.errors import UserError
from stages.core.params import Grid, parse
from stages.corpora import cards
from stages.tools import new
from tests import own_project
from tests.own_project import csv, rows


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which commands are run, and a folder `mine` with a user's file."""
    own_project.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "places.csv").write_text(csv(rows()))
    return tmp_path


def params() -> Any:
    """params.yaml."""
    return yaml.safe_load(Path("params.yaml").read_text())


def test_a_file_becomes_a_task(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Card, files under DVC, params for this task alone; the user's file is as it was."""
    file = project / "mine/places.csv"
    before = file.read_bytes()
    new.main("places", [Path("mine/places.csv")])
    own = cards.load("places").own
    assert own and own.train and own.train[0].file == "places.csv"
    assert own.train[0].original and own.train[0].original.path == "mine/places.csv"
    assert own.train[0].original.sha256 == hashlib.sha256(before).hexdigest()
    assert Path("data/own/places/places.csv").read_bytes() == before == file.read_bytes()
    assert Path("data/own/places.dvc").exists()
    assert Path("data/own/.gitignore").read_text() == "/places\n"
    grid = params()["grid"]
    assert (grid["tasks"], grid["sources"], grid["strategies"]) == (["places"], ["real"], [])
    assert grid["sources_of"] == {"places": ["real"]}
    assert params()["train"]["texts_per_label"] is None
    parse(Grid, grid, "grid")
    shown = capsys.readouterr().out
    assert "places: 40 texts with 2 labels" in shown and "40 rows: bad 20, good 20" in shown
    assert shown.splitlines()[-1].startswith("Next: `dvc repro` (about 1 minute, 0 USD")
    assert "Only 8 texts to test on: a score is known to ± 35 points at worst" in shown
    assert "In place of 10 tasks of the sample corpus, which leave grid.tasks: ag_news" in shown


def test_a_file_that_git_would_take_is_told(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts of one's own are for DVC; not of a file that Git ignores, or has no way to."""
    new.main("places", [Path("mine/places.csv")])
    told = "not ignored by Git: mine/places.csv. `git add` would take the texts in"
    assert told in capsys.readouterr().out
    Path(".gitignore").write_text("/mine\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "more.csv"
    elsewhere.write_bytes(Path("mine/places.csv").read_bytes())
    new.main("again", [Path("mine/places.csv"), elsewhere])
    assert "ignored by Git" not in capsys.readouterr().out


def test_the_home_folder_is_not_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card is in Git, and a user's name, often, in the path; check finds the file anyway."""
    monkeypatch.setenv("HOME", str(project))
    new.main("places", [project / "mine/places.csv"])
    own = cards.load("places").own
    assert own and own.train and own.train[0].original
    assert own.train[0].original.path == "~/mine/places.csv"


def test_tasks_stand_beside_each_other(project: Path) -> None:
    """The sample's tasks go, own ones stay; each has its own sources."""
    new.main("places", [Path("mine/places.csv")])
    (project / "mine/gpt4.csv").write_text(csv(rows()))
    (project / "mine/other.csv").write_text(csv(rows()))
    new.main("more", [Path("mine/other.csv")], texts=["mine/gpt4.csv"], by=["GPT-4, vendor"])
    grid = params()["grid"]
    assert grid["tasks"] == ["places", "more"] and grid["sources"] == ["real", "gpt4"]
    assert grid["sources_of"] == {"places": ["real"], "more": ["real", "gpt4"]}
    (ready,) = cards.load("more").ready["gpt4"]
    assert ready.by == "GPT-4, vendor"


def test_every_part_of_a_task_in_one_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Test, unlabelled and annotated texts; labels as they are spelt most, with definitions."""
    mine = project / "mine"
    (mine / "train.csv").write_text(
        csv([(f"a{n}", text, label.title() if n < 3 else label) for n, (text, label)
             in enumerate(rows())], "id,body,mood")
    )  # fmt: skip
    (mine / "held.csv").write_text(csv([(f"b{n}", *row) for n, row in enumerate(rows()[:8])],
                                       "id,body,mood"))  # fmt: skip
    (mine / "more.csv").write_text("body\nnothing said yet of this one\nnor of that one there\n")
    votes = [(f"b{n}", who, label) for n, (_, label) in enumerate(rows()[:8]) for who in "xy"]
    (mine / "votes.csv").write_text(csv(votes, "id,worker,mood"))
    new.main(
        "places",
        [mine / "train.csv"],
        test=[mine / "held.csv"],
        unlabelled=[mine / "more.csv"],
        annotations=mine / "votes.csv",
        define=["good=they liked it"],
    )
    card = cards.load("places")
    assert card.labels == {"good": "they liked it", "bad": "bad"}
    own = card.own
    assert own and own.train and own.test and own.unlabelled and own.annotations
    assert own.train[0].names == {"Good": "good", "Bad": "bad"} and own.train[0].key == "id"
    assert own.unlabelled[0].text == "body"
    assert (own.annotations[0].item, own.annotations[0].annotator) == ("id", "worker")
    shown = capsys.readouterr().out
    assert "test        8 rows: bad 4, good 4" in shown
    assert "leaks       8 train rows also in a later split" in shown
    assert "'Good' counts as 'good'" in shown


def test_a_row_per_person_becomes_a_row_per_text(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The majority is the label; ties go to the more frequent label and are told."""
    said = [
        (text, who, label if who != "z" else "good")
        for text, label in rows()
        for who in ("x", "y", "z")
    ]
    said.append(("a text on which two disagree about all of it", "x", "bad"))
    said.append(("a text on which two disagree about all of it", "y", "good"))
    (project / "mine/people.csv").write_text(csv(said, "text,annotator,label"))
    new.main("places", [project / "mine/people.csv"])
    table = pd.read_csv("data/own/places/majority.csv")
    assert len(table) == 41 and list(table) == ["id", "text", "label"]
    assert table["label"].tolist() == [*(label for _, label in rows()), "good"]
    votes = pd.read_csv("data/own/places/votes.csv")
    assert len(votes) == len(said) and set(votes["item"]) == set(table["id"])
    own = cards.load("places").own
    assert own and own.train and own.annotations and own.train[0].key == "id"
    assert "1 tie goes to the more frequent label" in capsys.readouterr().out


def test_splits_by_name_and_by_column(project: Path) -> None:
    """A folder of files by their names; a file by its column of splits."""
    folder = project / "mine/all"
    folder.mkdir()
    (folder / "places_train.csv").write_text(csv(rows()[:30]))
    (folder / "places_dev.csv").write_text(csv(rows()[30:]))
    new.main("places", [folder])
    own = cards.load("places").own
    assert own and own.train and own.validation and own.test is None
    assert own.validation[0].file == "places_dev.csv"
    marked = [(*row, "Test" if n < 8 else "train") for n, row in enumerate(rows())]
    (project / "mine/marked.csv").write_text(csv(marked, "text,label,split"))
    new.main("marked", [project / "mine/marked.csv"])
    own = cards.load("marked").own
    assert own and own.train and own.test
    assert own.test[0].only == {"split": "Test"} and own.train[0].only == {"split": "train"}


def test_labels_alone_make_a_card(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No text, no run: the grid stays, and the next command is told."""
    before = Path("params.yaml").read_text()
    new.main("moods", define=["glad=happy or proud", "sad=neither"])
    assert cards.load("moods").labels == {"glad": "happy or proud", "sad": "neither"}
    assert cards.load("moods").prompts and Path("params.yaml").read_text() == before
    assert "`synthworth add moods FILE`" in capsys.readouterr().out


BINARY = bytes(range(256)) * 20
CP1252 = csv([(f"Le café {text}", label) for text, label in rows()]).encode("cp1252")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (csv([(text,) for text, _ in rows()], "text"), r"a column of labels, found none with few"),
        (
            csv([(t, label, label) for t, label in rows()], "text,mood,kind"),
            r"expected one column of labels, found 'mood' and 'kind'; .*--label mood",
        ),
        (
            csv([(t, t[::-1], label) for t, label in rows()], "one,two,label"),
            r"expected one column of texts, found 'one' and 'two'; .*--text one",
        ),
        (csv([(t, "good") for t, _ in rows()]), r"one label only: all 40 rows of 'label' say"),
        (csv([*rows(), ("odd one out", "ugly")]), r"4 or more texts labelled 'ugly' .* found 1;"),
        (
            csv([(f"{t} {n}", f"l{n}") for n in range(1000) for t, _ in rows()[:3]]),
            r"1000 different values in 'label'",
        ),
        (
            csv([(t, f"{n / 7:.3f}") for n, (t, _) in enumerate(rows())], "text,score,target"[:10]),
            r"expected a column of labels, found",
        ),
        (csv([(t, f"{n % 3 / 2}") for n, (t, _) in enumerate(rows())]), r"found scores in 'label'"),
        (BINARY, r"expected text, found a zero byte in line 1: a binary or damaged file"),
        (b"PK\x03\x04" + BINARY, r"found an Excel or ZIP file"),
        (b"text,label\n", r"expected rows of texts, found only a header"),
        (b"", r"expected texts, found an empty file"),
        (CP1252 + "schön, good\n".encode(), r"mixed encodings"),
        (csv(rows()) + '"never closed,good\n', r"line 42: .* a stray one in the row"),
        (csv([("x", *row) for row in rows()], "a,text,text"), r"expected each column once"),
    ],
    ids=[
        "no label", "two labels", "two texts", "one label", "label with one row", "1,000 labels",
        "scores", "scores named label", "binary", "spreadsheet", "header only", "empty",
        "mixed encodings", "stray quote", "column twice",
    ],
)  # fmt: skip
def test_bad_files_are_one_line_and_nothing_is_written(
    content: str | bytes, message: str, project: Path
) -> None:
    """The message names the file, what was expected and found, and what to do."""
    file = project / "mine/places.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = own_project.state(project)
    with pytest.raises(UserError, match=message) as caught:
        new.main("places", [Path("mine/places.csv")])
    assert "\n" not in str(caught.value) and "mine/places.csv" in str(caught.value)
    assert own_project.state(project) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: new.main("../x", [Path("mine/places.csv")]), r"expected a name of letters"),
        (lambda: new.main("x" * 300), r"at most 60 characters and not 'error', found 'x{61}'"),
        (lambda: new.main("error"), r"at most 60 characters and not 'error', found 'error'"),
        (lambda: new.main("mine/places.csv"), r"the files come after the name"),
        (lambda: new.main("x", [Path("mine/gone.csv")]), r"expected the file mine/gone.csv"),
        (lambda: new.main("x", [Path("params.yaml")]), r"found '.yaml'; save it as one of these"),
        (lambda: new.main("x", [Path("mine/places.csv")], label="mood"), r"--label mood: expected"),
        (lambda: new.main("x", [Path("mine/places.csv")], define=["good"]), r"found no =; add it"),
        (
            lambda: new.main("x", [Path("mine/places.csv")], define=["fine=ok"]),
            r"--define fine: expected a label of mine/places.csv, found \['bad', 'good'\]",
        ),
        (
            lambda: new.main("x", [Path("mine/places.csv")], without=["good"]),
            r"expected two or more labels, found \['bad'\]",
        ),
        (
            lambda: new.main("x", [Path("mine/places.csv")], texts=["real=mine/places.csv"]),
            r"'real' is no name for a source",
        ),
        (
            lambda: new.main("x", [Path("mine/places.csv")], texts=["few_shot=mine/places.csv"]),
            r"'few_shot' is the name of another source",
        ),
        (
            lambda: new.main("x", [Path("mine/places.csv"), Path("mine/places.csv")]),
            r"expected files with different names, found places.csv twice",
        ),
        (lambda: new.main("x", define=["good=fine"]), r"two labels or more with their meaning"),
        (lambda: new.main("x", unlabelled=[Path("mine/places.csv")]), r"found neither; add one"),
    ],
)
def test_wrong_uses_are_one_line_and_nothing_is_written(
    call: Callable[[], None], message: str, project: Path
) -> None:
    """A name that is a path or taken, files that are not there, options that do not fit."""
    before = own_project.state(project)
    with pytest.raises(UserError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value) and own_project.state(project) == before


def test_a_name_that_exists_is_refused(project: Path) -> None:
    """With what may have been meant."""
    new.main("places", [Path("mine/places.csv")])
    before = own_project.state(project)
    with pytest.raises(UserError, match=r"the task 'places' exists .*synthworth add places FILE"):
        new.main("places", [Path("mine/places.csv")])
    assert own_project.state(project) == before


def test_what_fails_halfway_leaves_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC refuses after the files and the card are there: both are gone again."""
    before = own_project.state(project)
    (project / ".dvc/config").write_text("[remote\n")
    with pytest.raises(UserError, match="cannot put data/own/places under DVC"):
        new.main("places", [Path("mine/places.csv")])
    assert own_project.state(project) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (csv(rows()).encode("utf-8-sig"), "places: 40 texts with 2 labels"),
        (csv(rows()).encode("utf-16"), "places: 40 texts with 2 labels"),
        (csv(rows()).encode("utf-16-le"), "encoding: utf-16-le"),
        (CP1252, "encoding: cp1252"),
        (csv(rows()).replace('","', '";"').replace("text,", "text;").encode(), "semicolon"),
        (csv([*rows(), ("", "good"), ("what", "")]).encode(), "1 row without text, 1 row without"),
        (csv([(t, str(len(la) % 2)) for t, la in rows()]).encode(), "labels      are numbers"),
        (csv([*rows(), *rows()[:3], (rows()[0][0], "bad")]).encode(),
         "4 rows repeat an earlier text, 1 of them with another label"),
        (csv([(t + " mail me@example.org or +49 30 1234567", la) for t, la in rows()]).encode(),
         "40 texts with an e-mail address and 40 texts with a phone number"),
        (csv([(t + " <script>alert(1)</script>", la) for t, la in rows()]).encode(),
         "40 texts with tags"),
        (csv([*rows(), ("long " * 210_000, "good")]).encode(), "1 text of more than 100,000"),
        ("\n".join(f"{t}\t{la}" for t, la in [("text", "label"), *rows()]).encode(),
         "separator: tab"),
    ],
    ids=[
        "BOM", "UTF-16", "UTF-16 without BOM", "Windows-1252", "semicolons", "gaps", "numbers",
        "duplicates", "personal", "markup", "1 MB", "tabs",
    ],
)  # fmt: skip
def test_odd_files_are_read_and_what_is_odd_is_told(
    content: bytes, told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No question is asked; the texts themselves are not shown."""
    (project / "mine/places.csv").write_bytes(content)
    new.main("places", [Path("mine/places.csv")])
    shown = capsys.readouterr().out
    assert told in shown
    assert "example.org" not in shown and "script" not in shown
    assert Path("data/own/places/places.csv").read_bytes() == content
