"""Votes and their provenance."""

from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.corpora import votes

ROWS = "task_a,task_b,voter,winner\nmoods,topics,v1,topics\n"
ABOUT = "kind: panel\nvoters: two\ncollected: today\nquestion: which\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one vote with its provenance."""
    (tmp_path / "crowd.csv").write_text(ROWS)
    (tmp_path / "crowd.yaml").write_text(ABOUT)
    return tmp_path / "crowd.csv"


def test_votes_come_with_who_cast_them(file: Path) -> None:
    """A panel is called a proxy, people are people."""
    table, survey = votes.read(file)
    assert table.to_dict("records")[0]["winner"] == "topics"
    assert survey.who == "a language model playing voters, a proxy"
    file.with_suffix(".yaml").write_text(ABOUT.replace("panel", "people"))
    assert votes.read(file)[1].who == "people"


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        (".csv", None, r"explain.votes names 'crowd': expected .*crowd.csv, found none; add it"),
        (".yaml", None, r"expected .*crowd.yaml, found none"),
        (".yaml", "kind: [", "crowd.yaml is not YAML"),
        (".yaml", "kind: dogs", r"crowd.yaml: kind: expected 'people' or 'panel'"),
        (".csv", "task_a,task_b\n", r"crowd.csv: expected columns \['voter', 'winner'\]"),
        (".csv", ROWS.splitlines()[0], "crowd.csv: expected votes, found none"),
        (".csv", ROWS + "a,b,c,d,e\n", "expected a whole .csv file, found a damaged one"),
        (".csv", ROWS + "moods,topics,,moods\n", "crowd.csv: expected .* a gap in row 2; fill in"),
        (".csv", "", "expected a whole .csv file, found a damaged one"),
    ],
)
def test_bad_files_are_one_line(file: Path, suffix: str, content: str | None, message: str) -> None:
    """What is missing or damaged is named."""
    path = file.with_suffix(suffix)
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(UserError, match=message):
        votes.read(file)
