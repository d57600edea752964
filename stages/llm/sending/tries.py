"""How often a request is tried, and how long is waited in between."""

import asyncio
import random

from tenacity import RetryCallState

from stages.llm.sending.openai_sdk import Limits, TransientError

FAILING = 5  # requests that fail at the same time, none answered: then the endpoint is out
STARTING = 60.0  # seconds to wait for an endpoint that has answered nothing but 5xx in this run
BACKOFF = (0.25, 30.0)  # seconds at most after the first failure, doubled after each, up to


class Outage:
    """Whether it is the endpoint that fails, rather than single requests.

    It is, once several requests fail side by side and none was answered in between. An endpoint
    that was never reached is not out but not there.
    """

    def __init__(self, concurrency: int) -> None:
        self._least = min(FAILING, 2 * concurrency)  # as many as may wait at once
        self._failing: set[str] = set()
        self._answered = False

    def holds(self, key: str, error: TransientError) -> bool:
        """Whether this failure of the request `key` is one of an outage."""
        self._failing.add(key)
        return len(self._failing) >= self._least and (self._answered or error.reached)

    def patience(self, patience: float) -> float:
        """Seconds that a request may be put off: fewer where nothing was ever answered."""
        return patience if self._answered else min(patience, STARTING)

    def given_up(self, key: str) -> None:
        """The request is not asked again."""
        self._failing.discard(key)

    def over(self) -> None:
        """A request was answered."""
        self._answered = True
        self._failing.clear()


class Tries:
    """Those of one request: as many as `Limits` and the state of the endpoint allow.

    429s count towards the patience alone, and so do failures in an outage; all others are attempts.
    """

    def __init__(self, key: str, limits: Limits, outage: Outage) -> None:
        self._key, self._limits, self._outage = key, limits, outage
        self._started = asyncio.get_running_loop().time()
        self._limited = self._failed = self._counted = 0

    def wait(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the endpoint asks for, else a random back-off."""
        error = _error(state)
        self._limited += error.limited
        self._failed += not error.limited
        before = (self._limited if error.limited else self._failed) - 1
        backoff = random.uniform(0, min(BACKOFF[1], BACKOFF[0] * 2.0 ** min(before, 30)))  # noqa: S311
        if error.retry_after is None:
            return backoff
        return error.retry_after + 0.1 * backoff  # not all at the same moment

    def enough(self, state: RetryCallState) -> bool:
        """Whether there is no next try."""
        error = _error(state)
        now = asyncio.get_running_loop().time()
        put_off = now - self._started + (error.retry_after or 0.0)
        if put_off > self._limits.patience:
            return True
        if error.limited:
            return False
        if self._outage.holds(self._key, error):
            return put_off > self._outage.patience(self._limits.patience)
        self._counted += 1
        return self._counted >= self._limits.attempts


def _error(state: RetryCallState) -> TransientError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TransientError):
        raise TypeError(f"{error!r} is not to be tried again")
    return error
