"""Our client, through the calls that the generate stage makes: prompts, cache, parsing, rows."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import httpx2  # noqa: F401  imported here so that it is outside the times, like every client's
import openai  # noqa: F401

from stages.core import files
from stages.llm.messages.config import Endpoint, Limits, Price
from stages.llm.messages.request import Request
from stages.llm.reading import parsing
from stages.llm.spending.budget import Access
from stages.llm.writing import session
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import PromptFile, Strategy, Task
from tests.benchmarks.runner import CONTEXT, MODEL, Job, Outcome, Watch, job

LABELS = ("world", "sports", "business", "science")
PROMPTS = PromptFile(
    system="{context}", request="{generate} about {label}, in {words} words. {format}"
)
ROWS = "replies.jsonl"


class PoisonWriter(Writer):
    """Writes the job's poison into some requests."""

    poisoned: frozenset[int] = frozenset()

    def request(
        self, label: str, turn: int, index: int, number: int, history: Sequence[str] = ()
    ) -> Request:
        """As ever, but poisoned where the job says so."""
        request = super().request(label, turn, index, number, history)
        if LABELS.index(label) + len(LABELS) * index in self.poisoned:
            request.body["messages"][-1]["content"] += " POISON"
        return request


def endpoint(url: str) -> Endpoint:
    """The loopback endpoint, asked for structured replies."""
    return Endpoint(
        model=MODEL,
        base_url=url,
        key_env=None,
        structured="json_schema",
        send_seed=True,  # so that no two requests are the same for the endpoint's counts
        api="direct",
    )


def writer(given: Job) -> Writer:
    """As many requests as the job has prompts, in equal shares for the labels, no top-up."""
    share, rest = divmod(given.requests, len(LABELS))
    if rest:
        sys.exit(f"expected a multiple of {len(LABELS)} requests, found {given.requests}")
    strategy = Strategy(
        texts_per_label=share, texts_per_request=1, mode="independent", most_requests=1.0
    )
    task = Task("news", dict.fromkeys(LABELS, "news"), (10, 40), CONTEXT, "Write a text")
    made = PoisonWriter(task, strategy, PROMPTS, endpoint(given.url))
    made.poisoned = given.poisoned()
    return made


def ask_all(given: Job) -> None:
    """Every request of the job, answered, kept, parsed and written, as stages/generate.py does."""
    folder = Path(given.folder)
    limits = Limits(
        concurrency=given.concurrency,
        requests_per_minute=None,
        tokens_per_minute=None,
        timeout=60.0,
        attempts=6,
        patience=900.0,
        poll=30.0,
    )
    price = {MODEL: Price(prompt=0.5, completion=1.5)}
    access = Access(endpoint=endpoint(given.url), price=price, limits=limits, budget_usd=1000.0)
    with session.replies(writer(given), "zero_shot", access, folder) as (spool, summary):
        files.write_lines(spool, folder / ROWS)
    print(summary)


def outcome(given: Job) -> Outcome:
    """What the written rows hold: different texts, and the replies without one with the reason."""
    failed: dict[str, str] = {}
    seen: set[str] = set()
    for reply in files.read_lines(Path(given.folder) / ROWS):
        parsed = parsing.parse(reply["reply"], reply["label"], reply["finish_reason"])
        seen.update(parsed.texts)
        if parsed.problem:
            failed[reply["key"]] = str(reply["finish_reason"])
    versions = {"openai": version("openai"), "aiohttp": version("aiohttp")}
    return Outcome(rows=len(seen), failed=failed, versions=versions)


if __name__ == "__main__":
    os.environ["SYNTHWORTH_CACHE"] = str(Path(job().folder) / "cache")
    watch = Watch()
    ask_all(job())
    watch.stop()
    watch.report(outcome(job()))
