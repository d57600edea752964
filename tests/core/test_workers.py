"""The same work in several processes."""

import os
from functools import partial
from pathlib import Path

import pytest

from stages.core import workers
from stages.core.errors import UserError


def touch(folder: Path, name: str) -> None:
    """Write the process's number; refuse the names that begin with `bad`."""
    if name.startswith("bad"):
        raise UserError(f"{name} is no name")
    (folder / name).write_text(str(os.getpid()))


def die(name: str) -> None:
    """As when memory runs out."""
    os.kill(os.getpid(), 9)


@pytest.mark.parametrize("processors", [1, 3])
def test_every_item_is_worked_on(
    processors: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one processor in this process, with more in others."""
    monkeypatch.setattr(workers, "_processors", lambda: processors)
    workers.each(partial(touch, tmp_path), ["a", "b", "c", "d"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "d"]
    here = {path.read_text() for path in tmp_path.iterdir()} == {str(os.getpid())}
    assert here == (processors == 1)


@pytest.mark.parametrize("processors", [1, 3])
def test_the_first_failure_is_raised(
    processors: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First in the order of the items, whichever process is quicker."""
    monkeypatch.setattr(workers, "_processors", lambda: processors)
    with pytest.raises(UserError, match=r"^bad one is no name$"):
        workers.each(partial(touch, tmp_path), ["a", "bad one", "bad two"])


def test_a_killed_process_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait forever for a process that memory ran out for."""
    monkeypatch.setattr(workers, "_processors", lambda: 2)
    with pytest.raises(RuntimeError, match="terminated abruptly"):
        workers.each(die, ["a", "b"])


def test_nothing_to_do_is_no_failure() -> None:
    """No items, no processes."""
    workers.each(die, [])


def test_a_title_changes_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    """The results are the same; a quick run prints nothing where there is no terminal."""
    items = [-3, 2, -1]
    assert list(workers.results(abs, items, "numbers")) == list(workers.results(abs, items))
    assert capsys.readouterr() == ("", "")
