"""The provider `recorded`: replies that an LLM gave once, replayed without a key or a network."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from stages.core.errors import UserError
from stages.llm.messages.replies import Reply, key

FIELDS = {"label": str, "round": int, "reply": str}


def replay(
    lines: Iterable[Mapping[str, Any]], task: str, strategy: str, model: str, where: str
) -> list[Reply]:
    """The replies of a recording, sorted by key.

    A line holds label, round and reply; a second reply to the same label and round gets index 1.
    Raises `UserError` naming `where` and the line that lacks a field or has it in another type.
    """
    seen: Counter[tuple[str, int]] = Counter()
    replies = []
    for number, line in enumerate(lines, start=1):
        for field, kind in FIELDS.items():
            if not isinstance(line.get(field), kind):
                raise UserError(
                    f"{where}, line {number}: expected {field!r} as {kind.__name__}, "
                    f"found {line.get(field)!r:.60}; mend the recording"
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
                attributes={},
                request="",
            )
        )
    return sorted(replies, key=lambda reply: reply["key"])
