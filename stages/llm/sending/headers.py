"""What an endpoint's headers say of its limits."""

import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any


@dataclass(frozen=True)
class Told:
    """What the endpoint's headers say of its limits; None where they say nothing."""

    requests_per_minute: float | None = None
    requests_left: float | None = None
    tokens_per_minute: float | None = None
    tokens_left: float | None = None


def told(headers: Any) -> Told:
    def number(name: str) -> float | None:
        try:
            return float(headers[f"x-ratelimit-{name}"])
        except (KeyError, ValueError):
            return None

    if "x-ratelimit-limit-requests" not in headers and "x-ratelimit-limit-tokens" not in headers:
        return Told()
    return Told(
        number("limit-requests"),
        number("remaining-requests"),
        number("limit-tokens"),
        number("remaining-tokens"),
    )


def seconds(headers: Any) -> float | None:
    """Seconds to wait as told by Retry-After, a number or a date; nonsense counts as none."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        with suppress(ValueError):
            found = float(headers.get(name, "")) / unit
            if isfinite(found):
                return max(0.0, found)
    with suppress(ValueError):
        date = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - time.time())
    return None
