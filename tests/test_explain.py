"""The explain stage on tiny grids of two and of five tasks."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from scipy.stats import spearmanr

from stages import analyze, evaluate, explain
from stages.core import files, paths
from stages.core.errors import UserError
from stages.rendering.pages import people as pages
from tests import analysis_grid
from tests.analysis_grid import EXPLAIN, facts

pytest.importorskip("adjustText")
FIVE = ("cars", "jokes", "moods", "songs", "topics")
FIGURES = ("ranking", "subjectivity", "agreement_synthetic", "agreement_real", "diversity")
PAGES = ("subjectivity", "agreement", "texts", "datasets", "generators")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with five tasks, run up to explain."""
    folder = tmp_path_factory.mktemp("five")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        analysis_grid.write(FIVE)
        for task in FIVE:
            evaluate.main(task)
            analyze.main(task)
    return folder


@pytest.fixture
def grid(analysed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of that folder to run in."""
    shutil.copytree(analysed, tmp_path / "grid")
    monkeypatch.chdir(tmp_path / "grid")


@pytest.fixture
def two_tasks(grid: None) -> None:
    """The same, with two of the tasks in the grid."""
    choose(("moods", "topics"))


def choose(tasks: tuple[str, ...], grid: Mapping[str, Any] | None = None, **sections: Any) -> None:
    """Make params.yaml name these tasks, with other keys of the grid or sections."""
    content = analysis_grid.params({"tasks": list(tasks), **(grid or {})}, **sections)
    Path("params.yaml").write_text(yaml.safe_dump(content))


@pytest.mark.usefixtures("grid")
def test_five_tasks_are_explained() -> None:
    """Votes, ranking, every correlation, all figures, pages and series."""
    explain.main()
    found = facts(paths.METRICS / "explain.json")
    assert found["votes"]["votes"] == 8 and found["votes"]["circular_triples"] == 0
    assert [found["tasks"][task]["rank"] for task in FIVE] == [1, 2, 3, 4, 5]
    assert "low" not in found["tasks"]["cars"]  # the two voters vote alike
    block = found["correlation"]["probe"]["zero_shot"]["macro_f1"]["relative"]
    assert block["tasks"] == 5 and "skill" in block["leave_one_out"]
    assert found["correlations_tried"] == 12  # few-shot has the same gap on every task
    for name in (*FIGURES, "similarity"):
        assert (paths.PLOTS / f"{name}.svg").read_text().startswith("<?xml")
    for name in PAGES:
        text = (paths.PLOTS / f"{name}.md").read_text()
        assert text.startswith("# ") and "nan" not in text.split()
    assert "## Annotators\n" in (paths.PLOTS / "agreement.md").read_text()
    for name in ("subjectivity", "agreement", "diversity", "similarity"):
        assert (paths.PLOTS / f"{name}.json").read_text().startswith("[\n")


@pytest.mark.usefixtures("grid")
def test_diversity_and_similarity_are_correlated_with_the_gap() -> None:
    """Each source's own difference to real against its own gap, as recomputed from the metrics."""
    explain.main()
    found = facts(paths.METRICS / "explain.json")["texts_correlation"]
    analysed = [facts(paths.analyzed(task)) for task in FIVE]
    scored = [facts(paths.evaluated(task))["probe"]["zero_shot"]["gap"] for task in FIVE]
    gaps = [gap["accuracy"]["difference"] for gap in scored]
    for measure, part in (("remote_clique", "diversity"), ("top5_cosine", "similarity")):
        pairs = [[f[part][s][measure]["value"] for s in ("zero_shot", "real")] for f in analysed]
        rho = spearmanr([made - real for made, real in pairs], gaps)[0]
        block = found[measure]["probe"]["zero_shot"]["accuracy"]["absolute"]
        assert block["spearman"]["value"] == pytest.approx(rho, abs=1e-4)
    page = (paths.PLOTS / "subjectivity.md").read_text()
    assert "## Difference to real in remote-clique and the gap" in page
    assert "## Difference to real in top-5 cosine and the gap" in page


@pytest.mark.usefixtures("grid")
def test_same_again_is_the_same_bytes() -> None:
    """All draws are seeded, and no figure holds a date or a random name."""
    explain.main()
    made = sorted(paths.PLOTS.iterdir())
    first = [path.read_bytes() for path in made]
    explain.main()
    assert [path.read_bytes() for path in made] == first


@pytest.mark.usefixtures("two_tasks")
def test_two_tasks_have_no_correlation() -> None:
    """Withheld with the reason, in the metrics and on the page; the figures are still drawn."""
    explain.main()
    found = facts(paths.METRICS / "explain.json")
    block = found["correlation"]["probe"]["few_shot"]["accuracy"]["absolute"]
    assert block == {"tasks": 2, "withheld": "2 tasks; a correlation needs at least 4"}
    assert found["correlations_tried"] == 0
    assert "withheld: 2 tasks" in (paths.PLOTS / "subjectivity.md").read_text()


@pytest.mark.usefixtures("two_tasks")
def test_generators_are_compared() -> None:
    """A strategy with a model of its own has a row of its own, named after that model."""
    for task in ("moods", "topics"):
        files.write_lines([{"model": "mini"}], paths.replies(task, "few_shot"))
    explain.main()
    rows = [line.split(" | ") for line in (paths.PLOTS / "generators.md").read_text().splitlines()]
    found = {row[1]: row for row in rows if len(row) == 8}
    assert found["zero-shot"][0] == "| a model" and found["few-shot"][0] == "| mini"
    assert found["few-shot"][2] == "2" and found["real"][3] == "-"
    assert all("[" in cell for cell in found["few-shot"][3:])


@pytest.mark.usefixtures("grid")
def test_real_texts_only() -> None:
    """No strategy and no other source: every page and figure is there and says why it is short."""
    choose(FIVE, {"sources": ["real"], "strategies": []})
    for task in FIVE:
        evaluate.main(task)
        analyze.main(task)
    explain.main()
    reason = "`real` is the only source"
    assert reason in (paths.PLOTS / "subjectivity.md").read_text()
    assert "No generator has run" in (paths.PLOTS / "generators.md").read_text()
    assert facts(paths.METRICS / "explain.json")["correlation"] == {}
    assert (paths.PLOTS / "subjectivity.json").read_text() == "[]\n"
    for name in (*FIGURES, "similarity"):
        assert (paths.PLOTS / f"{name}.svg").exists()


@pytest.mark.usefixtures("two_tasks")
def test_panel_votes_are_called_a_proxy() -> None:
    """Wherever the votes are used."""
    explain.main()
    assert "a proxy" in facts(paths.METRICS / "explain.json")["votes"]["from"]
    assert "a proxy" in (paths.PLOTS / "subjectivity.md").read_text()


@pytest.mark.usefixtures("two_tasks")
def test_notes_and_limits_of_the_votes_are_on_the_page() -> None:
    """The note of their provenance; an interval only where voters differ."""
    explain.main()
    page = (paths.PLOTS / "subjectivity.md").read_text()
    assert "Note on the votes" not in page and pages.NO_INTERVAL in page
    rows = [("moods", "topics", "a", "moods"), ("moods", "topics", "b", "topics")]
    analysis_grid.vote([*rows, *rows[:1]], f"{analysis_grid.SURVEY}note: b copied a\n")
    explain.main()
    page = (paths.PLOTS / "subjectivity.md").read_text()
    assert "Note on the votes: panel: b copied a." in page and pages.NO_INTERVAL not in page
    assert "as if each had voted on his own" in page
    assert facts(paths.METRICS / "explain.json")["tasks"]["moods"]["low"] < 0


@pytest.mark.usefixtures("two_tasks")
def test_panel_annotators_are_called_a_proxy() -> None:
    """On the pages and in the figures of agreement, for the tasks that have them."""
    found = facts(paths.analyzed("moods"))
    found["agreement"]["by"] = "LLM panel trio: a proxy for people"
    files.write_json(found, paths.analyzed("moods"))
    explain.main()
    page = (paths.PLOTS / "agreement.md").read_text()
    assert "| moods | LLM panel: a proxy for people |" in page
    assert "| topics | named annotators |" in page
    assert "Annotators of moods: LLM panel trio: a proxy for people." in page


@pytest.mark.usefixtures("two_tasks")
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("moods", "weather", "v", "moods")], "panel.csv, row 1: no task 'weather' has a card"),
        (
            [("moods", "topics", "v", "cars")],
            "panel.csv, row 1: expected 'moods', 'topics' or 'tie'",
        ),
    ],
)
def test_bad_votes_are_one_line(rows: list[tuple[str, str, str, str]], message: str) -> None:
    """The stage stops before anything is written."""
    analysis_grid.vote(rows)
    with pytest.raises(UserError, match=message):
        explain.main()
    assert not (paths.METRICS / "explain.json").exists()


@pytest.mark.usefixtures("two_tasks")
def test_votes_without_provenance() -> None:
    """Nobody could say who voted."""
    paths.votes("panel").with_suffix(".yaml").unlink()
    with pytest.raises(UserError, match=r"explain.votes names 'panel': expected .*panel.yaml"):
        explain.main()


@pytest.mark.usefixtures("two_tasks")
def test_voters_of_two_files_are_kept_apart() -> None:
    """A voter of the same name in two files is two voters."""
    choose(("moods", "topics"), explain=EXPLAIN | {"votes": ["panel", "crowd"]})
    for end in (".csv", ".yaml"):
        text = paths.votes("panel").with_suffix(end).read_text()
        paths.votes("crowd").with_suffix(end).write_text(text.replace("panel", "people"))
    explain.main()
    found = facts(paths.METRICS / "explain.json")["votes"]
    assert (found["voters"], found["votes"]) == (4, 16)
    assert found["from"].endswith("crowd (people)")
