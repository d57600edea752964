"""How far a long piece of work is: a bar on a terminal, a line every half minute elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINE_EVERY = 30.0  # seconds

Show = Callable[[int, str], None]


@contextmanager
def bar(title: str, total: int) -> Iterator[Show]:
    """The block calls what it gets with the units done so far, of `total`, and a note.

    It is shown on standard error.
    """
    with (_bar if sys.stderr.isatty() else _lines)(title, total) as show:
        yield show


def left(done: int, total: int, elapsed: float) -> str:
    """The time that the rest will take if it goes on as in the `elapsed` seconds, in words.

    >>> left(10, 100, 9)
    'about 81 s'
    """
    if not done:
        return "unknown time"
    seconds = elapsed * (total - done) / done
    return f"about {seconds / 60:.0f} min" if seconds > 90 else f"about {max(0, seconds):.0f} s"


@contextmanager
def _lines(title: str, total: int) -> Iterator[Show]:
    started = said = time.monotonic()

    def show(done: int, note: str) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= LINE_EVERY:
            said = now
            rest = left(done, total, now - started)
            print(f"{title}: {note}, {rest} left", file=sys.stderr, flush=True)

    yield show


@contextmanager
def _bar(title: str, total: int) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total, note="")
        yield lambda done, note: progress.update(task, completed=done, note=note)
