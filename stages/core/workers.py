"""The same work for many items, in as many processes as there are processors."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from stages.core import progress

T = TypeVar("T")
R = TypeVar("R")

_work: Callable[[Any], Any]  # of a worker process: what it does with each item


def each(work: Callable[[T], None], items: Iterable[T], title: str = "") -> None:
    """Call `work` with each item, as `results` does."""
    for _ in results(work, items, title):
        pass


def results(work: Callable[[T], R], items: Iterable[T], title: str = "") -> Iterator[R]:
    """What `work`, a module's function or a partial or method of one, makes of each item, in order.

    On Linux processes start as copies of this one, with all that it has imported and with all that
    `work` holds: call this before anything that starts threads. BLAS has one thread in each; more
    would wait for one another. Raises what `work` raised for the first item that failed; what
    others wrote stays. With a `title` a bar shows how many are done.
    """
    items = list(items)
    processes = min(len(items), _processors())
    if processes < 2:
        yield from _shown(map(work, items), len(items), title)
        return
    with ProcessPoolExecutor(processes, initializer=_start, initargs=(work,)) as pool:
        try:
            found = pool.map(_do, items)  # all processes start here: a bar has a thread
            yield from _shown(found, len(items), title)
        finally:
            pool.shutdown(cancel_futures=True)


def _shown(found: Iterable[R], total: int, title: str) -> Iterator[R]:
    """The results as they come, with a bar where there is a title and more than one."""
    if not title or total < 2:
        yield from found
        return
    with progress.bar(title, total) as show:
        for number, result in enumerate(found, start=1):
            show(number, f"{number} of {total}")
            yield result


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


def _start(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and says so
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def _do(item: Any) -> Any:
    return _work(item)
