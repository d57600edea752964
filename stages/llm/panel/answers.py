"""What the members of a panel answered."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from stages.llm.messages.replies import Usage
from stages.llm.panel.questions import ANSWER_PROBLEMS, Member


@dataclass(frozen=True)
class Answer:
    """What a member answered at one attempt, with all that says where it is from."""

    item: str
    annotator: str
    attempt: int
    choice: str | None
    problem: str  # one of ANSWER_PROBLEMS, "" where there is a choice
    confidence: int | None  # one of CONFIDENCES, where the prompt asks for it
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
                "left_out": {
                    problem: counter[problem] for problem in ANSWER_PROBLEMS if counter[problem]
                },
            }
            for name, counter in found.items()
        }
