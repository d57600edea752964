"""A task of a few texts, written into the current folder for tests of generate and refine."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

CARD = {
    "title": "SMS",
    "description": "Spam or not",
    "labels": {"ham": "a normal message", "spam": "unwanted advertising"},
    "words": [2, 6],
    "prompts": {
        "context": "You write text messages.",
        "generate": "Write {k} {label} messages ({definition}) of {words} words.",
    },
    "licence": "none",
    "citation": "none",
}
REFINE = {"near_duplicates": 0.9, "words_slack": 0.5, "copies": 0.8, "script": True}
REAL = [
    ("r0", "are you home yet", "ham"),
    ("r1", "win a free cruise now", "spam"),
    ("r2", "see you at lunch", "ham"),
    ("r3", "cheap loans call today", "spam"),
]


def write(generate: dict[str, Any], recordings: dict[str, list[tuple[str, int, str]]]) -> None:
    """Params, card, real texts and recordings ({strategy: [(label, round, reply)]}) of `sms`."""
    Path("params.yaml").write_text(yaml.safe_dump({"generate": generate, "refine": REFINE}))
    for folder in ("data/tasks", "data/recorded/sms", "data/real/sms"):
        Path(folder).mkdir(parents=True)
    Path("data/tasks/sms.yaml").write_text(yaml.safe_dump(CARD))
    Path("data/recorded/manifest.json").write_text('{"model": "m"}')
    for strategy, replies in recordings.items():
        lines = [json.dumps({"label": la, "round": ro, "reply": re}) for la, ro, re in replies]
        Path(f"data/recorded/sms/{strategy}.jsonl").write_text("\n".join(lines) + "\n")
    frame = pd.DataFrame(REAL, columns=["id", "text", "label"])
    frame[:2].to_parquet("data/real/sms/pool.parquet")
    frame[2:].to_parquet("data/real/sms/test.parquet")
