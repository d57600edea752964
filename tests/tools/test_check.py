"""`synthworth check`: the mistakes of a real trial, each found with its file, line and remedy."""

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest
import typer

from stages import check as stage
from stages.checks import cards, documents
from stages.core.errors import UserError
from stages.core.params import SECTIONS
from stages.tools import check
from tests import small_task
from tests.pipeline import ROOT

NAMED = {"strategies", "models"}  # entries under names of the user's, each of a class


def replace(path: str, old: str, new: str) -> int:
    """Put `new` in place of `old`, which the file has; returns the line of its end."""
    text = Path(path).read_text()
    assert old in text
    before = text.index(old)
    Path(path).write_text(text.replace(old, new, 1))
    return text[:before].count("\n") + new.count("\n") + 1


def test_the_default_project_is_right(fresh: Path) -> None:
    """Neither the stage nor the command finds anything in the repository as it is."""
    stage.main()
    assert json.loads(Path("data/checked.json").read_text()) == {"wrong": 0}
    assert list(check.found()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("train:\n", "train:\n  epocs: 3\n", "train.epocs: unknown key, found 3"),
        ("embed:\n", "wrth:\n  seed: 1\nembed:\n", "did you mean 'worth'"),
        ("  - imdb", "  - imbd", "expected a card data/tasks/imbd.yaml.*did you mean 'imdb'"),
        ("zero_shot, few_shot, labelled]", "gpt5, labelled]", "no source 'gpt5'"),
        ("[zero_shot, few_shot]  ", "[zero_shot]", "'few_shot' is a strategy that grid.strategies"),
        ("[zero_shot, few_shot]  ", "[few_shoot]", "did you mean 'few_shot'"),
        ("probes: [probe]", "probes: [svm]", "expected entries of `models`, found 'svm'"),
        ("models: []", "models: [bert, probe]", "expected each classifier in models or in probes"),
        ("probes: [probe]", "probes: [probe, bert]", "'bert' reads texts: move it to grid.models"),
        ("kind: tfidf", "kind: svm", "expected a kind out of"),
        ("  model: probe", "  model: prob", "curves.model: .* did you mean 'probe'"),
        ("texts_per_label: 10 ", "texts_per_label: -5 ", "expected greater than 0, found -5"),
        ("watch: data/sample", "watch: data/onw", "fetch.watch: .* found no 'data/onw'"),
        ("origin: sample", "origin: data/onw", "fetch.origin: .* found no 'data/onw'"),
        ("origin: sample", "origin: data/tasks", "expected data/tasks/.*/train.parquet"),
        ("base_url: null", "base_url: localhost", "base_url: expected null or an address"),
        ("  concurrency: 64", "  concurency: 64", "concurency: unknown key"),
        ("  seed: 20231207", "  seed: 1\n  seed: 2", "expected each key once"),
        ("  augmented: [real_pool", "  augmented: [real_pol", None),
    ],
)
def test_mistakes_in_params(fresh: Path, old: str, new: str, said: str | None) -> None:
    """Each is told, with a line; None: a mixture that nothing uses may be wrong."""
    replace("params.yaml", old, new)
    found = [problem for problem in check.found() if problem.serious]
    if said is None:
        assert found == []
    else:
        told = [problem for problem in found if re.search(said, problem.said)]
        assert told and all(problem.line for problem in told), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("watch: data/sample", "watch: data/onw"),
        ("  concurrency: 64", "  concurency: 64"),
        ("probes: [probe]", "probes: [svm]"),
        ("  - imdb", "  - imbd"),
        ("texts_per_label: 10 ", "texts_per_label: -5 "),
    ],
)
def test_the_line_is_that_of_the_mistake(fresh: Path, old: str, new: str) -> None:
    """Not that of the section."""
    line = replace("params.yaml", old, new)
    assert line in [problem.line for problem in check.found() if problem.serious]


