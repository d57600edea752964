"""What `attributed` and `persona` vary: dimensions that an LLM proposed, a value of each drawn."""

import json
import re
from collections.abc import Mapping, Sequence

from stages.core import seeds
from stages.llm.writing.strategy import Attributes

# What a task fixes for all its texts is no attribute: a request would contradict itself.
LENGTH = re.compile(
    r"\b(?:length|(?:word|sentence|character)s? (?:count|number)"
    r"|(?:count|number) of (?:word|sentence|character)s)\b"
)
FIXED = frozenset(
    ("label", "class", "category", "language", "genre", "format", "medium", "platform", "text type")
)


def parse_attributes(reply: str) -> Attributes:
    """The dimensions of a proposal's reply; {} where it is not readable.

    Left out are empty dimensions, repeated values, and dimensions that the task fixes: any whose
    name says a length or a number of words, and those called like one of FIXED.
    """
    start, end = reply.find("{"), reply.rfind("}")
    try:
        content = json.loads(reply[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return {}
    dimensions = content.get("dimensions", content)
    if not isinstance(dimensions, dict):
        return {}
    found = {
        str(name): list(dict.fromkeys(str(value) for value in values if str(value).strip()))
        for name, values in dimensions.items()
        if isinstance(values, list) and not _fixed(str(name))
    }
    return {name: values for name, values in found.items() if values}


def drawn(attributes: Mapping[str, Sequence[str]], seed: str, index: int) -> dict[str, str]:
    """A value of each dimension for the request number `index`, from 0, of a series.

    Each dimension is drawn from without replacement until its values are used up, then again in
    another order: at every length of the series its values are used equally often, give or take
    one. A draw depends on its arguments alone, so a longer series begins like a shorter one.
    """
    return {
        dimension: _value(values, f"{seed}/{dimension}", index)
        for dimension, values in sorted(attributes.items())
    }


def _value(values: Sequence[str], seed: str, index: int) -> str:
    cycle, place = divmod(index, len(values))
    return seeds.choices(seed, cycle).sample(values, len(values))[place]


def _fixed(name: str) -> bool:
    words = " ".join(re.findall(r"\w+", name.replace("_", " ").casefold()))
    return words in FIXED or bool(LENGTH.search(words))
