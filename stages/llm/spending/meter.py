"""What a run has cost so far."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stages.llm.messages.completion import Completion
from stages.llm.messages.config import Price
from stages.llm.messages.cost import price_of
from stages.llm.messages.request import CHARACTERS
from stages.llm.spending.ledger import Ledger

AHEAD = 32  # requests that money is set aside for at once: each by itself costs a transaction
CAUTION = 50  # times its estimate that a reply may cost, as long as none is known
FEW = 2  # requests that may be on their way then, however small the budget
UNPRICED = "at a price that params.yaml does not say"
SAID = re.compile(r"([\d.]+) USD")  # as `Estimate.money` says it
Tokens = tuple[int, int]  # of the prompt and the completion


def usd_in(said: str) -> float | None:
    """The first sum in what was said of a price; None where there is none.

    >>> usd_in("20 requests, 0.06 USD; 4.94 USD of the budget are left")
    0.06
    """
    found = None if UNPRICED in said else SAID.search(said)
    return float(found[1]) if found else None


@dataclass(frozen=True)
class Estimate:
    """Requests that would have to be made, with their tokens and US dollars."""

    requests: int = 0
    prompt_tokens: float = 0
    completion_tokens: float = 0
    usd: float = 0.0
    priced: bool = True  # whether all prices are known

    @property
    def money(self) -> str:
        """US dollars in words."""
        return f"{self.usd:.2f} USD" if self.priced else UNPRICED

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.usd + other.usd,
            self.priced and other.priced,
        )

    def of(self, requests: int) -> "Estimate":
        """The same for another number of requests that cost as much on average."""
        part = requests / self.requests
        return replace(
            self,
            requests=requests,
            prompt_tokens=part * self.prompt_tokens,
            completion_tokens=part * self.completion_tokens,
            usd=part * self.usd,
        )


@dataclass
class Meter:
    """Requests, tokens and money of a run; failed attempts count as far as they are known."""

    price: Price | None  # None where it is not known: all costs are 0 then
    budget: float | None
    discount: float = 1.0
    ledger: Ledger | None = None  # of all that is spent from the budget
    prices: Mapping[str, Price] = field(default_factory=dict)  # of all models
    spent: float = 0.0  # US dollars
    prompt_tokens: int = 0
    completion_tokens: int = 0
    paid: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0
    reserved: float = 0.0  # set aside for the requests on their way
    highest_cost: float = 0.0  # of a request so far

    def cost(
        self, prompt_tokens: float, completion_tokens: float, price: Price | None = None
    ) -> float:
        """US dollars of so many tokens, at another `price` where one is given."""
        price = price or self.price
        if price is None:
            return 0.0
        total = prompt_tokens * price.prompt + completion_tokens * price.completion
        return total * self.discount / 1e6

    def money(self, usd: float) -> str:
        """A sum in words."""
        return f"{usd:.4f} USD" if self.price else UNPRICED

    def estimate(self, requests: int, prompt_tokens: float, completion_tokens: float) -> Estimate:
        """What requests of so many tokens in total would cost."""
        cost = self.cost(prompt_tokens, completion_tokens)
        return Estimate(requests, prompt_tokens, completion_tokens, cost, self.price is not None)

    def reserve(self, cost: float, what: str = "the next request", ahead: int = AHEAD) -> float:
        """Set aside the money for a request: its `cost`, or the highest so far if that is more.

        Returns the sum, to be released when the request has ended. Raises `UserError` where the
        budget does not have it.
        """
        amount = max(cost, self.highest_cost)
        if self.budget is not None and self.ledger is not None:
            self.ledger.hold(self.reserved + amount, self.budget, what, amount, ahead)
        self.reserved += amount
        return amount

    def add(
        self, completion: Completion, estimate: Tokens = (0, 0), model: str | None = None
    ) -> None:
        """Count a completion that was paid for; `Cache.put` writes it down with what it cost.

        The `estimate` of its tokens is for endpoints that do not count them; `model` is given where
        it may not be this run's, and has a price of its own.
        """
        self.paid += 1
        prompt, written = completion.prompt_tokens, completion.completion_tokens
        if not written and (completion.reply or not prompt):
            written = max(estimate[1], len(completion.reply) // CHARACTERS)
        price = price_of(model, self.prices) if model else None
        cost = self._owe(prompt or estimate[0], written, price)
        self.highest_cost = max(self.highest_cost, cost)

    def lose(self, estimate: Tokens) -> None:
        """Count a request that brought nothing readable, but was probably billed."""
        self._owe(*estimate)

    def _owe(self, prompt_tokens: int, completion_tokens: int, price: Price | None = None) -> float:
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        cost = self.cost(prompt_tokens, completion_tokens, price)
        self.spent += cost
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
