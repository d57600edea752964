"""Texts, tokens, money and time left, as they are shown."""

import asyncio
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
    counted = state(3, 10, prompt_tokens=10**6, completion_tokens=1, spent=1.0, paid=2, cached=1)
    assert str(counted) == "3 texts, 1000001 tokens, 1.0000 USD, 2 paid, 1 from cache"
    assert str(state(3, 10, retried=4, failed=5)).endswith(", 4 retried, 5 failed")


def test_shown_while_the_block_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is counted stands on standard error, and the block's error comes out."""
    monkeypatch.setattr("stages.core.progress.LINE_EVERY", 0)
    monkeypatch.setattr(progress, "EVERY", 0.01)

    async def run() -> None:
        async with progress.shown(state(7, 10)):
            await asyncio.sleep(0.05)
            raise LookupError("of the block")

    with pytest.raises(LookupError, match="of the block"):
        asyncio.run(run())
    out, errors = capsys.readouterr()
    assert "sms, few_shot: 7 texts" in errors and not out
