"""What a run takes, before anything is asked for."""

from dataclasses import dataclass
from math import ceil

from stages.llm.spending.meter import Meter
from stages.llm.writing.prompts import Writer


@dataclass(frozen=True)
class Plan:
    """What a run takes in which every request gives what it was asked for."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    usd: float


def planned_proposals(writer: Writer, price: Meter) -> Plan:
    """The requests for attributes alone."""
    requests = [writer.proposal(label) for label in writer.lacking()]
    prompt, completion = (sum(request.tokens[n] for request in requests) for n in (0, 1))
    return Plan(len(requests), prompt, completion, price.cost(prompt, completion))


def planned(writer: Writer, price: Meter) -> Plan:
    """All requests."""
    settings, labels = writer.strategy, writer.task.labels
    each = ceil(settings.texts_per_label / settings.texts_per_request)
    first = planned_proposals(writer, price)
    prompt, completion = first.prompt_tokens, first.completion_tokens
    for label in labels:
        request = writer.request(label, 0, 0, settings.texts_per_request)
        asked, written = request.tokens
        prompt += each * asked
        completion += each * written
        if settings.mode == "conversation":
            # Round n shows min(n, history) earlier replies again.
            turns = ceil(each / settings.conversations)
            shown = sum(min(turn, settings.history) for turn in range(turns))
            prompt += settings.conversations * shown * (written + 20)
    number = first.requests + each * len(labels)
    return Plan(number, prompt, completion, price.cost(prompt, completion))
