"""What a repository spends, counted over processes."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.llm.messages.completion import Completion
from stages.llm.messages.config import Price
from stages.llm.spending.cache import Cache
from stages.llm.spending.ledger import STALE, repository
from stages.llm.spending.meter import Meter

DOLLAR = Completion("text", "stop", "m", 1, 0)
Opener = Callable[[], Cache]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens the same cache again, as another process would."""
    monkeypatch.chdir(tmp_path)
    made: list[Cache] = []

    def open_() -> Cache:
        made.append(Cache(tmp_path / "cache"))
        return made[-1]

    yield open_
    for cache in made:
        cache.close()


def meter(cache: Cache, budget: float | None = 10.0) -> Meter:
    """A token costs a dollar."""
    return Meter(Price(prompt=1e6, completion=0), budget, ledger=cache.ledger)


def buy(cache: Cache, name: str, made: Meter) -> None:
    """A request, sent and answered for a dollar."""
    reserved = made.reserve(1.0)
    made.reserved -= reserved
    made.add(DOLLAR)
    cache.put(name, "sms", DOLLAR)


def test_all_processes_share_one_budget(opened: Opener) -> None:
    """What one spends or holds, the other cannot; together they never pass the budget."""
    one, two = opened(), opened()
    first, second = meter(one), meter(two)
    for number in range(4):
        buy(one, f"a{number}", first)
    one.close()
    for _ in range(6):
        second.reserve(1.0)
    with pytest.raises(UserError, match=r"cost about 1.0000 USD, 1.0000 more than .* 4.0000 USD"):
        second.reserve(1.0)
    with pytest.raises(UserError, match=r", 6.0000 USD are set aside .* --reset-spent`$"):
        meter(opened()).reserve(0.5)


def test_money_that_a_process_holds_is_used_up_by_what_it_spends(opened: Opener) -> None:
    """Ten dollars buy ten replies, not more, however much was set aside ahead."""
    cache = opened()
    made = meter(cache)
    for number in range(10):
        buy(cache, str(number), made)
    with pytest.raises(UserError, match=r"10.0000 USD were spent"):
        made.reserve(1.0)
    assert meter(cache, None).reserve(1.0) == 1.0


def test_what_brought_nothing_is_spent_too(opened: Opener) -> None:
    """A request that was probably billed counts before the next one is let out, and for others."""
    cache = opened()
    made = meter(cache)
    made.lose((4, 0))
    made.reserve(1.0)
    assert opened().ledger.account().spent == made.spent == 4.0
    made.add(Completion("text", "stop", "m", 0, 0), estimate=(5, 0))
    with pytest.raises(UserError, match=r"9.0000 USD were spent"):
        made.reserve(1.0)


def test_few_are_sent_while_costs_are_unknown(opened: Opener) -> None:
    """As many as the budget has for replies of fifty times the estimate, but two at least."""
    cache = opened()
    assert [meter(cache).width(cost) for cost in (0.01, 0.1, 1.0)] == [20, 2, 2]
    assert meter(cache, None).width(0.1) is None


def test_killed_process_loses_what_it_held_and_not_what_it_spent(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a close the account stays; after a time of silence its hold is free."""
    killed, other = opened(), opened()
    made = meter(killed)
    buy(killed, "a", made)
    made.reserve(3.0)
    account = other.ledger.account()
    assert account.spent == 1.0 and 3.0 <= account.held < 4.0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + STALE + 1)
    assert (other.ledger.account().spent, other.ledger.account().gone) == (1.0, 1.0)
    buy(other, "b", meter(other))
    other.close()
    assert opened().ledger.account().spent == 2.0


def test_what_a_silent_process_held_is_not_trusted(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a silence it asks again: what another process holds by then is not available."""
    silent, other = opened(), opened()
    silent.ledger.hold(5.0, 10.0, "a request", 5.0)
    silent.ledger.hold(5.0, 10.0, "a request", 5.0)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + STALE + 1)
    other.ledger.hold(9.0, 10.0, "a request", 9.0)
    with pytest.raises(UserError, match=r"4.0000 more than .*, 9.0000 USD are set aside"):
        silent.ledger.hold(5.0, 10.0, "a request", 5.0)
    silent.ledger.hold(1.0, 10.0, "a request", 1.0)


