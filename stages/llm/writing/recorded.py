"""The provider `recorded`: replies that an LLM gave once, replayed without a key or a network."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from stages.core.errors import UserError
from stages.llm.messages.replies import Reply, key

FIELDS = {"label": str, "round": int, "reply": str}
OPTIONAL = {"examples": list, "attributes": dict}
MANIFEST = "data/recorded/manifest.json"


def replay(
    lines: Iterable[Mapping[str, Any]], task: str, strategy: str, model: str, where: str
) -> list[Reply]:
    """The replies of a recording, sorted by key.

    A line holds label, round and reply, and may hold model, finish_reason, usage, examples and
    attributes; a second reply to the same label and round gets index 1.
    Raises `UserError` naming `where` and the line that lacks a field or has it in another type.
    """
    seen: Counter[tuple[str, int]] = Counter()
    replies = []
    for number, line in enumerate(lines, start=1):
        for field, kind in (FIELDS | {f: k for f, k in OPTIONAL.items() if f in line}).items():
            if not isinstance(line.get(field), kind):
                raise UserError(
                    f"{where}, line {number}: expected {field!r} as {kind.__name__}, "
                    f"found {line.get(field)!r:.60}; fix the recording"
                )
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
                usage=line.get("usage"),
                examples=[str(example) for example in line.get("examples", [])],
                provider="recorded",
                attributes={str(k): str(v) for k, v in line.get("attributes", {}).items()},
                request="",
            )
        )
    return sorted(replies, key=lambda reply: reply["key"])


def doubts(asked: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """A remark on replies to other prompts than those of `now`; "" where they are the same.

    `asked` is the task's entry in the manifest, `now` holds the same keys as the card has them.

    >>> doubts({"generate": "Write a tweet."}, {"generate": "Write {k} tweets."})
    '; changed in the card since: generate (data/recorded/manifest.json has what was asked)'
    """
    if not set(now) & set(asked):
        return f"; {MANIFEST} does not say to which prompts"
    if changed := [name for name in now if asked.get(name) != now[name]]:
        return f"; changed in the card since: {', '.join(changed)} ({MANIFEST} has what was asked)"
    return ""
