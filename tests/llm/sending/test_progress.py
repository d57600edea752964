"""Texts, tokens, money and time left, as they are shown."""

import asyncio
import sys
from typing import Any

import pytest

from stages.llm.sending import progress
from stages.llm.spending.meter import Meter, Price


def meter(**counts: Any) -> Meter:
    """A meter that has counted so much."""
    return Meter(Price(prompt=1.0, completion=2.0), None, **counts)


def test_line_says_what_was_counted() -> None:
    """Retries and failures only where there were some."""
    counted = meter(prompt_tokens=10**6, completion_tokens=1, texts=3, sent=2, cached=1)
    assert progress.line(counted) == "3 texts, 1000001 tokens, 1.0000 USD, 2 paid, 1 from cache"
    assert progress.line(meter(retried=4, failed=5)).endswith(", 4 retried, 5 failed")


@pytest.mark.parametrize(
    ("texts", "elapsed", "said"),
    [(0, 9, "unknown time"), (10, 9, "about 81 s"), (10, 60, "about 9 min"), (101, 9, "about 0 s")],
)
def test_time_left_goes_by_the_texts(texts: int, elapsed: float, said: str) -> None:
    """As long for the others as for those so far, and never less than nothing."""
    assert progress._left(meter(texts=texts), 100, elapsed) == said


@pytest.mark.parametrize("terminal", [False, True])
def test_shown_while_the_block_runs(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines in a log, a bar on a terminal; on standard error, and the block's error comes out."""
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.01)
    monkeypatch.setattr(progress, "BAR_EVERY", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)

    async def run() -> None:
        async with progress.shown("sms, few_shot", meter(texts=7), 10):
            await asyncio.sleep(0.1)
            raise LookupError("of the block")

    with pytest.raises(LookupError, match="of the block"):
        asyncio.run(run())
    out, errors = capsys.readouterr()
    assert "sms, few_shot" in errors and "7 texts" in errors.replace("\n", " ") and not out
