"""How a stage module becomes a command: `python -m stages.NAME ARGUMENTS`."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, NoReturn

import typer

from stages.core import durations
from stages.core.errors import (
    InterruptedRunError,
    UserError,
    WaitingError,
    is_disk_full,
    is_refused,
)

WAITING = 75  # EX_TEMPFAIL of sysexits.h: not done, to be repeated later
INTERRUPTED = 130  # as a shell says of a command that SIGINT ended

Task = Annotated[str, typer.Argument(help="the task: the name of a card in data/tasks")]


def command(main: Callable[..., None]) -> typer.Typer:
    """The command whose help is the docstring of `main`, then that of its module from line two."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    _, _, details = (sys.modules[main.__module__].__doc__ or "").partition("\n\n")
    # Click keeps the lines of a paragraph that begins with a backspace; it joins those of others.
    kept = "\n\n".join(f"\b\n{paragraph}" for paragraph in details.split("\n\n"))
    app.command(help=f"{main.__doc__}\n\n{kept}")(_own_interrupt(main))
    return app


def run(main: Callable[..., None]) -> None:
    """Run a stage's `main` on the command line's arguments.

    The parameters of `main` are the arguments. A `UserError`, a full disk and a file that we may
    not use end in one line on standard error and exit status 1, a `WaitingError` in one line and
    status 75, an interrupt in status 130; anything else is a defect of ours and keeps its
    traceback.
    """
    call(command(main))


def call(app: Callable[[], object]) -> None:
    """Call a typer app and end as `run` does."""
    # Hub libraries: no telemetry, and no progress bars of their own beside ours.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except WaitingError as error:
        _stop(str(error), WAITING, "")
    except InterruptedRunError as error:
        _stop(str(error), INTERRUPTED)
    except UserError as error:
        _stop(str(error), 1)
    except OSError as error:
        if is_refused(error):
            _stop(f"{error.filename}: {error.strerror}; allow this user to use it", 1)
        if not is_disk_full(error):
            raise
        _stop(f"the disk is full: {error}; free some space and repeat, nothing was overwritten", 1)


def _own_interrupt(main: Callable[..., None]) -> Callable[..., None]:
    @wraps(main)
    def run_main(*arguments: object, **options: object) -> None:
        try:
            main(*arguments, **options)
            durations.note()
        except KeyboardInterrupt as error:  # which typer would end without a word
            raise InterruptedRunError(
                "interrupted; run again to go on, nothing was half-written"
            ) from error

    return run_main


def _stop(message: str, status: int, kind: str = "error: ") -> NoReturn:
    print(f"{kind}{' '.join(message.split())}", file=sys.stderr)
    sys.exit(status)
