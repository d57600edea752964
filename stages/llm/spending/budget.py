"""Where requests go and what they may cost, as params.yaml says it."""

import sys
from typing import Literal, TextIO

from pydantic import Field

from stages.core.errors import UserError
from stages.core.params import Section
from stages.llm.messages.config import BATCH_DISCOUNT, Endpoint, Limits, Price, key_of
from stages.llm.spending.ledger import Account, Ledger
from stages.llm.spending.meter import Estimate, Meter


class Access(Section):
    """Who answers requests, how fast, and for how much money at most: the section `generate`."""

    provider: Literal["recorded", "openai"] = "recorded"
    endpoint: Endpoint
    price: dict[str, Price]  # by model
    limits: Limits
    budget_usd: float | None = Field(ge=0)  # for all that this repository pays for

    def meter(self, model: str, ledger: Ledger | None = None) -> Meter:
        """A meter with a model's prices, which keeps to the budget where it has the `ledger`."""
        price = self.price.get(model)
        if price is None and self.budget_usd is not None:
            raise UserError(
                f"generate.budget_usd needs the price of {model!r} in generate.price, "
                f"found {sorted(self.price)}; add it, 0 for a server of your own (--price "
                "0/0), or set the budget to null"
            )
        discount = BATCH_DISCOUNT if self.endpoint.api == "batch" else 1.0
        return Meter(price, self.budget_usd, discount, ledger, self.price)

    def key(self, missing: int) -> str:
        """The key; `UserError` when `missing` requests need one that is not set."""
        key = key_of(self.endpoint)
        if key is None:
            raise UserError(
                f"{missing} requests are missing and {self.endpoint.key_env} is not set; set it, "
                "get the replies by `dvc pull`, or have them answered elsewhere with "
                "generate.endpoint.api: exchange"
            )
        return key

    def admit(
        self,
        title: str,
        missing: Estimate,
        total: str,
        account: Account,
        out: TextIO = sys.stdout,
    ) -> None:
        """Say what is missing of the `total`, in words; stop where it cannot be asked for.

        Raises `UserError` where no key is set or too little money is left. In the exchange mode
        the files say what is missing, which are read later.
        """
        if self.endpoint.api == "exchange":
            return
        print(f"{title}: {self.described(missing, total, account)}", file=out, flush=True)
        if not missing.requests:
            return
        self.key(missing.requests)
        if self.budget_usd is not None and missing.usd > self.budget_usd - account.gone:
            above = missing.usd + account.gone - self.budget_usd
            what = f"{title}: {missing.requests} requests"
            raise account.refusal(self.budget_usd, what, missing.usd, above)

    def described(self, missing: Estimate, total: str, account: Account) -> str:
        """What is missing of the `total`, its cost, and what is left of the budget."""
        return (
            f"{missing.requests} of {total} are not in the cache, about "
            f"{missing.prompt_tokens + missing.completion_tokens:.0f} tokens, {missing.money}"
            f"{self.left(account)}"
        )

    def left(self, account: Account) -> str:
        """What is left of the budget, in words."""
        if self.budget_usd is None:
            return ""
        return f"; {max(0.0, self.budget_usd - account.gone):.2f} USD of the budget are left"
