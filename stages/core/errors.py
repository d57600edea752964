"""The one exception that a user is meant to see."""


class UserError(Exception):
    """Something the user can mend; the message says what was expected, what was found, what to do.

    `stages.core.cli.run` prints it as one line and exits with status 1.
    """
