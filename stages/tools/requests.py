"""The request cache: what is in it and what was spent; entries cleared, a damaged file repaired.

Reads:  replies.sqlite in SYNTHWORTH_CACHE, or in the user's cache folder
Writes: the same
Cost:   none
"""

import time
from contextlib import closing
from typing import Annotated

import typer

from stages.core import cli
from stages.core.errors import UserError
from stages.llm.spending import ledger
from stages.llm.spending.cache import Cache, folder
from stages.llm.spending.repair import repair as repair_file


def main(
    clear_task: Annotated[str | None, typer.Option(help="delete this task's entries")] = None,
    clear_older_than: Annotated[
        float | None, typer.Option(min=0, help="delete entries older than this many days")
    ] = None,
    reset_spent: Annotated[
        bool, typer.Option("--reset-spent", help="restart the count of what is spent from here")
    ] = False,
    forget_batches: Annotated[
        bool, typer.Option("--forget-batches", help="never fetch the batches that were sent")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="rebuild a damaged file from its readable rows")
    ] = False,
) -> None:
    """Show the request cache by task and what was spent; with options, clear or repair it first."""
    if repair:
        print(repair_file(folder() / "replies.sqlite"))
    with closing(Cache(folder())) as cache:
        if reset_spent:
            cache.ledger.reset()
        if forget_batches:
            for identity in cache.all_batches():
                cache.remove_batch(identity)
        if clear_task is not None or clear_older_than is not None:
            _clear(cache, clear_task, clear_older_than)
        _show(cache)


def _clear(cache: Cache, task: str | None, older_than: float | None) -> None:
    if task is not None and not cache.has_task(task):
        raise UserError(f"no entries of the task {task!r}: expected one of {sorted(cache.sizes())}")
    print(f"deleted {cache.clear(task, older_than)} entries")


def _show(cache: Cache) -> None:
    for task, (number, size) in cache.sizes().items():
        print(f"{task}: {number} replies, {size / 1e6:.1f} MB")
    print(f"{cache.path}: {cache.path.stat().st_size / 1e6:.1f} MB")
    for identity in cache.all_batches():
        print(f"batch {identity}: sent, not fetched yet")
    account = cache.ledger.account()
    since = time.strftime(" since %Y-%m-%d", time.localtime(account.since)) if account.since else ""
    print(
        f"spent from {ledger.repository()}{since}: {account.spent:.4f} USD; from all folders, "
        f"before any restart of the count too: {cache.ledger.spent_by_all():.4f} USD"
    )


if __name__ == "__main__":
    cli.run(main)
