"""Texts out of a reply, whatever shape the LLM gave it, and a name for what was wrong with it."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

FENCE = re.compile(r"```[\w-]*\s*\n(.*?)(?:```|\Z)", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*[,\]])')  # a JSON string that was written to its end
ITEM = re.compile(r"^\s*(?:\(?\d{1,3}[.):]|[-*•])\s+(.*)$")
REFUSAL = re.compile(
    r"as an ai\b"
    r"|^(?:i['’]?m|i am) (?:very |really |so )?sorry,? (?:but )?i (?:can|won|am|do)"
    r"|^sorry,? (?:but )?i (?:can|won|am)"
    r"|^i (?:cannot|can['’]?t|can not|won['’]t|am unable to|am not able to) "
    r"(?:help|assist|fulfil|comply|create|write|generate|provide|produce)\b",
    re.IGNORECASE,
)
ANNOUNCEMENT = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay)[,.!]+ .{0,80}:"
    r"|^here(?:['’]s| is| are) .{0,80}:\s",
    re.IGNORECASE,
)
PROBLEMS = ("empty_reply", "filtered", "refusal", "truncated", "unparsed", "failed_request")
TEXT_PROBLEMS = ("empty", "announcement", "label_leak", "refusal")


@dataclass
class Parsed:
    """A reply's usable texts; how many of its texts were not, by reason; what ails the whole."""

    texts: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    problem: str | None = None  # one of PROBLEMS


def parse(reply: str, label: str, finish_reason: str | None = None) -> Parsed:
    """The texts of a reply to a request for texts with `label`.

    A reply should be `{"texts": [...]}`; other JSON, code fences, numbered and dashed lists are
    understood too, and of a truncated reply the texts that were finished; prose is none.
    """
    if finish_reason and finish_reason.startswith("error"):
        return Parsed(problem="failed_request")
    if finish_reason == "content_filter":
        return Parsed(problem="filtered")
    if not reply.strip():
        return Parsed(problem="empty_reply")
    found = _from_json(reply)
    whole = found is not None
    if found is None:
        found = _finished_strings(reply) or _list_items(reply)
    parsed = Parsed()
    for text in found:
        reason = _text_problem(text, label)
        if reason:
            parsed.dropped[reason] += 1
        else:
            parsed.texts.append(" ".join(text.split()))
    if finish_reason == "length" and not whole:
        parsed.problem = "truncated"
    elif not parsed.texts:
        refused = REFUSAL.search(reply.strip()) or parsed.dropped["refusal"]
        parsed.problem = "refusal" if refused else "unparsed"
    return parsed


def normalise(text: str) -> str:
    """Lower case, letters and digits only, single spaces: equal for texts that read the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _text_problem(text: str, label: str) -> str | None:
    if not normalise(text):
        return "empty"
    if ANNOUNCEMENT.match(text):
        return "announcement"
    if re.match(
        rf"\s*(?:label\s*[:=]|[\[(<]?{re.escape(label)}[\])>]?\s*:\s)", text, re.IGNORECASE
    ):
        return "label_leak"
    return "refusal" if REFUSAL.search(text) else None


def _from_json(reply: str) -> list[str] | None:
    """The texts of the first part of the reply that is JSON; None where no part is."""
    fenced = FENCE.search(reply)
    candidates = [reply, fenced.group(1) if fenced else ""]
    for opening, closing in ("{}", "[]"):
        start, end = reply.find(opening), reply.rfind(closing)
        if 0 <= start < end:
            candidates.append(reply[start : end + 1])
    for candidate in candidates:
        try:
            return _strings(json.loads(candidate, strict=False))
        except (ValueError, RecursionError):
            continue
    return None


def _strings(content: Any) -> list[str]:
    """`content` as texts: a list, the list in an object, or objects that each hold one text."""
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 else content.get("texts", content.get("text", []))
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list):
        return []
    texts = []
    for item in content:
        value = item.get("text", "") if isinstance(item, dict) else item
        texts.append(value if isinstance(value, str) else "")
    return texts


def _finished_strings(reply: str) -> list[str]:
    """The complete strings of a JSON list that breaks off."""
    start = reply.find("[")
    if start < 0 or '"texts"' not in reply[:start]:
        return []
    return [str(json.loads(text, strict=False)) for text in _loadable(STRING.findall(reply, start))]


def _loadable(literals: list[str]) -> list[str]:
    kept = []
    for literal in literals:
        try:
            json.loads(literal, strict=False)
        except ValueError:
            continue
        kept.append(literal)
    return kept


def _list_items(reply: str) -> list[str]:
    """The items of a numbered or dashed list; a line without a mark continues its item."""
    items: list[str] = []
    for line in reply.splitlines():
        match = ITEM.match(line)
        if match:
            items.append(match.group(1).strip().strip('"“”'))
        elif items and line.strip():
            items[-1] += f" {line.strip()}"
    return items if len(items) > 1 else []
