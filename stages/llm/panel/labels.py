"""One label per text, from what one LLM or the members of a panel answered."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from stages.llm.panel.answers import Answer

GUESS, LIKELY, SURE = 1, 2, 3


def lines(answers: Iterable[Answer], labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Of each text that somebody labelled: label, confidence; model and tokens where known.

    A text without a label has a line, with None for both, where its answers' tokens were counted:
    they were paid for.

    One LLM states its confidence. Of several members the label is that of most, of equally many
    that with the higher mean confidence, then the one that comes first in `labels`; the confidence
    says how far they agree (3 all, 2 more than half, 1 fewer), `votes` the shares of their labels.
    Tokens are those of all members and attempts.
    """
    of_text: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        of_text[answer.item].append(answer)
    several = len({a.annotator for own in of_text.values() for a in own}) > 1
    found = {text: _line(own, labels, several) for text, own in of_text.items()}
    return {text: line for text, line in found.items() if line}


def _line(answers: Sequence[Answer], labels: Sequence[str], several: bool) -> dict[str, Any]:
    chosen = [answer for answer in answers if answer.choice]
    if not chosen:
        spent = _origin(answers)
        return {"label": None, "confidence": None, **spent} if "prompt_tokens" in spent else {}
    votes = Counter(str(answer.choice) for answer in chosen)
    stated: dict[str, list[int]] = defaultdict(list)
    for answer in chosen:
        stated[str(answer.choice)].append(answer.confidence or 0)
    label = min(votes, key=lambda name: (-votes[name], -fmean(stated[name]), labels.index(name)))
    line: dict[str, Any] = {"label": label, "confidence": chosen[0].confidence}
    if several:
        shares = {name: votes[name] / votes.total() for name in labels if votes[name]}
        line |= {"confidence": _agreement(shares[label]), "votes": shares}
    return {**line, **_origin(answers)}


def _agreement(share: float) -> int:
    if share == 1:
        return SURE
    return LIKELY if share > 1 / 2 else GUESS


def _origin(answers: Iterable[Answer]) -> Mapping[str, Any]:
    """The model or models that answered, and the tokens that the endpoint counted."""
    known = [answer for answer in answers if not (answer.finish_reason or "").startswith("error")]
    models = sorted({answer.model for answer in known if answer.model})
    counted = [answer.usage for answer in known if answer.usage and any(answer.usage.values())]
    tokens = {
        kind: sum(usage[kind] for usage in counted)
        for kind in ("prompt_tokens", "completion_tokens")
        if counted
    }
    return {**({"model": ", ".join(models)} if models else {}), **tokens}
