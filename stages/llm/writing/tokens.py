"""Tokens of replies that nobody counted, such as recorded ones, from the lengths of their texts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from stages.llm.messages.replies import Reply, Usage
from stages.llm.messages.request import CHARACTERS
from stages.llm.writing.strategy import Strategy

NOTHING = Usage(prompt_tokens=0, completion_tokens=0)  # of a request that failed


def counted(replies: Iterable[Reply]) -> bool:
    """Whether the endpoint counted tokens of any of the replies."""
    return any(reply["usage"] and any(reply["usage"].values()) for reply in replies)


def used(
    replies: Sequence[Reply], strategy: Strategy, prompt: float, example: float
) -> list[tuple[str, float, float]]:
    """Model, prompt and completion tokens of each reply: as counted, else as `estimated`."""
    known = counted(replies)
    rough = estimated(replies, strategy, prompt, example)
    return [
        (reply["model"], own["prompt_tokens"], own["completion_tokens"])
        for reply, guess in zip(replies, rough, strict=True)
        for own in [(reply["usage"] or NOTHING) if known else guess]
    ]


def estimated(
    replies: Iterable[Reply], strategy: Strategy, prompt: float, example: float
) -> list[Usage]:
    """Roughly the tokens of each of the replies, which come in the order of their keys.

    `CHARACTERS` make a token. A request takes `prompt` tokens, and those of what it shows:
    examples of `example` tokens each; in a conversation the earlier replies, as many as `history`
    allows.
    """
    earlier: dict[tuple[str, int], list[int]] = defaultdict(list)
    found = []
    for reply in replies:
        written = len(reply["reply"]) // CHARACTERS + 1
        shown = strategy.examples * example
        if strategy.mode == "conversation":
            before = earlier[reply["label"], reply["index"]]
            shown += sum(before[max(0, len(before) - strategy.history) :])
            before.append(written)
        found.append(Usage(prompt_tokens=round(prompt + shown), completion_tokens=written))
    return found
