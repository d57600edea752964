"""The command `requests`: the cache shown, cleared, repaired."""

import sys
from contextlib import closing
from pathlib import Path

import pytest

from stages.core import cli
from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.spending.cache import Cache
from stages.tools import requests

COMPLETION = Completion("text", "stop", "m", 3, 4)


def test_command_shows_sizes_and_clears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It works on the folder of SYNTHWORTH_CACHE, and restarts the count of what was spent."""
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path))
    made = Cache(tmp_path)
    made.ledger.owe(0.25)
    made.put("k", "sms", COMPLETION)
    made.close()
    requests.main()
    assert "sms: 1 replies" in capsys.readouterr().out
    requests.main(clear_task="sms")
    shown = capsys.readouterr().out
    assert "deleted 1 entries" in shown
    assert f"spent from {Path.cwd()} since 20" in shown and ": 0.2500 USD; from all" in shown
    requests.main(reset_spent=True)
    assert ": 0.0000 USD; from all folders" in (shown := capsys.readouterr().out)
    assert shown.endswith(": 0.2500 USD\n")


def test_clearing_asks_for_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt task and a negative age delete nothing; the message has the tasks."""
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path))
    with closing(Cache(tmp_path)) as made:
        made.put("k", "sms", COMPLETION)
    with pytest.raises(UserError, match=r"task 'smss': expected one of \['sms'\]"):
        requests.main(clear_task="smss")
    monkeypatch.setattr(sys, "argv", ["requests", "--clear-older-than", "-1"])
    with pytest.raises(SystemExit) as stopped:
        cli.run(requests.main)
    assert stopped.value.code == 2 and "clear-older-than" in capsys.readouterr().err
    with closing(Cache(tmp_path)) as made:
        assert made.get("k") == COMPLETION
