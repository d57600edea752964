"""The explain stage on tiny grids of two and of five tasks."""

from typing import Any

import pandas as pd
import pytest
from scipy.stats import spearmanr

from stages import analyze, evaluate, explain
from stages.core import files, paths
from stages.core.arrays import Floats
from stages.core.errors import UserError
from stages.stats.people import ranking
from stages.stats.resampling import Bootstrap
from tests import analysis_grid
from tests.analysis_grid import EXPLAIN, FIVE, facts


def table(name: str) -> pd.DataFrame:
    """A table that explain wrote."""
    return files.read_table(paths.EXPLAINED / f"{name}.parquet")


def correlated(of: str, metric: str = "accuracy", scale: str = "absolute") -> dict[Any, Any]:
    """The correlation of a number per task with the gap of zero-shot texts."""
    found = table("correlations").query("source == 'zero_shot' and of == @of")
    (row,) = found.query("metric == @metric and scale == @scale").to_dict("records")
    return row


@pytest.mark.usefixtures("five_tasks")
def test_five_tasks_are_explained() -> None:
    """Votes, ranking, scores, every correlation, bands, measures."""
    explain.main()
    found = facts(paths.EXPLAINED / "facts.json")
    assert found["votes"]["votes"] == 8 and found["votes"]["circular_triples"] == 0
    ranked = table("ranking")
    assert list(ranked["task"]) == list(FIVE) and list(ranked["rank"]) == [1, 2, 3, 4, 5]
    assert "low" not in ranked  # the two voters vote alike
    row = correlated("subjectivity", "macro_f1", "relative")
    assert row["tasks"] == 5 and row["leave_one_out_skill"] < 1
    assert found["correlations_tried"] == 12  # few-shot has the same gap on every task
    assert len(table("scores")) == 5 * 3 * 4 and len(table("means")) == 3 * 4
    assert set(table("bands")["source"]) == {"zero_shot"}
    assert set(table("measure_means")["source"]) == {"real", "zero_shot", "few_shot"}
    assert len(table("closeness")) == 5 * 3


@pytest.mark.usefixtures("five_tasks")
def test_diversity_and_similarity_are_correlated_with_the_gap() -> None:
    """Each source's own difference to real against its own gap, as recomputed from the facts."""
    explain.main()
    analysed = [facts(paths.analyzed(task)) for task in FIVE]
    scored = [facts(paths.evaluated(task))["gaps"]["probe"]["zero_shot"] for task in FIVE]
    gaps = [gap["accuracy"]["difference"] for gap in scored]
    for measure, part in (("remote_clique", "diversity"), ("top5_cosine", "similarity")):
        sources = [found[part]["sources"] for found in analysed]
        pairs = [[by[s][measure]["value"] for s in ("zero_shot", "real")] for by in sources]
        rho = spearmanr([made - real for made, real in pairs], gaps)[0]
        found = correlated(measure)
        assert found["spearman_value"] == pytest.approx(rho, abs=1e-4)


@pytest.mark.usefixtures("five_tasks")
def test_intervals_of_subjectivity_use_every_resample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voters are resampled as often as the params say."""
    seen: list[int] = []
    resampled = ranking.resampled

    def counting(counted: ranking.Tally, prior: float, bootstrap: Bootstrap) -> Floats:
        draws = resampled(counted, prior, bootstrap)
        seen.append(len(draws))
        return draws

    monkeypatch.setattr(ranking, "resampled", counting)
    explain.main()
    assert seen == [EXPLAIN["resamples"]]


@pytest.mark.usefixtures("five_tasks")
def test_same_again_is_the_same_bytes() -> None:
    """All draws are seeded."""
    explain.main()
    made = sorted(paths.EXPLAINED.iterdir())
    first = [path.read_bytes() for path in made]
    explain.main()
    assert [path.read_bytes() for path in made] == first


@pytest.mark.usefixtures("two_tasks")
def test_two_tasks_have_no_correlation() -> None:
    """Withheld with the reason."""
    explain.main()
    found = correlated("subjectivity")
    assert (found["tasks"], found["withheld"]) == (2, "2 tasks; a correlation needs at least 4")
    assert facts(paths.EXPLAINED / "facts.json")["correlations_tried"] == 0


@pytest.mark.usefixtures("five_tasks")
def test_real_texts_only() -> None:
    """No strategy and no other source: the tables are there, and empty where nothing is."""
    analysis_grid.choose(FIVE, {"sources": ["real"], "strategies": []})
    evaluate.main()
    analyze.main()
    explain.main()
    assert all(table(name).empty for name in ("gaps", "correlations", "bands"))
    assert len(table("ranking")) == 5 and len(table("scores")) == 5 * 4


@pytest.mark.usefixtures("two_tasks")
def test_who_voted_is_known() -> None:
    """Panel votes are called a proxy; notes of their provenance are kept."""
    explain.main()
    votes = facts(paths.EXPLAINED / "facts.json")["votes"]
    assert "a proxy" in votes["who"] and votes["note"] == ""
    rows = [("moods", "topics", "a", "moods"), ("moods", "topics", "b", "topics")]
    analysis_grid.vote([*rows, *rows[:1]], f"{analysis_grid.SURVEY}note: b copied a\n")
    explain.main()
    assert facts(paths.EXPLAINED / "facts.json")["votes"]["note"] == "panel: b copied a"
    assert (table("ranking")["low"] < table("ranking")["high"]).all()  # these two differ


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
    assert not paths.EXPLAINED.exists()


@pytest.mark.usefixtures("two_tasks")
def test_votes_without_provenance() -> None:
    """Nobody could say who voted."""
    paths.votes("panel").with_suffix(".yaml").unlink()
    with pytest.raises(UserError, match=r"explain.votes names 'panel': expected .*panel.yaml"):
        explain.main()


@pytest.mark.usefixtures("two_tasks")
def test_voters_of_two_files_are_kept_separate() -> None:
    """A voter of the same name in two files is two voters."""
    analysis_grid.choose(("moods", "topics"), explain=EXPLAIN | {"votes": ["panel", "crowd"]})
    for end in (".csv", ".yaml"):
        text = paths.votes("panel").with_suffix(end).read_text()
        paths.votes("crowd").with_suffix(end).write_text(text.replace("panel", "people"))
    explain.main()
    found = facts(paths.EXPLAINED / "facts.json")["votes"]
    assert (found["voters"], found["votes"]) == (4, 16)
    assert found["who"].endswith("crowd (people)")
