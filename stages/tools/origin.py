"""Where a text comes from: the user's file or data set, or an LLM's reply to a prompt."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from stages.core import files, paths
from stages.core.errors import UserError
from stages.core.records import TEXTS

FOLDERS = ("real", "ready", "synthetic", "sources")  # where a text is looked for, in this order
LONGEST = 2_000  # characters of a prompt or a reply


def found(identity: str) -> dict[str, Any] | None:
    """The row of a text, with `file`, the table that it is in; None where no table has the id."""
    task = identity.partition("/")[0]
    tables = [
        path
        for folder in FOLDERS
        for path in sorted((paths.DATA / folder).glob("*/*.parquet"))
        if "/" not in identity or path.parent.name == task or folder in ("real", "ready")
    ]
    import pandas as pd

    for path in tables:
        table = pd.read_parquet(path)
        if "id" in table and len(rows := table[table["id"] == identity]):
            return {**{str(k): v for k, v in rows.iloc[0].dropna().items()}, "file": path}
    return None


def users(identity: str, task: str) -> list[str]:
    """The sources of a task that train on a text."""
    tables = sorted(paths.sources(task).glob("*.parquet"))
    return [path.stem for path in tables if (files.read_table(path, TEXTS)["id"] == identity).any()]


def of_real(task: str) -> dict[str, Any]:
    """What fetch says of where a task's texts are from: origin, data set, revision, commit."""
    record = files.read_json(paths.real(task) / "source.json")
    kept = ("origin", "id", "config", "revision", "commit", "file", "files", "note", "licence")
    return {key: record[key] for key in kept if key in record}


def reply_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """The LLM's reply that a written text was in; None for other texts."""
    path = Path(row["file"])
    if "reply" not in row:
        return None
    for line in files.read_lines(paths.replies(path.parent.name, path.stem)):
        if line["key"] == row["reply"]:
            return line
    return None


def prompt_of(reply: dict[str, Any]) -> Iterator[str]:
    """The prompt of a reply, and whether it is known to be what was sent.

    Prompts are not stored: they are made again from the card and the prompt file. The request's
    key, a hash of all that was sent, tells whether they are the same.
    """
    task, strategy = reply["task"], reply["strategy"]
    try:
        writer = import_module("stages.generate").writer_of(task, strategy)
    except UserError as error:
        yield f"prompt: cannot be made again ({error})"
        return
    history = [
        line["reply"]
        for line in files.read_lines(paths.replies(task, strategy))
        if (line["label"], line["index"]) == (reply["label"], reply["index"])
        and line["round"] < reply["round"]
    ]
    conversation = writer.strategy.mode == "conversation"
    number = writer.strategy.texts_per_request
    request = writer.request(
        reply["label"], reply["round"], reply["index"], number, history if conversation else ()
    )
    yield f"prompt ({_kept(reply, request.key)}):"
    for message in request.body["messages"]:
        yield f"  {message['role']}: {shortened(message['content'])}"


def shortened(text: str) -> str:
    """A long text cut, with its line breaks as they are in JSON."""
    told = json.dumps(text, ensure_ascii=False)[1:-1]
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}... ({len(told)} characters)"


def _kept(reply: dict[str, Any], key: str) -> str:
    if reply["provider"] == "recorded":
        return "as params, card and prompt file have it now; of recordings see data/recorded"
    if reply["request"] == key:
        return "as sent: the request's key is the same"
    return "as it would be sent now; another one was sent, since the key differs"
