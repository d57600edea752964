"""What replies cost, from the tokens that the endpoint counted."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stages.llm.messages.config import Price
from stages.llm.messages.replies import Reply


def cost(replies: Iterable[Reply], prices: Mapping[str, Price], discount: float) -> float | None:
    """US dollars of `replies`; None where their tokens or the price of their model are not known.

    Some endpoints count no tokens. A reply without usage among others is a failed request and
    counts as free.
    """
    total, counted = 0.0, False
    for reply in replies:
        usage = reply["usage"]
        if usage is None or not any((usage["prompt_tokens"], usage["completion_tokens"])):
            continue
        paid = usd(reply["model"], usage["prompt_tokens"], usage["completion_tokens"], prices)
        if paid is None:
            return None
        counted = True
        total += paid
    return total * discount if counted else None


def usd(
    model: str, prompt_tokens: float, completion_tokens: float, prices: Mapping[str, Price]
) -> float | None:
    """US dollars of so many tokens; None where the price of the model is not known."""
    price = price_of(model, prices)
    return None if price is None else price.usd(prompt_tokens, completion_tokens)


class Bill(NamedTuple):
    """What replies cost, each, in US dollars; whether the price of any was assumed."""

    usd: list[float]
    assumed: bool


def bill(
    tokens: Iterable[tuple[str, float, float]],
    prices: Mapping[str, Price],
    otherwise: Price | None,
    discount: float,
) -> Bill | None:
    """The bill for replies of these models, prompt and completion tokens.

    Models without a price in `prices` cost what `otherwise` says, at no discount: nobody knows of
    one. None where that is needed and not given.
    """
    found, assumed = [], False
    for model, *counts in tokens:
        listed = price_of(model, prices)
        price = listed or otherwise
        if price is None:
            return None
        assumed = assumed or listed is None
        found.append(price.usd(*counts) * (discount if listed else 1.0))
    return Bill(found, assumed)


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of a model, None where it is not known.

    It is also that of its snapshots, whose names go on with a date or a number of three digits or
    more: `gpt-4o` prices `gpt-4o-2024-08-06`, and not `gpt-4o-mini`.
    """
    names = [n for n in prices if re.fullmatch(rf"{re.escape(n)}([-@]\d{{3,}}(-.*)?)?", model)]
    return prices[max(names, key=len)] if names else None
