"""`synthworth list` and `remove`: which tasks there are, and one taken out."""

from pathlib import Path

import pytest
import yaml

from stages.core import files
from stages.core.errors import UserError
from stages.tools import list as tasks
from stages.tools import remove


def content() -> dict[str, dict[str, object]]:
    """params.yaml as it is now."""
    found: dict[str, dict[str, object]] = yaml.safe_load(Path("params.yaml").read_text())
    return found


def test_list_shows_grid_and_cards(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A task that ran with its rows, one that did not, and cards outside the grid."""
    rows = {"test": {"ham": 3, "spam": 4}, "train": {"ham": 5}}
    files.write_json({"rows": rows}, Path("data/real/sms_spam/source.json"))
    files.write_json({}, Path("metrics/details/scores/sms_spam.json"))
    files.write_json({"sms_spam": "write, 200"}, Path("metrics/verdict.json"))
    tasks.main()
    lines = capsys.readouterr().out.splitlines()
    (ran,) = [line.split("  ") for line in lines if line.startswith("sms_spam")]
    cells = [cell.strip() for cell in ran if cell.strip()]
    assert cells[1:3] == ["7 / 5", "ham, spam"] and cells[-1] == "results: write, 200"
    assert any(line.startswith("humor") and line.endswith("not run") for line in lines)
    assert any("cards outside the grid:" in line and "trec" in line for line in lines)


def test_remove_asks_first(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes it says what it would do, and does nothing."""
    before = Path("params.yaml").read_text()
    with pytest.raises(UserError, match="repeat with --yes"):
        remove.main("humor")
    assert "would remove 'humor' from params.yaml (grid.tasks)" in capsys.readouterr().out
    assert Path("params.yaml").read_text() == before and Path("data/tasks/humor.yaml").exists()


def test_remove_takes_all_of_a_task(fresh: Path) -> None:
    """Grid, its own sources, caps, card and files go; comments and other tasks stay."""
    own = Path("data/own/humor")
    own.mkdir(parents=True)
    (own / "a.csv").touch()
    text = Path("params.yaml").read_text()
    text = text.replace("max_per_label_of: {} ", "max_per_label_of: {humor: 9} ")
    text = text.replace("labelled]", "labelled, gpt4]", 1)
    rest = "real, zero_shot, few_shot, labelled"
    of = ", ".join(f"{task}: [{rest}]" for task in content()["grid"]["tasks"] if task != "humor")  # type: ignore[attr-defined]
    text = text.replace("sources_of: {} ", f"sources_of: {{{of}, humor: [real, gpt4]}} ")
    assert "gpt4]}" in text
    Path("params.yaml").write_text(text)
    remove.main("humor", yes=True)
    left = content()
    assert "humor" not in str(left) and "gpt4" not in left["grid"]["sources"]  # type: ignore[operator]
    assert text.count("#") == Path("params.yaml").read_text().count("#")
    assert not own.exists() and not Path("data/tasks/humor.yaml").exists()


def test_remove_knows_its_limits(fresh: Path) -> None:
    """An unknown task, and the last one of the grid."""
    with pytest.raises(UserError, match="no task 'cats'"):
        remove.main("cats", yes=True)
    for task in content()["grid"]["tasks"][1:]:  # type: ignore[index]
        remove.main(task, yes=True)
    with pytest.raises(UserError, match="only task"):
        remove.main("ag_news", yes=True)
