"""Texts out of a reply, whatever shape the LLM gave it, and a name for what was wrong with it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stages.llm.reading import cleaning

THOUGHT = r"(?:think|thinking|thought|reasoning)>"
# In this order: closed blocks, one whose opening the template gave, a cut one.
CLOSED, *THOUGHTS = (
    re.compile(pattern, re.DOTALL | re.IGNORECASE)
    for pattern in (
        rf"<{THOUGHT}.*?</{THOUGHT}",
        rf"\A.*</{THOUGHT}",
        rf"<{THOUGHT}.*\Z",
        r"\A<\|channel\|>.*<\|channel\|>final<\|message\|>",
        r"\A<\|channel\|>analysis.*\Z",
    )
)
FENCE = re.compile(r"```[\w-]*\s*\n(.*?)(?:```|\Z)", re.DOTALL)
OPENING = re.compile(r"[\[{]")
# Where a JSON list of strings begins; each run of white space is looked at once.
BROKEN = re.compile(r'(?:(?:\A|:)\s*|\n[^\S\n]*)\[(?=\s*")')
STRING = re.compile(r'[\[,]\s*("(?:[^"\\]|\\.)*")(?=\s*[,\]])')  # one that was written to its end
MARK = r"\s*(?:\*\*)?(?:\(?\d{1,3}[.):]|[-*•])(?:\*\*)?\s+"
ITEM = re.compile(rf"^{MARK}(.*)$", re.DOTALL)
QUOTED = re.compile(r'^["“]([^"“”]*)["”]$')
CLOSING = re.compile(
    r"^(?:i )?hope (?:this|these|that|it) helps?|^(?:please )?(?:let me know|feel free)\b"
    r"|^enjoy[.!]*$|^(?:please )?note(?: that|:)|^is there anything else|^would you like",
    re.IGNORECASE,
)
NO_TEXT = frozenset(  # keys of an object whose strings are about its text
    ("label", "category", "class", "type", "sentiment", "id", "error", "note", "reason")
)
TRIES = 10  # brackets that open no JSON, before a reply counts as none
REPLY_PROBLEMS = ("empty_reply", "filtered", "refusal", "truncated", "unparsed", "failed_request")


@dataclass
class Parsed:
    """A reply's usable texts, the others with the reason, and what is wrong with the whole."""

    texts: list[str] = field(default_factory=list)
    unusable: list[tuple[str, str]] = field(default_factory=list)  # reason, text
    problem: str | None = None  # one of REPLY_PROBLEMS

    @property
    def dropped(self) -> Counter[str]:
        """How many texts were unusable, by reason."""
        return Counter(reason for reason, _ in self.unusable)


def parse(reply: str, label: str, finish_reason: str | None = None, phrase: str = "") -> Parsed:
    """The texts of a reply to a request for texts with `label`, which the prompt called `phrase`.

    A reply should be `{"texts": [...]}`; other JSON, JSON lines, code fences, numbered and dashed
    lists are understood too, and of a truncated reply the texts that were finished; prose is none.
    """
    if finish_reason and finish_reason.startswith("error"):
        return Parsed(problem="failed_request")
    if finish_reason == "content_filter":
        return Parsed(problem="filtered")
    cut = finish_reason == "length"
    if not reply.strip():
        return Parsed(problem="truncated" if cut else "empty_reply")
    answer = without_thoughts(reply)
    found, whole = _from_json(answer)
    if not found:
        found, whole = _finished_strings(answer) or _list_items(answer, cut), False
    parsed = Parsed()
    for text in map(cleaning.clean, _without_marks(found)):
        reason = cleaning.problem(text, label, phrase)
        if reason:
            parsed.unusable.append((reason, text))
        else:
            parsed.texts.append(text)
    if cut and not whole:
        parsed.problem = "truncated"
    elif not parsed.texts:
        refused = cleaning.REFUSAL.search(answer.strip()) or parsed.dropped["refusal"]
        parsed.problem = "refusal" if refused else "unparsed"
    return parsed


