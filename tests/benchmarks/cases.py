"""The tests: what the endpoint does and how much is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ALL = ("aiohttp", "openai", "curator", "ours")
QUICK = 10  # a quick run asks for so many times less


@dataclass(frozen=True)
class Case:
    """One test. `limit` bounds a client's time, in seconds."""

    name: str
    what: str
    requests: int
    concurrency: int
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    clients: tuple[str, ...] = ("openai", "curator", "ours")
    poison: int = 0
    killed: bool = False  # with kill -9 when half is answered, then run again
    rounds: int = 1
    limit: float = 150.0

    def quick(self) -> "Case":
        """The same with little traffic: does everything run?"""
        return replace(self, requests=self.requests // QUICK, rounds=1, limit=60.0)


CASES = (
    Case("clean", "50 ms, nothing fails", 5000, 256, {"latency": 0.05}, ALL, rounds=3),
    # Half a minute: the first and the last round, which are never full, weigh a hundredth.
    Case("c64", "200 ms, nothing fails", 10_240, 64, {"latency": 0.2}, ALL),
    Case(
        "a",
        "5 % 429 and 3 % 500 at random",
        2000,
        128,
        {"latency": 0.05, "share_429": 0.05, "share_500": 0.03},
    ),
    Case(
        "b",
        "token bucket, 200 requests/s, not declared",
        2000,
        128,
        {"latency": 0.05, "rate": 200.0},
    ),
    Case("c", "3 prompts refused by the filter", 500, 128, {"latency": 0.05}, poison=3),
    Case("d", "kill -9 midway, rerun", 2000, 128, {"latency": 0.05}, killed=True),
    Case("memory", "one text a request", 100_000, 256, clients=("ours",), limit=600.0),
)
