"""Texts, tokens, money and time left, as they are shown."""

import asyncio
import sys
from typing import Any

import pytest

from stages.llm.messages.config import Price
from stages.llm.sending import progress
from stages.llm.sending.progress import Progress
from stages.llm.spending.meter import Meter


def state(texts: int, wanted: int, **counts: Any) -> Progress:
    """A run that has counted so much."""
    meter = Meter(Price(prompt=1.0, completion=2.0), None, **counts)
    return Progress("sms, few_shot", meter, wanted, lambda: texts)


def test_line_says_what_was_counted() -> None:
    """Retries and failures only where there were some."""
    counted = state(3, 10, prompt_tokens=10**6, completion_tokens=1, paid=2, cached=1)
    assert str(counted) == "3 texts, 1000001 tokens, 1.0000 USD, 2 paid, 1 from cache"
    assert str(state(3, 10, retried=4, failed=5)).endswith(", 4 retried, 5 failed")


@pytest.mark.parametrize(
    ("texts", "elapsed", "expected"),
    [(0, 9, "unknown time"), (10, 9, "about 81 s"), (10, 60, "about 9 min"), (101, 9, "about 0 s")],
)
def test_time_left_goes_by_the_texts(texts: int, elapsed: float, expected: str) -> None:
    """As long for the others as for those so far, and never less than nothing."""
    assert state(texts, 100).left(elapsed) == expected


@pytest.mark.parametrize("terminal", [False, True])
def test_shown_while_the_block_runs(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines in a log, a bar on a terminal; on standard error, and the block's error comes out."""
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.01)
    monkeypatch.setattr(progress, "BAR_EVERY", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)

    async def run() -> None:
        async with progress.shown(state(7, 10)):
            await asyncio.sleep(0.1)
            raise LookupError("of the block")

    with pytest.raises(LookupError, match="of the block"):
        asyncio.run(run())
    out, errors = capsys.readouterr()
    assert "sms, few_shot" in errors and "7 texts" in errors.replace("\n", " ") and not out
