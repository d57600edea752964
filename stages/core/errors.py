"""The exceptions that a user is meant to see, and what lies behind others."""

import errno
from collections.abc import Iterator


class UserError(Exception):
    """Something the user can fix; the message says what was expected, what was found, what to do.

    `stages.core.cli.run` prints it as one line and exits with status 1.
    """


class WaitingError(UserError):
    """No failure: the run goes on once the user has done what the message says.

    The exit status is 75 (EX_TEMPFAIL), so that DVC does not take the stage for done.
    """


class InterruptedRunError(UserError):
    """The user ended the run, and may run it again to go on; the exit status is 130."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from, and so on to the first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def is_refused(error: BaseException) -> bool:
    """Whether the system does not let us read or write a file, which the error names."""
    refusals = (errno.EACCES, errno.EPERM, errno.EROFS)
    return isinstance(error, OSError) and error.errno in refusals and bool(error.filename)


def is_disk_full(error: BaseException) -> bool:
    """Whether the system refused to write for want of room, or of a quota."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