def without_thoughts(reply: str) -> str:
    """The reply without the thoughts that a reasoning model wrote before or within it."""
    if "<" not in reply:
        return reply
    # Behind the last end of a block none is closed: looking for one would take forever.
    last = THOUGHTS[0].match(reply)
    end = last.end() if last else 0
    reply = CLOSED.sub("", reply[:end]) + reply[end:]
    for pattern in THOUGHTS:
        reply = pattern.sub("", reply)
    return reply


def _without_marks(texts: list[str]) -> list[str]:
    """The texts without list numbers and dashes, where every text has one."""
    marked = [ITEM.match(text) for text in texts]
    return [match[1] for match in marked if match] if all(marked) else texts


def _from_json(reply: str) -> tuple[list[str], bool]:
    """The texts of all JSON in the reply, and whether none of it is broken."""
    texts: list[str] = []
    broken = 0
    for value in _values(reply):
        if value is None:
            broken += 1
        else:
            found = _strings(value)
            texts += found if any(found) else []
    return texts, not broken


def _values(reply: str) -> Iterator[Any]:
    """The JSON values in a reply one after the other; None for a bracket that opens none."""
    decoder = json.JSONDecoder(strict=False)
    place = failed = 0
    while failed < TRIES and (opening := OPENING.search(reply, place)):
        try:
            value, place = decoder.raw_decode(reply, opening.start())
            yield value
        except (ValueError, RecursionError):
            place, failed = opening.end(), failed + 1
            yield None


def _strings(content: Any) -> list[str]:
    """`content` as texts: a list, the list in an object, an object's texts, objects in a list."""
    if isinstance(content, dict):
        nested = [value for value in content.values() if isinstance(value, list | dict)]
        if len(nested) == 1:
            content = nested[0] if isinstance(nested[0], list) else list(nested[0].values())
        else:
            content = [content]
    texts = []
    for item in content:
        found = _of_object(item) if isinstance(item, dict) else [item]
        texts += [text if isinstance(text, str) else "" for text in found]
    return texts


def _of_object(content: dict[str, Any]) -> list[Any]:
    """What an object that may hold a label beside its text, or numbered texts, holds."""
    for name in ("texts", "text"):
        if name in content:
            return content[name] if isinstance(content[name], list) else [content[name]]
    texts = {
        name: value
        for name, value in content.items()
        if isinstance(value, str) and name.casefold() not in NO_TEXT
    }
    numbered = all(name[-1:].isdigit() for name in texts)
    return list(texts.values()) if len(texts) == 1 or numbered else []


def _finished_strings(reply: str) -> list[str]:
    """The complete strings of a JSON list that breaks off."""
    start = BROKEN.search(reply)
    literals = STRING.findall(reply, start.end() - 1) if start else []
    return [value for value in map(_loaded, literals) if value is not None]


def _loaded(literal: str) -> str | None:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return None


def _list_items(reply: str, cut: bool) -> list[str]:
    """The items of a numbered or dashed list; a line without a mark continues its item.

    What stands below the list is no item's, nor is the last item of a reply that was `cut` one.
    """
    items: list[list[str]] = []  # paragraphs
    fresh = False
    for line in map(str.strip, reply.splitlines()):
        if match := ITEM.match(line):
            items.append([match[1].strip()])
        elif items and CLOSING.match(line):
            break
        elif items and line and not line.startswith("```"):
            if fresh:
                items[-1].append(line)
            else:
                items[-1][-1] += f" {line}"
        fresh = not line
    if len(items) < 2:
        return []
    if all(len(item) == 1 for item in items[:-1]):
        del items[-1][1:]
    found = [" ".join(item) for item in items[: -1 if cut else None]]
    return [QUOTED.sub(r"\1", text) for text in found]
