"""The same work for many tasks, in as many processes as there are processors."""

import os
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def each(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Call `work`, a module's function or a partial of one, with each item.

    On Linux processes start as copies of this one, with all that it has imported: call this before
    anything that starts threads. BLAS has one thread in each; more would wait for one another.
    Raises what `work` raised for the first item that failed; what others wrote stays.
    """
    items = list(items)
    processes = min(len(items), _processors())
    if processes < 2:
        for item in items:
            work(item)
        return
    with ProcessPoolExecutor(processes, initializer=_start) as pool:
        try:
            for _ in pool.map(work, items):
                pass
        finally:
            pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and says so
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
