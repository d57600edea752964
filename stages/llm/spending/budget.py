"""Where requests go and what they may cost, as params.yaml says it."""

from typing import Literal

from pydantic import Field

from stages.core.errors import UserError
from stages.core.params import Section
from stages.llm.sending.openai_sdk import Endpoint, Limits, key_of
from stages.llm.spending.ledger import Account, Ledger
from stages.llm.spending.meter import BATCH_DISCOUNT, Meter, Price


class Access(Section):
    """Who answers requests, how fast, and for how much money at most: the section `generate`."""

    provider: Literal["recorded", "openai"] = "recorded"
    endpoint: Endpoint
    limits: Limits
    budget_usd: float | None = Field(ge=0)  # for all that this repository pays for

    def meter(self, model: str, ledger: Ledger | None = None) -> Meter:
        """A meter of a model's prices, which heeds the budget where it has the `ledger`."""
        price = self.endpoint.price.get(model)
        if price is None and self.budget_usd is not None:
            raise UserError(
                f"generate.budget_usd needs the price of {model!r} in generate.endpoint.price, "
                f"found {sorted(self.endpoint.price)}; add it, or set the budget to null"
            )
        discount = BATCH_DISCOUNT if self.endpoint.api == "batch" else 1.0
        rate = price or Price(prompt=0, completion=0)
        return Meter(rate, self.budget_usd, discount, ledger)

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

    def admit(self, what: str, missing: int, usd: float, account: Account) -> None:
        """Raise `UserError` when `what` is missing has no key or is above what is left."""
        if missing and self.endpoint.api != "exchange":
            self.key(missing)
        budget = self.budget_usd
        if budget is not None and missing and usd > budget - account.gone:
            raise account.refusal(budget, what, usd, usd + account.gone - budget)

    def left(self, account: Account) -> str:
        """What is left of the budget, in words."""
        if self.budget_usd is None:
            return ""
        return f"; {max(0.0, self.budget_usd - account.gone):.2f} USD of the budget are left"
