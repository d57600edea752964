"""What replies cost."""

from typing import Any, cast

import pytest

from stages.llm.messages.config import Price
from stages.llm.messages.cost import Bill, bill, cost
from stages.llm.messages.replies import Reply

PRICES = {
    "gpt-4o": Price(prompt=2.5, completion=10),
    "gpt-4o-mini": Price(prompt=0.15, completion=0.6),
}


def reply(prompt: int, completion: int, model: str = "gpt-4o") -> Reply:
    """A reply of so many tokens."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return cast(Reply, {"usage": usage, "model": model})


def test_tokens_times_price() -> None:
    """US dollars per million tokens, at half the price from the Batch API."""
    replies = [reply(1_000_000, 100_000), reply(0, 50_000)]
    assert cost(replies, PRICES, 1.0) == pytest.approx(2.5 + 1.0 + 0.5)
    assert cost(replies, PRICES, 0.5) == pytest.approx(2.0)


@pytest.mark.parametrize("model", ["gpt-4o-nano", "gpt-4o-5", "gpt-4o2024", "ft:gpt-4o"])
def test_another_model_has_not_the_price(model: str) -> None:
    """A name that begins alike is no snapshot: its cost is not known."""
    assert cost([reply(1_000_000, 0, model)], PRICES, 1.0) is None


def test_a_snapshot_has_the_price_of_its_model() -> None:
    """The longest name that fits: a mini is no 4o."""
    assert cost([reply(1_000_000, 0, "gpt-4o-mini-2024-07-18")], PRICES, 1.0) == pytest.approx(0.15)


@pytest.mark.parametrize(
    "replies",
    [
        [],
        [{"usage": None, "model": "gpt-4o"}],
        [reply(0, 0)],
        [reply(10, 10, "llama"), reply(10, 10)],
    ],
)
def test_unknown_cost_is_none(replies: Any) -> None:
    """Recorded replies, an endpoint that counts no tokens, and a model without a price."""
    assert cost(replies, PRICES, 1.0) is None


def test_a_failed_request_counts_as_free() -> None:
    """It has no usage; the others have."""
    failed = cast(Reply, {"usage": None, "model": "gpt-4o"})
    assert cost([failed, reply(0, 1_000_000)], PRICES, 1.0) == 10


def test_a_bill_has_every_reply() -> None:
    """An unlisted model costs what is assumed, at no discount; without that there is no bill."""
    tokens = [("gpt-4o", 1e6, 0), ("mine", 1e6, 1e6)]
    assert bill(tokens, PRICES, Price(prompt=1, completion=2), 0.5) == Bill([1.25, 3.0], True)
    assert bill(tokens, PRICES, None, 0.5) is None
    assert bill(tokens[:1], PRICES, None, 1.0) == Bill([2.5], False)