def test_all_problems_at_once_and_the_exit_status(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mistakes in three files are told in one go; the status is 1, and `dvc repro` stops, too."""
    replace("params.yaml", "train:\n", "train:\n  epocs: 3\n")
    replace("data/tasks/humor.yaml", "description:", "descripton:")
    Path("data/tasks/imdb.yaml").write_text("labels: [\n")
    with pytest.raises(typer.Exit) as stopped:
        check.main()
    told = capsys.readouterr().err
    assert stopped.value.exit_code == 1
    for place in ("params.yaml:", "data/tasks/humor.yaml:2: descripton", "data/tasks/imdb.yaml:2"):
        assert place in told
    with pytest.raises(UserError, match="2 problems"):  # epocs makes train run, which says so
        stage.main()
    assert not Path("data/checked.json").exists()


def test_a_card_outside_the_grid_is_a_warning(fresh: Path) -> None:
    """No run needs it."""
    replace("data/tasks/trec.yaml", "description:", "descripton:")
    (problem,) = check.found()
    assert not problem.serious


def test_recordings_that_a_task_needs(fresh: Path) -> None:
    """Sources without recorded replies are named; with an endpoint none are needed."""
    replace("params.yaml", "few_shot, labelled]", "few_shot, labelled, persona]")
    replace("params.yaml", "[zero_shot, few_shot]  ", "[zero_shot, few_shot, persona]")
    replace("params.yaml", "  - ag_news\n  - relation\n", "")
    (said,) = {p.said.partition(":")[2][:40] for p in check.found() if p.serious}
    assert said == " no recorded replies of 'persona': expec"
    replace("params.yaml", "provider: recorded", "provider: openai")
    replace("params.yaml", "key_env: OPENAI_API_KEY", "key_env: null")
    assert not [problem for problem in check.found() if problem.serious]


def test_an_endpoint_without_key_and_price(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are said at once; neither with the key set and no budget."""
    replace("params.yaml", "provider: recorded", "provider: openai")
    replace("params.yaml", "model: gpt-3.5-turbo", "model: gpt-9")
    found = " ".join(problem.said for problem in check.found())
    assert "OPENAI_API_KEY is not set" in found and "the price of 'gpt-9'" in found
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    replace("params.yaml", "budget_usd: 5.0", "budget_usd: null")
    assert list(check.found()) == []


def test_own_files_that_are_missing(fresh: Path) -> None:
    """A file that the card names has to be there."""
    folder = fresh / "data/own/pets"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("text,label\n")
    own = {"train": {"file": "a.csv"}, "test": [{"file": "b.csv"}]}
    Path("data/tasks/pets.yaml").write_text(json.dumps(small_task.CARD | {"own": own}))
    replace("params.yaml", "  - ag_news\n", "  - pets\n")
    replace("params.yaml", "real, zero_shot, few_shot, labelled]", "real]")
    (problem,) = [problem for problem in check.found() if problem.serious]
    assert problem.said.startswith("own.test.0: expected the file data/own/pets/b.csv")


@pytest.mark.parametrize(
    ("copy", "source", "said"),
    [
        (b"text\n", b"text\n", []),
        (b"texts\n", b"text\n", ["is another file than when it was given"]),
        (b"text\n", b"Text\n", ["has changed since it was given"]),
        (b"text\n", None, []),
    ],
)
def test_own_files_that_changed(
    tmp_path: Path,
    copy: bytes,
    source: bytes | None,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A warning, be it our copy or the user's file, as far as that is still there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.csv").write_bytes(copy)
    if source is not None:
        (tmp_path / "a.csv").write_bytes(source)
    original = {
        "path": "~/a.csv",
        "bytes": 5,
        "sha256": hashlib.sha256(b"text\n").hexdigest(),
    }
    path = tmp_path / "card.yaml"
    path.write_text(json.dumps({"own": {"train": {"file": "a.csv", "original": original}}}))
    card, _ = documents.read(path)
    assert card
    found = list(cards.files(card, folder))
    assert [words in problem.said for words, problem in zip(said, found, strict=True)] == [
        True for _ in said
    ]
    assert not any(problem.serious for problem in found)


def test_a_prompt_file_that_is_missing(fresh: Path) -> None:
    """DVC would only name the path."""
    Path("data/prompts/few_shot.yaml").unlink()
    (problem,) = check.found()
    assert problem.path == Path("data/prompts/few_shot.yaml")


def test_every_section_has_its_class() -> None:
    """The class that `synthworth check` takes for a section is the one that its stage loads."""
    classes = check.classes()
    assert set(classes) | NAMED == set(SECTIONS)
    for path in (ROOT / "stages").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "params.load":
                name, section = node.args
                assert isinstance(section, ast.Constant)
                assert classes[str(section.value)].__name__ == ast.unparse(name)


def test_the_stage_is_light(fresh: Path) -> None:
    """It imports neither pandas nor a network library, since every run waits for it."""
    heavy = ("pandas", "numpy", "openai", "torch", "sklearn")
    assert small_task.imported_by("check", heavy=heavy) == []
