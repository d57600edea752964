"""The provider `recorded`: replies that an LLM gave once, replayed without a key or a network."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from stages.core.errors import UserError
from stages.llm.messages.replies import Reply, Usage, key

FIELDS = {"label": str, "round": int, "reply": str}
OPTIONAL = {"examples": list, "attributes": dict, "finish_reason": str, "usage": dict}
SPELT = {"generate": "generation prompt", "words": "length"}
UNKNOWN = "prompts that nobody wrote down"


def replay(
    lines: Iterable[Mapping[str, Any]],
    task: str,
    strategy: str,
    model: str,
    where: str,
    doubts: str = "",
) -> list[Reply]:
    """The replies of a recording, sorted by key.

    A line holds label, round and reply, and may hold model, finish_reason, usage (both tokens),
    examples and attributes; a second reply to the same label and round gets index 1.
    Raises `UserError` naming `where` and the line that lacks a field or has it in another type.
    """
    seen: Counter[tuple[str, int]] = Counter()
    replies = []
    for number, line in enumerate(lines, start=1):
        given = {f: kind for f, kind in OPTIONAL.items() if line.get(f) is not None}
        _check(line, FIELDS | given, f"{where}, line {number}")
        if usage := line.get("usage"):
            _check(usage, dict.fromkeys(Usage.__annotations__, int), f"{where}, line {number}")
        label, turn = line["label"], line["round"]
        index = seen[label, turn]
        seen[label, turn] += 1
        replies.append(
            Reply(
                key=key(task, strategy, label, turn, index),
                task=task,
                strategy=strategy,
                label=label,
                round=turn,
                index=index,
                reply=line["reply"],
                model=str(line.get("model", model)),
                finish_reason=line.get("finish_reason"),
                usage=usage or None,
                examples=[str(example) for example in line.get("examples") or ()],
                provider="recorded",
                attributes={str(k): str(v) for k, v in (line.get("attributes") or {}).items()},
                request="",
                doubts=doubts,
            )
        )
    return sorted(replies, key=lambda reply: reply["key"])


def _check(line: Mapping[str, Any], kinds: Mapping[str, type], where: str) -> None:
    for field, kind in kinds.items():
        if not isinstance(line.get(field), kind):
            raise UserError(
                f"{where}: expected {field!r} as {kind.__name__}, found {line.get(field)!r:.60}; "
                "fix the recording"
            )


def doubts(asked: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """In what replies answered other prompts than those of `now`; "" where they ask for the same.

    `asked` is the task's entry in the manifest, `now` holds the same keys as the card has them.

    >>> doubts({"generate": "Write a tweet."}, {"generate": "Write {k} tweets."})
    'another generation prompt'
    >>> doubts({"generate": "Write {label} tweets."}, {"generate": "Write {phrase} {a|tweets}."})
    ''
    """
    if not set(now) & set(asked):
        return UNKNOWN
    if changed := [name for name in now if _plain(asked.get(name)) != _plain(now[name])]:
        return f"another {', '.join(SPELT.get(name, name) for name in changed)}"
    return ""


def _plain(prompt: Any) -> Any:
    """A prompt in the words for several texts, with a label as it is: these ask for the same."""
    if not isinstance(prompt, str):
        return prompt
    return re.sub(r"\{[^{}|]*\|([^{}|]*)\}", r"\1", prompt).replace("{phrase}", "{label}")