def test_working_process_never_becomes_stale(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the same all day: what it holds is not free for others in between."""
    working, other = opened(), opened()
    start = time.time()
    for minutes in range(0, 120, 5):
        monkeypatch.setattr(time, "time", lambda seconds=60 * minutes: start + seconds)
        working.ledger.hold(5.0, 10.0, "a request", 5.0)
        assert other.ledger.account().held == 5.0


def test_tokens_that_nobody_counted_are_estimated(opened: Opener) -> None:
    """None at all, or of one side: a reply costs its length, or the estimate if higher."""
    made = meter(opened())
    made.add(Completion("text" * 40, "stop", "m", 0, 0), estimate=(5, 9))
    assert (made.prompt_tokens, made.completion_tokens) == (5, 40)
    made.add(Completion("text", "stop", "m", 0, 7), estimate=(5, 9))
    assert (made.prompt_tokens, made.completion_tokens) == (10, 47)
    made.add(Completion("text", "stop", "m", 3, 0), estimate=(5, 9))
    assert (made.prompt_tokens, made.completion_tokens) == (13, 56)
    made.add(Completion("", "content_filter", "m", 3, 0), estimate=(5, 9))
    assert (made.prompt_tokens, made.completion_tokens) == (16, 56)


def test_count_outlives_cleared_entries_and_restarts_on_demand(opened: Opener) -> None:
    """Clearing replies forgets no money; a reset does, for this repository's count only."""
    cache = opened()
    buy(cache, "a", meter(cache))
    cache.clear(None, None)
    assert cache.get("a") is None and cache.ledger.account().spent == 1.0
    cache.ledger.reset()
    assert (cache.ledger.account().spent, cache.ledger.spent_by_all()) == (0.0, 1.0)
    buy(cache, "b", meter(cache))
    cache.close()
    again = opened().ledger
    assert (again.account().spent, again.spent_by_all()) == (1.0, 2.0)


def test_repositories_have_budgets_of_their_own(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder counts for itself, a temporary copy of an experiment for its origin."""
    cache = opened()
    buy(cache, "a", meter(cache))
    experiment = tmp_path / ".dvc" / "tmp" / "exps" / "standalone" / "tmp1"
    for place, spent in ((tmp_path / "other", 0.0), (experiment, 1.0)):
        place.mkdir(parents=True)
        monkeypatch.chdir(place)
        assert opened().ledger.account().spent == spent
    assert repository() == str(tmp_path)


def test_batch_holds_its_money_until_it_is_fetched(opened: Opener) -> None:
    """Even when its process has ended; a run that waits for the batch does not count it twice."""
    sender = opened()
    sender.ledger.hold(6.0, 10.0, "a batch", 6.0)
    sender.add_batch("b1", "sms", 6.0)
    sender.close()
    cache = opened()
    assert cache.ledger.account().held == 6.0
    assert cache.ledger.account(cache.batches("sms")).held == 0.0
    with pytest.raises(UserError, match=r"6.0000 USD are set aside"):
        meter(cache).reserve(5.0)
    cache.remove_batch("b1")
    assert cache.ledger.account().gone == 0.0


def test_reply_and_its_cost_are_kept_together(opened: Opener) -> None:
    """A reply that cannot be stored leaves neither; the next one brings its cost along."""
    cache = opened()
    made = meter(cache)
    buy(cache, "a", made)
    database: sqlite3.Connection = cache._database
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON replies BEGIN SELECT raise(ABORT, ''); END"
    )
    with pytest.raises(UserError, match="cannot be used"):
        buy(cache, "b", made)
    assert cache.get("b") is None and cache.ledger.account().spent == 1.0
    database.execute("DROP TRIGGER full")
    buy(cache, "c", made)
    assert cache.ledger.account().spent == 3.0
