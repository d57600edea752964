"""Progress of long work, as it is shown."""

import sys

import pytest

from stages.core import progress


@pytest.mark.parametrize(
    ("done", "elapsed", "expected"),
    [(0, 9, "unknown time"), (10, 9, "about 81 s"), (10, 60, "about 9 min"), (101, 9, "about 0 s")],
)
def test_time_left_goes_by_what_is_done(done: int, elapsed: float, expected: str) -> None:
    """As long for the others as for those so far, and never less than nothing."""
    assert progress.left(done, 100, elapsed) == expected


@pytest.mark.parametrize("terminal", [False, True])
def test_shown_on_standard_error(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bar on a terminal, a line elsewhere, both with the title and the note."""
    monkeypatch.setattr(progress, "LINE_EVERY", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with progress.bar("sms", 10) as show:
        show(5, "half of it")
    out, errors = capsys.readouterr()
    assert "sms" in errors and "half of it" in errors and not out


def test_a_log_is_not_flooded(capsys: pytest.CaptureFixture[str]) -> None:
    """Work that is done before the first half minute says nothing in a log."""
    with progress.bar("sms", 10) as show:
        for done in range(10):
            show(done, "note")
    assert capsys.readouterr() == ("", "")
