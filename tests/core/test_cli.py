"""A stage as a command: arguments in, one line and a status out.

Reads:  nothing
Writes: nothing
"""

import errno
import sys

import pytest

from stages.core import cli
from stages.core.errors import UserError


def run(monkeypatch: pytest.MonkeyPatch, error: BaseException | None, *arguments: str) -> int:
    """The exit status of a stage `main(task)` that raises `error`."""
    seen = []

    def main(task: str) -> None:
        """Do it for TASK."""
        seen.append(task)
        if error:
            raise error

    monkeypatch.setattr(sys, "argv", ["stage", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.run(main)
    assert seen == list(arguments) or not error
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_stage_that_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0."""
    assert run(monkeypatch, None, "mail") == 0


def test_a_user_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 and the message on one line of standard error, with no traceback."""
    assert run(monkeypatch, UserError("expected a,\n  found b"), "mail") == 1
    assert capsys.readouterr().err == "error: expected a, found b\n"


def test_a_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and that nothing was overwritten."""
    assert run(monkeypatch, OSError(errno.ENOSPC, "No space left", "x"), "mail") == 1
    err = capsys.readouterr().err
    assert err.startswith("error: the disk is full") and "nothing was overwritten" in err
    assert err.count("\n") == 1


def test_a_file_that_may_not_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and which file it is."""
    for number in (errno.EACCES, errno.EROFS):
        assert run(monkeypatch, OSError(number, "Not for you", "data/x"), "mail") == 1
        assert capsys.readouterr().err == "error: data/x: Not for you; allow this user to use it\n"


def test_an_interrupt_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 130 and a line; typer alone would say nothing."""
    assert run(monkeypatch, KeyboardInterrupt(), "mail") == 130
    err = capsys.readouterr().err
    assert err.startswith("error: interrupted; run again") and err.count("\n") == 1


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), OSError(errno.EACCES, "no")])
def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """A defect of ours is not shown as an error of the user's."""

    def main(task: str) -> None:
        """Do it for TASK."""
        raise error

    monkeypatch.setattr(sys, "argv", ["stage", "mail"])
    with pytest.raises(type(error)):
        cli.run(main)


@pytest.mark.parametrize("arguments", [[], ["mail", "chat"]])
def test_wrong_arguments_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Status 2 and the usage."""
    assert run(monkeypatch, None, *arguments) == 2
    assert "Usage" in capsys.readouterr().err


def test_help_is_the_docstrings(capsys: pytest.CaptureFixture[str]) -> None:
    """What `main` does, and what its module says of it, line by line."""

    def main(task: cli.Task) -> None:
        """Do it for TASK."""

    with pytest.raises(SystemExit):
        cli.command(main)(["--help"])
    out = capsys.readouterr().out
    assert "Do it for TASK." in out and "the task: the name of a card" in out
    assert "Writes: nothing\n" in out
