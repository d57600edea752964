"""Labels that an LLM gave once to texts known by their hash, found again without a network."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from stages.core.errors import UserError
from stages.llm.panel.answers import Answer
from stages.llm.panel.questions import read_choice

FIELDS = ("text_sha256", "reply")


class Replayed(NamedTuple):
    """The answers about the texts at hand, and how many recorded ones are about others."""

    answers: list[Answer]
    of_other_texts: int


def replay(
    lines: Iterable[Mapping[str, Any]],
    texts: Iterable[tuple[str, str]],
    labels: Sequence[str],
    where: str,
) -> Replayed:
    """The recorded answers about `texts` (id, text).

    A line holds the SHA-256 of the stripped text and the reply; it may hold the text's id (`item`),
    annotator, model, finish_reason and usage. Of equal texts it is about the one with its id, else
    about the first that has no answer of this annotator yet.
    Raises `UserError` naming `where` and the line that lacks a field or has another label.
    """
    ids = defaultdict(list)
    for identity, text in texts:
        ids[sha256(text)].append(identity)
    taken: set[tuple[str, str]] = set()
    answers, others = [], 0
    for number, line in enumerate(lines, start=1):
        _check(line, f"{where}, line {number}")
        annotator = str(line.get("annotator", ""))
        free = [i for i in ids.get(line["text_sha256"], ()) if (i, annotator) not in taken]
        if not free:
            others += 1
            continue
        identity = line["item"] if line.get("item") in free else free[0]
        taken.add((identity, annotator))
        answers.append(_answer(line, identity, annotator, labels, f"{where}, line {number}"))
    return Replayed(answers, others)


def sha256(text: str) -> str:
    """The key of a text in a recording."""
    return hashlib.sha256(text.strip().encode()).hexdigest()


def _check(line: Mapping[str, Any], where: str) -> None:
    for field in FIELDS:
        if not isinstance(line.get(field), str):
            raise UserError(
                f"{where}: expected {field!r} as text, found {line.get(field)!r:.60}; fix the "
                "recording"
            )


def _answer(
    line: Mapping[str, Any],
    identity: str,
    annotator: str,
    labels: Sequence[str],
    where: str,
) -> Answer:
    reply, finish = line["reply"], line.get("finish_reason")
    choice = read_choice(reply, labels, finish)
    if choice.problem == "unknown_answer":
        raise UserError(
            f"{where}: expected one of the card's labels {list(labels)}, found the reply "
            f"{reply!r:.80}; fix the recording or the card"
        )
    return Answer(
        item=identity,
        annotator=annotator,
        attempt=0,
        choice=choice.option,
        problem=choice.problem,
        confidence=choice.confidence,
        options=tuple(labels),
        reply=reply,
        model=str(line.get("model", "")),
        finish_reason=finish,
        usage=line.get("usage"),
    )
