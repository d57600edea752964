"""More files for a task, a sheet to label, and an LLM asked: what is written, and what is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from stages.core.errors import UserError
from stages.corpora import cards
from stages.intake import plan
from stages.tools import add, asking, draw, label, new, write
from tests import own_project
from tests.own_project import csv, rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the task `places`."""
    folder = tmp_path_factory.mktemp("own")
    own_project.write(folder)
    (folder / "mine").mkdir()
    (folder / "mine/places.csv").write_text(csv([*rows()[:30], ("nobody said what this is", "")]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        new.main("places", [Path("mine/places.csv")])
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    import shutil

    shutil.copytree(made, tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")
    return tmp_path / "own"


def params() -> Any:
    """params.yaml."""
    return yaml.safe_load(Path("params.yaml").read_text())


def test_files_of_every_kind_are_added(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is in the card and under DVC; a source is in the grid; comments of the card stay."""
    (project / "mine/more.csv").write_text(csv([(t, la.title()) for t, la in rows()[30:]]))
    (project / "mine/held.csv").write_text(csv(rows()[30:34]))
    (project / "mine/gpt4.csv").write_text(csv(rows()[:6]))
    (project / "mine/raw.csv").write_text("text\nsomething new about a place\nand one more\n")
    add.main("places", "mine/more.csv")
    add.main("places", "mine/held.csv", test=True)
    add.main("places", "vendor=mine/gpt4.csv", texts=True, by="GPT-4")
    add.main("places", "mine/raw.csv", unlabelled=True)
    card = cards.load("places")
    own = card.own
    assert own and own.train and own.test and own.unlabelled
    assert [file.file for file in own.train] == ["places.csv", "more.csv"]
    assert own.train[1].names == {"Good": "good", "Bad": "bad"}
    assert card.ready["vendor"][0].by == "GPT-4"
    assert params()["grid"]["sources_of"] == {"places": ["real", "vendor"]}
    assert sorted(path.name for path in Path("data/own/places").iterdir()) == [
        "gpt4.csv", "held.csv", "more.csv", "places.csv", "raw.csv"
    ]  # fmt: skip
    assert "nfiles: 5" in Path("data/own/places.dvc").read_text()
    assert "# Each label with one line" in Path("data/tasks/places.yaml").read_text()
    assert "6 of these texts are among the task's real ones" in capsys.readouterr().out


def test_a_file_is_replaced(project: Path) -> None:
    """By one of its name, on demand; the card has its new checksum."""
    (project / "mine/places.csv").write_text(csv(rows()))
    with pytest.raises(UserError, match="has a file of this name; replace it by --replace"):
        add.main("places", "mine/places.csv")
    add.main("places", "mine/places.csv", replace=True)
    assert Path("data/own/places/places.csv").read_text() == csv(rows())
    own = cards.load("places").own
    assert own and own.train and len(own.train) == 1
    assert own.train[0].original and own.train[0].original.bytes == len(csv(rows()).encode())
    assert [path.name for path in Path("data/own").glob("*.before")] == []


def test_people_s_labels_are_added_to_texts_with_ids(project: Path) -> None:
    """They name the texts by the column that the texts' file has."""
    texts = [(f"t{n}", *row) for n, row in enumerate(rows())]
    (project / "mine/ids.csv").write_text(csv(texts, "id,text,label"))
    new.main("marked", [Path("mine/ids.csv")])
    votes = [(f"t{n}", who, "Good") for n in range(40) for who in "xy"]
    (project / "mine/votes.csv").write_text(csv(votes, "item,rater,label"))
    add.main("marked", "mine/votes.csv", annotations=True)
    own = cards.load("marked").own
    assert own and own.annotations
    assert (own.annotations[0].item, own.annotations[0].names) == ("item", {"Good": "good"})


@pytest.mark.parametrize("part", ["train", "test"])
def test_what_fails_halfway_is_undone(project: Path, part: str) -> None:
    """A replaced file is back, a new one gone, when DVC refuses."""
    (project / "mine/places.csv").write_text(csv(rows()))
    before = own_project.state(project)
    Path(".dvc/config").write_text("[remote\n")
    with pytest.raises(UserError, match="under DVC"):
        if part == "train":
            add.main("places", "mine/places.csv", replace=True)
        else:
            Path("mine/places.csv").rename("mine/held.csv")
            add.main("places", "mine/held.csv", test=True)
    Path("mine/held.csv").exists() and Path("mine/held.csv").rename("mine/places.csv")
    assert own_project.state(project) == before


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (csv([("a text", "ugly"), *rows()[:4]]), {}, r"labels \['.*'\], found 'ugly'; fix it"),
        (csv([("a text", ""), ("another", "")]), {}, r"found none"),
        (csv(rows()), {"test": True, "texts": True}, r"expected one of --test, --texts"),
        (csv(rows()), {"replace": True}, r"expected a file of the names \['places.csv'\]"),
        ("a,b\n1,2\n", {"annotations": True}, r"columns of the texts' ids, of who labelled"),
    ],
)
def test_what_does_not_fit_is_one_line(
    content: str, options: dict[str, Any], message: str, project: Path
) -> None:
    """Nothing is written."""
    (project / "mine/bad.csv").write_text(content)
    before = own_project.state(project)
    with pytest.raises(UserError, match=message) as caught:
        add.main("places", "mine/bad.csv", **options)
    assert "\n" not in str(caught.value) and own_project.state(project) == before


def test_a_sheet_runs_nothing_and_is_never_written_over(project: Path) -> None:
    """Texts like formulas come as text, and back as they were; a semicolon's sheet is read, too."""
    formulas = ['=HYPERLINK("http://x")', "+49 is no place", "-2 stars", "@home it was good", "a b"]
    pd.DataFrame({"text": formulas}).to_csv(project / "mine/raw.csv", index=False)
    add.main("places", "mine/raw.csv", unlabelled=True)
    draw.main("places", texts=3)
    draw.main("places", texts=1)
    first, second = Path("places.to_label.csv"), Path("places.to_label.2.csv")
    kept = second.read_bytes()
    sheet = pd.read_csv(first)
    sheet.to_csv("places.to_label.3.csv", index=False, sep=";", encoding="cp1252")
    first.unlink()
    draw.main("places", texts=5)
    drawn = [*sheet["text"], *pd.read_csv(second)["text"], *pd.read_csv(first)["text"]]
    assert second.read_bytes() == kept and {text.strip() for text in drawn} >= set(formulas)
    assert len(drawn) == len(set(drawn))
    assert not any(text.startswith(("=", "+", "-", "@")) for text in drawn)


def test_a_card_of_labels_gets_its_first_texts(project: Path) -> None:
    """It keeps its definitions, and is in the grid from then on."""
    new.main("moods", define=["good=they liked it", "bad=they did not"])
    add.main("moods", "mine/places.csv")
    card = cards.load("moods")
    assert card.own and card.labels["good"] == "they liked it" and card.words == (13, 14)
    assert params()["grid"]["tasks"] == ["places", "moods"]


def test_a_sheet_holds_texts_that_nobody_labelled(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None twice, not even in a second sheet; filled in, it is a file like any other."""
    raw = "text\n" + "".join(f"a remark on place {n}\n" for n in range(9))
    (project / "mine/raw.csv").write_text(raw + f'"{rows()[0][0]}"\n')
    add.main("places", "mine/raw.csv", unlabelled=True)
    draw.main("places", texts=6)
    draw.main("places", texts=6)
    first = pd.read_csv("places.to_label.csv", dtype=str)
    second = pd.read_csv("places.to_label.2.csv", dtype=str)
    texts = [*first["text"], *second["text"]]
    assert len(first) == 6 and len(second) == 4 and len(set(texts)) == 10
    assert "nobody said what this is" in texts and rows()[0][0] not in texts
    assert list(first) == ["id", "text", "label"] and first["label"].isna().all()
    assert "about 2 minutes of a person, 0.54 USD" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"found none beside those of places.to_label"):
        draw.main("places", texts=6)
    first.assign(label=["good", "", "good", "good", "good", "good"]).to_csv(
        "places.to_label.csv", index=False
    )
    add.main("places", "places.to_label.csv")
    assert "1 rows without label left out" in capsys.readouterr().out


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have run for an estimate."""
    commands: list[list[str]] = []

    def call(command: list[str]) -> str:
        commands.append(list(command))
        return "places: 30 requests, 0.01 USD"

    monkeypatch.setattr(asking, "_call", call)
    return commands


def test_an_llm_is_to_label(
    project: Path, called: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The source, how many texts, the endpoint; what it costs, and that the key is missing."""
    label.main("places", texts=30, model="m", price="0.1/0.4")
    content = params()
    assert content["grid"]["sources_of"] == {"places": ["real", "labelled"]}
    assert content["label"]["train"] == 30 and content["generate"]["provider"] == "openai"
    assert content["generate"]["endpoint"]["model"] == "m"
    assert content["generate"]["price"]["m"] == {"prompt": 0.1, "completion": 0.4}
    assert called == [
        ["dvc", "repro", "--quiet", "fetch@places", "grid"],
        ["stages.label", "places", "--estimate"],
    ]
    shown = capsys.readouterr().out
    assert "places: 30 requests, 0.01 USD" in shown and "set OPENAI_API_KEY before" in shown


def test_an_llm_is_to_write(project: Path, called: list[list[str]]) -> None:
    """The strategy is in the grid and has its number of texts."""
    write.main("places", texts=40, strategy="zero_shot", base_url="http://x/v1", key_env="none")
    content = params()
    assert content["grid"]["strategies"] == ["zero_shot"]
    assert content["strategies"]["zero_shot"]["texts_per_label"] == 40
    assert content["generate"]["endpoint"]["base_url"] == "http://x/v1"
    assert content["generate"]["endpoint"]["key_env"] is None
    assert called[-2:] == [
        ["stages.generate", "places", "zero_shot", "--estimate"],
        ["stages.label", "places", "--estimate"],
    ]


def test_recorded_labels_are_taken(
    project: Path, called: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The provider stays, nothing is paid."""
    recorded = Path("data/recorded/places/labels.jsonl")
    recorded.parent.mkdir(parents=True)
    recorded.write_text("")
    label.main("places", texts=30)
    assert params()["generate"]["provider"] == "recorded" and called == []
    assert "replies are recorded, 0 USD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: label.main("places", texts=3, price="cheap"), r"expected PROMPT/COMPLETION"),
        (lambda: label.main("places", texts=3, base_url=""), r"found an empty one; fill it in"),
        (
            lambda: label.main("places", texts=3, key_env="sk-0aB"),
            r"endpoint.key_env: expected",
        ),
        (lambda: label.main("places", texts=3, price="-1/2"), r"generate: price.*greater than or"),
        (lambda: write.main("places", texts=3, strategy="haiku"), r"found 'haiku'; choose one"),
        (lambda: label.main("nowhere", texts=3), r"no task 'nowhere'"),
        (lambda: label.main("places", texts=3), r"the stage refused"),
    ],
)
def test_params_stay_where_nothing_can_be_asked(
    call: Callable[[], None], message: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong options, and whatever the estimate ends with."""

    def refuse(command: list[str]) -> str:
        raise UserError("the stage refused")

    monkeypatch.setattr(asking, "_call", refuse)
    before = Path("params.yaml").read_text()
    with pytest.raises(UserError, match=message) as caught:
        call()
    assert Path("params.yaml").read_text() == before and "sk-0aB" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows_of", "limit"),
    [
        ({"a": 300, "b": 20}, None),
        ({"a": 30_000, "b": 100}, 9_900),
        ({"a": 30_000, "b": 30_000}, 5_000),
        (dict.fromkeys(map(str, range(500)), 1000), 50),
    ],
)
def test_large_files_are_capped(rows_of: dict[str, int], limit: int | None) -> None:
    """Rare labels keep all their texts; of frequent ones as many are left as make 10,000."""
    assert plan.cap({"train": rows_of, "test": {"a": 5}}) == limit
