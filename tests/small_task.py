"""A task of a few texts in the current folder, for tests of generate, refine and screen."""

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stages.core import files, paths

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
ENDPOINT: dict[str, Any] = {
    "model": "m",
    "base_url": None,
    "key_env": "TEST_KEY",
    "structured": "json_object",
    "send_seed": True,
    "api": "direct",
}
PRICE: dict[str, Any] = {"m": {"prompt": 1.0, "completion": 2.0}}
LIMITS: dict[str, Any] = {
    "concurrency": 8,
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "timeout": 5.0,
    "attempts": 4,
    "patience": 20.0,
    "poll": 0.01,
}
ZERO_SHOT = {"texts_per_label": 20, "texts_per_request": 5, "mode": "conversation"}
FEW_SHOT = {"texts_per_label": 20, "texts_per_request": 5, "mode": "independent", "examples": 1}
REFINE = {"near_duplicates": 0.9, "words_slack": 0.5, "copies": 0.8, "language": 0.001}
LABEL: dict[str, Any] = {
    "train": None,
    "test": None,
    "spare": 0,
    "examples": 0,
    "attempts": 3,
    "seed": 0,
    "members": [{"name": "llm"}],
}
PARAMS: dict[str, Any] = {
    "grid": {
        "tasks": ["sms"],
        "sources": ["real", "zero_shot"],
        "strategies": ["zero_shot"],
        "models": [],
        "probes": ["probe"],
    },
    "mixtures": {},
    "strategies": {"zero_shot": ZERO_SHOT, "few_shot": FEW_SHOT},
    "generate": {
        "provider": "recorded",
        "budget_usd": None,
        "endpoint": ENDPOINT,
        "price": PRICE,
        "limits": LIMITS,
    },
    "refine": REFINE,
    "screen": {"meaning": None, "classifier": None, "judge": None, "least_confidence": None},
    "label": LABEL,
    "edit": {"texts_per_label": 5, "swapped": 0.2, "deleted": 0.2, "replaced": 0.2, "seed": 0},
}
HEAVY = ("openai", "aiohttp", "torch", "sklearn", "cleanlab", "rich")
REAL = [
    ("r0", "are you home yet", "ham"),
    ("r1", "win a free cruise now", "spam"),
    ("r2", "see you at lunch", "ham"),
    ("r3", "cheap loans call today", "spam"),
]


def params() -> dict[str, Any]:
    """A copy of PARAMS, to be changed and given to `use`."""
    return copy.deepcopy(PARAMS)


def use(content: dict[str, Any]) -> None:
    """Write params.yaml; each strategy is among the sources of every task."""
    Path("params.yaml").write_text(yaml.safe_dump(content))
    grid = content["grid"]
    names = dict.fromkeys([*grid["sources"], *content["strategies"]])
    lines = [
        {"source": name, "parts": list(content["mixtures"].get(name, [name]))} for name in names
    ]
    for task in grid["tasks"]:
        files.write_lines(lines, paths.grid(task))


def write(recordings: dict[str, list[tuple[str, int, str]]]) -> None:
    """Params, card, real texts and recordings ({strategy: [(label, round, reply)]}) of `sms`."""
    use(PARAMS)
    for folder in ("data/tasks", "data/recorded/sms", "data/real/sms"):
        Path(folder).mkdir(parents=True)
    Path("data/tasks/sms.yaml").write_text(yaml.safe_dump(CARD))
    Path("data/recorded/manifest.json").write_text('{"model": "m"}')
    for strategy, replies in recordings.items():
        lines = [json.dumps({"label": la, "round": ro, "reply": re}) for la, ro, re in replies]
        Path(f"data/recorded/sms/{strategy}.jsonl").write_text("\n".join(lines) + "\n")
    frame = pd.DataFrame(REAL, columns=["id", "text", "label"])
    for split in ("train", "pool"):
        frame[:2].to_parquet(f"data/real/sms/{split}.parquet")
    frame[2:].to_parquet("data/real/sms/test.parquet")


def refined(texts: Mapping[str, Sequence[str]], strategy: str = "zero_shot") -> None:
    """The texts of each label as refine leaves them."""
    rows = [(text, label) for label, found in texts.items() for text in found]
    frame = pd.DataFrame(rows, columns=["text", "label"])
    frame.insert(0, "id", [f"{strategy}-{row}" for row in range(len(rows))])
    folder = Path("data/synthetic/sms")
    folder.mkdir(parents=True, exist_ok=True)
    frame.assign(reply="r").to_parquet(folder / f"{strategy}.parquet")


def counts(
    path: str = "data/synthetic/sms/counts.json", strategy: str | None = "zero_shot"
) -> dict[str, Any]:
    """What refine or screen counted of a strategy, or of all."""
    found: dict[str, Any] = json.loads(Path(path).read_text())["strategies"]
    return found[strategy] if strategy else found


def imported_by(stage: str, arguments: str = "", heavy: Sequence[str] = HEAVY) -> list[str]:
    """The `heavy` libraries that a stage loads, run in a process of its own."""
    code = (
        f"import sys; from stages import {stage}; {stage}.main({arguments}); "
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    root = str(Path(__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": root}
    )
    assert run.returncode == 0, run.stderr
    found: list[str] = ast.literal_eval(run.stdout.splitlines()[-1])
    return found
