"""The stage grid, and the sources of a task in params."""

from pathlib import Path

import pytest

from stages import grid
from stages.core import params, paths
from stages.core.errors import UserError
from stages.core.records import read_sources
from tests import small_task


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)


def use(**changes: object) -> None:
    """Params of two tasks with three sources."""
    content = small_task.params()
    content["grid"] |= {"tasks": ["sms", "mail"], "sources": ["real", "zero_shot", "both"]}
    content["grid"] |= changes
    content["mixtures"] = {"both": ["real_pool", "zero_shot"]}
    small_task.use(content)


def test_a_task_without_own_sources_has_all() -> None:
    """Each source in the grid's order, with its parts."""
    use()
    grid.main()
    found = read_sources(paths.grid("mail"))
    assert list(found) == ["real", "zero_shot", "both"]
    assert found["both"] == ("real_pool", "zero_shot") and found["real"] == ("real",)


def test_own_sources_come_in_the_grid_s_order(capsys: pytest.CaptureFixture[str]) -> None:
    """However they are written; the terminal says which task has its own."""
    use(sources_of={"mail": ["both", "real"]})
    grid.main()
    assert params.grid().of("mail") == tuple(read_sources(paths.grid("mail"))) == ("real", "both")
    assert params.grid().of("sms") == ("real", "zero_shot", "both")
    assert "; mail: real, both" in capsys.readouterr().out


def test_other_tasks_files_stay_as_they_are() -> None:
    """A source that one task alone has changes no other task's file."""
    use(sources_of={"sms": ["real"], "mail": ["real"]})
    grid.main()
    before = paths.grid("sms").read_bytes()
    sources = ["real", "zero_shot", "both", "gpt4"]
    use(sources=sources, sources_of={"sms": ["real"], "mail": ["real", "gpt4"]})
    grid.main()
    assert paths.grid("sms").read_bytes() == before
    assert list(read_sources(paths.grid("mail"))) == ["real", "gpt4"]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (["real", "gpt5"], r"sources_of.mail: expected sources out of .*found \['gpt5'\]; add"),
        (["real", "real"], "expected each entry once"),
        ([], "sources_of.mail: expected 1 or more entries"),
    ],
)
def test_own_sources_are_some_of_the_grid_s(own: list[str], message: str) -> None:
    """Others, one named twice, or none at all are refused."""
    use(sources_of={"mail": own})
    with pytest.raises(UserError, match=message):
        params.grid()


def test_a_mixture_names_each_part_once() -> None:
    """A part named twice would be taken once, which looks like a weight and is none."""
    content = small_task.params()
    content["mixtures"] = {"both": ["real", "real", "zero_shot"]}
    small_task.use(content)
    with pytest.raises(UserError, match="mixtures: both: expected each entry once, found"):
        params.mixtures()
