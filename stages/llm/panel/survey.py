"""A panel's answers: every member on every item, each question paid once.

Which questions are asked depends on the replies only, so a repeated run finds them in the cache.
"""

import asyncio
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from stages.core.errors import UserError
from stages.llm.messages.completion import Asker, Outcome
from stages.llm.panel.answers import Answer, Answers
from stages.llm.panel.questions import (
    FINAL,
    Choice,
    Item,
    Member,
    Members,
    Question,
    Questions,
    prompt_of,
    read_choice,
)
from stages.llm.sending import progress
from stages.llm.sending.concurrency import run_bounded
from stages.llm.sending.open import asker
from stages.llm.sending.progress import Progress
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache, folder
from stages.llm.spending.meter import Estimate

Pair = tuple[Item, Member]
NOTE = (
    "A language model played the annotators: a proxy for people, whose disagreement it predicts "
    "badly (arXiv 2506.19467)."
)


@dataclass(frozen=True)
class Survey:
    """A panel at work: `task` names the cache entries, `exchange` the folder of exchanged files."""

    name: str
    task: str
    panel: Members
    questions: Questions
    access: Access
    exchange: Path

    @staticmethod
    def of(
        name: str,
        task: str,
        panel: Members,
        access: Access,
        prompt: tuple[str, str],
        exchange: Path,
    ) -> "Survey":
        """A survey with the `prompt` of a file: its content and where it is from."""
        questions = Questions(prompt_of(*prompt), access.endpoint, panel.seed)
        return Survey(name, task, panel, questions, access, exchange)

    def estimate(self, items: Sequence[Item]) -> str:
        """What a run would take and what is left of the budget; sends nothing."""
        with closing(Cache(folder())) as cache:
            missing, account = self._missing(items, cache), cache.ledger.account()
        return self.access.described(missing, self._total(items), account)

    def _missing(self, items: Sequence[Item], cache: Cache) -> Estimate:
        """The first attempts that are not in the cache."""
        missing = Estimate()
        for model, members in self._by_model().items():
            meter = self.access.meter(model)
            for item, member in _pairs(items, members):
                question = self.questions.ask(item, member, 0)
                if cache.get(question.key) is None:
                    missing += meter.estimate(1, *question.tokens)
        return missing

    def ask(self, items: Sequence[Item]) -> Answers:
        """Every member's answer to every item.

        Raises `UserError` when the budget, the key, the quota or the endpoint ends the run, a
        question was not answered that may be by another run, or no answer can be read; whatever
        was paid for is in the cache then, and the next run goes on from there.
        """
        with closing(Cache(folder())) as cache, cache.lock(f"{self.task}, {self.name}"):
            self._admit(items, cache)
            answers = asyncio.run(self._ask(items, cache))
        if items and not answers.choices():
            raise UserError(
                f"{self.task}, {self.name}: no answer could be read; "
                f"{answers.counts(self.panel.members)}{answers.failed()}"
            )
        return answers

    async def _ask(self, items: Sequence[Item], cache: Cache) -> Answers:
        answers: list[Answer] = []
        summaries = []
        # One model after the other: prices differ, and a batch holds one model only.
        for place, (model, members) in enumerate(self._by_model().items()):
            meter = self.access.meter(model, cache.ledger)
            name, pairs = f"{self.name}-{place}", _pairs(items, members)
            own: list[Answer] = []
            state = Progress(
                f"{self.task}, {self.name}, {model}", meter, len(pairs), _chosen(own), "answers"
            )
            asking = asker(self.access, cache, meter, self.task, name, self.exchange)
            async with asking as client, progress.shown(state):
                await self._ask_model(client, pairs, own)
            answers += own
            summaries.append(f"{model}: {state}")
        return Answers(answers, "; ".join(summaries))

    async def _ask_model(self, client: Asker, pending: list[Pair], answers: list[Answer]) -> None:
        """Fill `answers` with those to all questions about the `pending` pairs."""

        put_off: list[str] = []

        async def ask(item: Item, member: Member, attempt: int) -> None:
            question = self.questions.ask(item, member, attempt)
            outcome = await client.complete(question)
            answers.append(_answer(question, outcome))
            if outcome.again:
                put_off.append(outcome.error)

        for attempt in range(self.panel.attempts):
            await client.prefetch(self.questions.ask(*pair, attempt) for pair in pending)
            width = 2 * self.access.limits.concurrency
            await run_bounded((partial(ask, *pair, attempt) for pair in pending), width)
            unread = {
                (answer.item, answer.annotator)
                for answer in answers
                if answer.attempt == attempt and answer.problem and answer.problem not in FINAL
            }
            pending = [pair for pair in pending if (pair[0].id, pair[1].name) in unread]
            if not pending:
                break
        if put_off:  # DVC would keep what was made without them
            raise UserError(
                f"{self.task}, {self.name}: {len(put_off)} requests failed, the last: "
                f"{put_off[-1]}; run again, what was answered is kept"
            )

    def _admit(self, items: Sequence[Item], cache: Cache) -> None:
        """Say what is missing; stop when there is no key for it or it is above the budget."""
        title = f"{self.task}, {self.name}"
        names = [f"{title}-{place}" for place in range(len(self._by_model()))]
        account = cache.ledger.account(chain.from_iterable(map(cache.batches, names)))
        self.access.admit(title, self._missing(items, cache), self._total(items), account)

    def _total(self, items: Sequence[Item]) -> str:
        return f"{len(items) * len(self.panel.members)} requests"

    def _by_model(self) -> dict[str, list[Member]]:
        found = defaultdict(list)
        for member in self.panel.members:
            found[self.questions.model(member)].append(member)
        return dict(found)


