"""What a run has cost so far."""

from dataclasses import dataclass
from typing import Any

from stages.core.params import Section
from stages.llm.messages.completion import Completion
from stages.llm.spending.ledger import Ledger

AHEAD = 32  # requests that money is set aside for at once: each by itself costs a transaction
CAUTION = 50  # times its estimate that a reply may cost, as long as none is known
FEW = 2  # requests that may be on their way then, however small the budget
BATCH_DISCOUNT = 0.5  # of the price, at OpenAI and most that have a Batch API
CHARACTERS = 4  # of English in a token, roughly; usage as the endpoint counts it is the truth


class Price(Section):
    """US dollars per million tokens."""

    prompt: float
    completion: float


@dataclass
class Meter:
    """Requests, tokens and money of a run; failed attempts count as far as they are known."""

    price: Price
    budget: float | None
    discount: float = 1.0
    ledger: Ledger | None = None  # of all that is spent from the budget
    prompt_tokens: int = 0
    completion_tokens: int = 0
    sent: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0
    texts: int = 0
    reserved: float = 0.0  # set aside for the requests on their way
    dearest: float = 0.0  # cost of a request

    @property
    def spent(self) -> float:
        """US dollars."""
        return self.cost(self.prompt_tokens, self.completion_tokens)

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """US dollars of so many tokens."""
        price = self.price
        total = prompt_tokens * price.prompt + completion_tokens * price.completion
        return total * self.discount / 1e6

    def reserve(self, cost: float, what: str = "the next request", ahead: int = AHEAD) -> float:
        """Set aside the money for a request, at least what the dearest one so far has cost.

        The sum set aside, to be given back when the request has ended. Raises `UserError` where the
        budget does not have it.
        """
        sum_ = max(cost, self.dearest)
        if self.budget is not None and self.ledger is not None:
            self.ledger.hold(self.reserved + sum_, self.budget, what, sum_, ahead)
        self.reserved += sum_
        return sum_

    def add(self, completion: Completion, estimate: tuple[int, int] = (0, 0)) -> None:
        """A completion was paid for; `Cache.put` writes it down with what it cost.

        The `estimate` of its tokens is for endpoints that do not count them.
        """
        self.sent += 1
        counted = completion.prompt_tokens, completion.completion_tokens
        if not any(counted):
            counted = estimate[0], max(estimate[1], len(completion.reply) // CHARACTERS)
        self.dearest = max(self.dearest, self._owe(*counted))

    def lose(self, estimate: tuple[int, int]) -> None:
        """A request brought nothing that can be read, but was probably billed."""
        self._owe(*estimate)

    def _owe(self, prompt_tokens: int, completion_tokens: int) -> float:
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        cost = self.cost(prompt_tokens, completion_tokens)
        if self.ledger is not None:
            self.ledger.owe(cost)
        return cost

    def width(self, cost: float) -> int | None:
        """How many requests may be on their way while nobody knows what they really cost.

        Each takes its share of what is left of the budget, as if it cost `CAUTION` times the
        estimate; None where that allows any number.
        """
        if self.budget is None or self.ledger is None or not cost:
            return None
        left = self.budget - self.ledger.account().gone
        return max(FEW, int(left / (CAUTION * cost)))


def estimated_tokens(body: dict[str, Any], texts: int, words: tuple[int, int]) -> tuple[int, int]:
    """Prompt and completion tokens that a request will need, from its length and the word range."""
    prompt = sum(len(message["content"]) for message in body["messages"]) // CHARACTERS + 8
    completion = round(texts * (sum(words) / 2 * 1.4 + 4)) + 8
    return prompt, min(completion, body.get("max_tokens", completion))
