"""The stage generate on the small task: its params, processes, replies and costs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from stages import generate
from stages.llm.spending.cache import Cache
from tests import small_task

ROOT = Path(generate.__file__).parents[1]
STRATEGIES = ("zero_shot", "few_shot", "attributed", "persona")


def replies(strategy: str) -> list[dict[str, Any]]:
    """The stage's output."""
    path = Path(f"data/replies/sms/{strategy}.jsonl")
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def start(*arguments: str) -> "subprocess.Popen[str]":
    """The stage as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "stages.generate", "sms", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def spent() -> tuple[float, float]:
    """US dollars: as the ledger counts them, and as the replies in the cache cost."""
    cache = Cache(Path("requests"))
    counted = cache.ledger.account().spent
    rows = cache._database.execute("SELECT content FROM replies").fetchall()
    cache.close()
    price = small_task.PRICE["m"]
    kinds = ("prompt", "completion")
    usage = [(json.loads(row[0])[f"{kind}_tokens"], price[kind]) for row in rows for kind in kinds]
    return counted, sum(tokens * usd for tokens, usd in usage) / 1e6
