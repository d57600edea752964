"""A panel's answers: every member on every item, each question paid once.

Which questions are asked depends on the replies only, so a repeated run finds them in the cache.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from stages.llm.messages.replies import Usage
from stages.llm.panel.questions import (
    FINAL,
    PROBLEMS,
    Choice,
    Item,
    Member,
    Panel,
    Question,
    Questions,
    prompt_of,
    read_choice,
)
from stages.llm.sending import progress
from stages.llm.sending.client import Outcome, run_bounded
from stages.llm.sending.open import asker
from stages.llm.spending.budget import Access
from stages.llm.spending.cache import Cache, folder
from stages.llm.writing.generation import Asker

Pair = tuple[Item, Member]


@dataclass(frozen=True)
class Answer:
    """What a member answered at one attempt, with all that tells where it is from."""

    item: str
    annotator: str
    attempt: int
    choice: str | None
    problem: str  # one of PROBLEMS, "" where there is a choice
    options: tuple[str, ...]  # in the order in which they were shown
    reply: str
    model: str
    finish_reason: str | None
    usage: Usage | None

    def line(self) -> dict[str, Any]:
        """As a line of a file."""
        return {**asdict(self), "options": list(self.options)}


@dataclass
class Answers:
    """All attempts, sorted by item, annotator and attempt, and a sentence on what they took."""

    attempts: list[Answer]
    summary: str = ""
    last: dict[tuple[str, str], Answer] = field(init=False)  # item, annotator -> last attempt

    def __post_init__(self) -> None:
        self.attempts.sort(key=lambda answer: (answer.item, answer.annotator, answer.attempt))
        self.last = {(answer.item, answer.annotator): answer for answer in self.attempts}

    def choices(self) -> list[tuple[str, str, str]]:
        """Item, annotator and choice; those without a choice are left out."""
        return [(*key, answer.choice) for key, answer in self.last.items() if answer.choice]

    def failed(self) -> str:
        """Why the first question that failed did, in words; "" where none failed."""
        failed = (answer for answer in self.last.values() if answer.problem == "failed_request")
        return next((f"; first failure: {answer.finish_reason}" for answer in failed), "")

    def majority(self) -> dict[str, str]:
        """Item -> the choice of more than half of those who chose; ties are left out."""
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for item, _, choice in self.choices():
            votes[item][choice] += 1
        leading = {item: counter.most_common(1)[0] for item, counter in votes.items()}
        return {
            item: choice
            for item, (choice, number) in leading.items()
            if 2 * number > votes[item].total()
        }

    def counts(self, members: Iterable[Member]) -> dict[str, dict[str, Any]]:
        """By member: items, choices, and those left out by their problem."""
        found: dict[str, Counter[str]] = {member.name: Counter() for member in members}
        for (_, name), answer in self.last.items():
            found[name][answer.problem] += 1
        return {
            name: {
                "items": counter.total(),
                "answered": counter[""],
                "left_out": {problem: counter[problem] for problem in PROBLEMS if counter[problem]},
            }
            for name, counter in found.items()
        }


@dataclass(frozen=True)
class Plan:
    """Questions that are not in the cache, and what they would cost."""

    questions: int
    missing: int
    tokens: int
    usd: float

    def __str__(self) -> str:
        return (
            f"{self.missing} of {self.questions} questions are not in the cache, about "
            f"{self.tokens} tokens, {self.usd:.2f} USD"
        )


@dataclass(frozen=True)
class Survey:
    """A panel at work: `task` names the cache entries, `exchange` the folder of exchanged files."""

    name: str
    task: str
    panel: Panel
    questions: Questions
    access: Access
    exchange: Path

    @staticmethod
    def of(
        name: str, task: str, panel: Panel, access: Access, prompt: tuple[str, str], exchange: Path
    ) -> "Survey":
        """A survey with the `prompt` of a file: its content and where it is from."""
        questions = Questions(prompt_of(*prompt), access.endpoint, panel.seed)
        return Survey(name, task, panel, questions, access, exchange)

    def estimate(self, items: Sequence[Item]) -> str:
        """What a run would take and what is left of the budget; asks nobody."""
        cache = Cache(folder())
        try:
            return f"{self._plan(items, cache)}{self.access.left(cache.ledger.account())}"
        finally:
            cache.close()

    def _plan(self, items: Sequence[Item], cache: Cache) -> Plan:
        """The first attempts at all items."""
        total = missing = tokens = 0
        usd = 0.0
        for model, members in self._by_model().items():
            meter = self.access.meter(model)
            for item, member in _pairs(items, members):
                question = self.questions.ask(item, member, 0)
                total += 1
                if cache.get(question.key) is None:
                    missing, tokens = missing + 1, tokens + sum(question.tokens)
                    usd += meter.cost(*question.tokens)
        return Plan(total, missing, tokens, usd)

    def ask(self, items: Sequence[Item]) -> Answers:
        """Every member's answer to every item.

        Raises `UserError` when the budget, the key, the quota or the endpoint ends the run;
        whatever was paid for is in the cache then, and the next run goes on from there.
        """
        cache = Cache(folder())
        try:
            with cache.lock(f"{self.task}, {self.name}"):
                self._announce(self._plan(items, cache), cache)
                return asyncio.run(self._ask(items, cache))
        finally:
            cache.close()

    async def _ask(self, items: Sequence[Item], cache: Cache) -> Answers:
        answers: list[Answer] = []
        said = []
        # One model after the other: prices differ, and a batch holds one model only.
        for place, (model, members) in enumerate(self._by_model().items()):
            meter = self.access.meter(model, cache.ledger)
            name = f"{self.name}-{place}"
            async with asker(self.access, cache, meter, self.task, name, self.exchange) as client:
                title = f"{self.task}, {self.name}, {model}"
                async with progress.shown(title, meter, len(items) * len(members)):
                    answers += await self._ask_model(client, _pairs(items, members))
            said.append(f"{model}: {progress.line(meter)}".replace(" texts,", " answers,"))
        return Answers(answers, "; ".join(said))

    async def _ask_model(self, client: Asker, pending: list[Pair]) -> list[Answer]:
        answers: list[Answer] = []

        async def ask(item: Item, member: Member, attempt: int) -> None:
            question = self.questions.ask(item, member, attempt)
            answers.append(_answer(question, await client.complete(question, question.tokens)))
            client.meter.texts += answers[-1].choice is not None

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
        return answers

    def _announce(self, plan: Plan, cache: Cache) -> None:
        """Say what is missing; stop when there is no key for it or it is above the budget."""
        title = f"{self.task}, {self.name}"
        names = [f"{title}-{place}" for place in range(len(self._by_model()))]
        account = cache.ledger.account(chain.from_iterable(map(cache.batches, names)))
        print(f"{title}: {plan}{self.access.left(account)}", flush=True)
        self.access.admit(f"{title}: {plan.missing} questions", plan.missing, plan.usd, account)

    def _by_model(self) -> dict[str, list[Member]]:
        found = defaultdict(list)
        for member in self.panel.members:
            found[self.questions.model(member)].append(member)
        return dict(found)


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
        options=question.options,
        reply=found.reply if found else "",
        model=found.model if found else question.body["model"],
        finish_reason=found.finish_reason if found else f"error: {outcome.error}",
        usage=Usage(prompt_tokens=found.prompt_tokens, completion_tokens=found.completion_tokens)
        if found
        else None,
    )
