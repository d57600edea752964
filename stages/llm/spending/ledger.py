"""What a repository has paid for: all tasks, strategies and stages, all processes at once.

A table in the request cache's file. Each process has an account, with what it has spent and what
it holds for requests on their way; so has each batch until it is fetched, and the repository, for
what ended processes have spent. The sum of all that is spent and held stays within the budget.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from uuid import uuid4

from stages.core.errors import UserError

SHARE = 0.05  # of what is left may be set aside ahead of its need
RESTART = "synthworth requests --reset-spent"
STALE = 900.0  # seconds of silence after which a process counts as killed and holds nothing
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    holder TEXT PRIMARY KEY, project TEXT NOT NULL, since REAL NOT NULL,
    spent REAL NOT NULL, held REAL NOT NULL, until REAL NOT NULL
) WITHOUT ROWID
"""
SPEND = """
INSERT INTO accounts VALUES (:holder, :project, :now, :usd, 0, :until)
ON CONFLICT (holder) DO UPDATE SET
    spent = spent + :usd, held = max(0, held - :usd), until = :until
"""
HOLD = """
INSERT INTO accounts VALUES (:holder, :project, :now, 0, :usd, :until)
ON CONFLICT (holder) DO UPDATE SET held = :usd, until = :until
"""
SUM = """
SELECT coalesce(sum(spent), 0), min(since),
       coalesce(sum(held) FILTER (WHERE until >= :now AND holder != :holder), 0)
FROM accounts WHERE project = :project
"""
ENDED = "project = :project AND (holder = :holder OR until < :now AND holder != :project)"
MERGE = f"""
INSERT INTO accounts
SELECT :project, :project, min(since), sum(spent), 0, 0 FROM accounts WHERE {ENDED}
ON CONFLICT (holder) DO UPDATE SET spent = spent + excluded.spent
"""  # noqa: S608
REMOVE = f"DELETE FROM accounts WHERE {ENDED}"  # noqa: S608
PAST = """
INSERT INTO accounts
SELECT :past, '', min(since), sum(spent), 0, 0 FROM accounts WHERE project = :project
GROUP BY project
"""
RESET = "UPDATE accounts SET spent = 0, since = :now WHERE project = :project"


@dataclass(frozen=True)
class Account:
    """US dollars that the repository spent since a time, and those held by other processes."""

    spent: float
    since: float | None = None  # seconds of the epoch; None where nothing was spent
    held: float = 0.0

    @property
    def gone(self) -> float:
        """What of a budget is no longer there."""
        return self.spent + self.held

    def refusal(self, budget: float, what: str, usd: float, above: float) -> UserError:
        """Why `what` is not asked for: it would cost `usd`, which is `above` the budget."""
        held = f", {self.held:.4f} USD are set aside for requests on their way" * (self.held > 0)
        return UserError(
            f"{what} would cost about {usd:.4f} USD, {above:.4f} more than is left of "
            f"generate.budget_usd = {budget}: {self.spent:.4f} USD were spent here on all tasks "
            f"and strategies{held}; what was paid for is kept; raise the budget, request less, or "
            f"restart the count with `{RESTART}`"
        )


def repository() -> str:
    """Who pays: the folder we are in; for one of DVC's experiments the folder that it is of."""
    return str(Path.cwd()).partition("/.dvc/tmp/")[0]


class Ledger:
    """The account of this process among those of its repository.

    `database` is the request cache's; `errors` turns its errors into those for users.
    """

    def __init__(
        self, database: sqlite3.Connection, errors: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._database, self._errors = database, errors
        self._names = {"project": repository(), "holder": f"process {uuid4()}"}
        self._held = self._owed = 0.0
        self._known = False  # whether there is an account
        self._sure_until = 0.0  # until then no other process may take what is held

    def owe(self, usd: float) -> None:
        """Count what was spent; the next `paying` writes it down."""
        self._owed += usd

    @contextmanager
    def paying(self) -> Iterator[None]:
        """One transaction for what is owed and for what is written in the block."""
        if not self._owed:
            yield
            return
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute(SPEND, self._values(self._owed))
        self._held = max(0.0, self._held - self._owed)
        self._owed, self._known = 0.0, True

    def hold(self, usd: float, budget: float, what: str, cost: float, ahead: int = 0) -> None:
        """Have `usd` set aside for all that is on its way and for `what` comes next, at its `cost`.

        Where that takes a transaction, money for `ahead` more of the kind is set aside with it.
        Raises `UserError` where what all spent and others hold leaves less of the budget. After a
        while it looks again: others may use what a silent process holds.
        """
        if self._owed:  # for what brought no reply
            with self._errors(), self.paying():
                pass
        now = time.time()
        if usd <= self._held and now < self._sure_until:
            return
        with self._errors(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            account = self.account()
            room = budget - account.gone
            if usd > room:
                raise account.refusal(budget, what, cost, usd - room)
            held = usd + min(ahead * cost, (room - usd) * SHARE)
            self._database.execute(HOLD, self._values(held))
        self._held, self._known = held, True
        self._sure_until = now + STALE / 2

    def account(self, batches: Iterable[str] = ()) -> Account:
        """What the repository spent and others hold; what is held for `batches` is left out."""
        with self._errors():
            spent, since, held = self._database.execute(SUM, self._values()).fetchone()
            for batch in batches:
                for (own,) in self._database.execute(
                    "SELECT held FROM accounts WHERE holder = ?", (_batch(batch),)
                ):
                    held -= own
        return Account(spent, since, held)

    def spent_by_all(self) -> float:
        """US dollars that all repositories spent."""
        with self._errors():
            row = self._database.execute("SELECT coalesce(sum(spent), 0) FROM accounts").fetchone()
        return float(row[0])

    def reset(self) -> None:
        """Count only what the repository spends from now on."""
        with self._errors(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(PAST, {**self._names, "past": f"past {uuid4()}"})
            self._database.execute(RESET, self._values())

    def hand_over(self, batch: str, usd: float) -> None:
        """A batch was sent: what this process holds for it is held until the batch is settled."""
        values = self._values(usd) | {"holder": _batch(batch), "until": inf}
        self._database.execute(HOLD, values)
        self._held = max(0.0, self._held - usd)
        self._database.execute(HOLD, self._values(self._held))
        self._known = True

    def rename(self, batch: str, new: str) -> None:
        """A batch has got another id."""
        self._database.execute(
            "UPDATE accounts SET holder = ? WHERE holder = ?", (_batch(new), _batch(batch))
        )

    def settle(self, batch: str) -> None:
        """A batch was fetched, and what it cost is written down."""
        self._database.execute("DELETE FROM accounts WHERE holder = ?", (_batch(batch),))

    def close(self) -> None:
        """Leave what was spent to the repository's account, with that of killed processes."""
        with suppress(sqlite3.Error):
            with self.paying():
                pass
            if self._known:
                with self._database:
                    self._database.execute("BEGIN IMMEDIATE")
                    self._database.execute(MERGE, self._values())
                    self._database.execute(REMOVE, self._values())

    def _values(self, usd: float = 0.0) -> dict[str, Any]:
        now = time.time()
        return {**self._names, "usd": usd, "now": now, "until": now + STALE}


def _batch(identity: str) -> str:
    return f"batch {identity}"
