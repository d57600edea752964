"""What a run takes, before anything is requested."""

from collections.abc import Iterable
from math import ceil

from stages.llm.messages.completion import Outcome
from stages.llm.messages.request import Request
from stages.llm.spending.cache import Cache
from stages.llm.spending.meter import Estimate, Meter
from stages.llm.writing.prompts import Writer


def planned_proposals(writer: Writer, meter: Meter) -> Estimate:
    """The requests for attributes alone."""
    estimate = Estimate()
    for label in writer.without_attributes():
        estimate += meter.estimate(1, *writer.proposal(label).tokens)
    return estimate


def planned(writer: Writer, meter: Meter) -> Estimate:
    """All requests of a run in which each brings as many texts as it asks for."""
    settings = writer.strategy
    each = ceil(settings.texts_per_label / settings.texts_per_request)
    estimate = planned_proposals(writer, meter)
    for label in writer.task.labels:
        asked, written = writer.request(label, 0, 0, settings.texts_per_request).tokens
        prompt = each * asked
        if settings.mode == "conversation":
            # Round n shows min(n, history) earlier replies again.
            turns = ceil(each / settings.conversations)
            shown = sum(min(turn, settings.history) for turn in range(turns))
            prompt += settings.conversations * shown * (written + 20)
        estimate += meter.estimate(each, prompt, each * written)
    return estimate


class MissingError(Exception):
    """The requests that depend on this one are not known yet."""


class CacheOnly:
    """Counts what a run would find in the cache; sends nothing."""

    def __init__(self, cache: Cache) -> None:
        self.found = 0
        self._cache = cache

    async def prefetch(self, requests: Iterable[Request]) -> None:
        """Nothing."""

    async def complete(self, request: Request) -> Outcome:
        """The stored outcome, or one without a completion."""
        known = self._cache.get(request.key)
        if known is None and request.round < 0:
            raise MissingError
        self.found += known is not None
        return Outcome(known, "" if known else "not in the cache")