def _chosen(answers: list[Answer]) -> Callable[[], int]:
    """Counts the answers with a choice, as they come."""
    return lambda: sum(answer.choice is not None for answer in answers)


def _pairs(items: Sequence[Item], members: Sequence[Member]) -> list[Pair]:
    return [(item, member) for item in items for member in members]


def _answer(question: Question, outcome: Outcome) -> Answer:
    found = outcome.completion
    if found is None:
        choice = Choice(None, "failed_request")
    else:
        choice = read_choice(found.reply, question.options, found.finish_reason)
    return Answer(
        item=question.label,
        annotator=question.member,
        attempt=question.round,
        choice=choice.option,
        problem=choice.problem,
        confidence=choice.confidence,
        options=question.options,
        reply=found.reply if found else "",
        model=found.model if found else question.body["model"],
        finish_reason=found.finish_reason if found else f"error: {outcome.error}",
        usage=found.usage if found else None,
    )


def name_of(model: str) -> str:
    """`panel-<model>` as a file name, whatever the model is called."""
    return "panel-" + ("-".join(re.findall(r"\w[\w.-]*", model, re.ASCII)) or "model")


def record(survey: Survey, prompt: str, answers: Answers) -> dict[str, Any]:
    """Who was asked what, and what came back; no date, so that the same answers give the same.

    `prompt` is the text of the prompt file.
    """
    panel, endpoint = survey.panel, survey.access.endpoint
    return {
        "kind": "panel",
        "note": NOTE,
        "members": {
            member.name: {
                "model": survey.questions.model(member),
                "persona": member.persona,
                "temperature": member.temperature,
            }
            for member in panel.members
        },
        "answered_by": dict(Counter(answer.model for answer in answers.last.values())),
        "settings": {
            **panel.model_dump(exclude={"members"}),
            "structured": endpoint.structured,
            "send_seed": endpoint.send_seed,
            "option_order": "random for each request, by the seed; see the answers",
        },
        "prompt_sha256": hashlib.sha256(prompt.encode()).hexdigest(),
        "answers": answers.counts(panel.members),
        "attempts": len(answers.attempts),
    }
