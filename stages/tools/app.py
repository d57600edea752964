"""The console script `synthworth`: every command that is run by hand, under one name.

Its commands are the modules beside; a command's module is imported when it is called, so that the
script starts at once.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from stages.core import cli

NEGATIVE = re.compile(r"-\d[\d.,]*")
COMMANDS = {  # module -> what `synthworth --help` says of it
    "new": "make a task out of your files, or out of labels alone",
    "add": "add files to a task",
    "label": "have an LLM label a task's texts: sets the params, says the cost",
    "write": "have an LLM write texts for a task: the same",
    "draw": "draw texts for people to label",
    "check": "find all that is wrong, at once, before anything runs",
    "list": "show the tasks, their rows, labels, sources and results",
    "remove": "take a task out, with its card and files",
    "why": "say what a number or a text was made from",
    "estimate": "say what `dvc repro` would run now, how long, for how much money",
    "compare": "show what moved between two runs, and what is noise",
    "keep": "keep a run's numbers and pages for README",
    "annotate": "have a panel of LLM annotators label real texts",
    "vote": "have a panel of LLMs compare tasks by objectivity",
    "requests": "show the request cache and what was spent",
}


class Commands(TyperGroup):
    """A group whose commands stand for the modules of their names."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, from its module."""
        name, _, rest = super().resolve_command(ctx, args)
        module = import_module(f"stages.tools.{name}")
        # A negative number would be taken for an option.
        numbers = [f"\N{MINUS SIGN}{arg[1:]}" if NEGATIVE.fullmatch(arg) else arg for arg in rest]
        return name, typer.main.get_command(cli.command(module.main)), numbers


def app() -> typer.Typer:
    """The script as a typer app."""
    made = typer.Typer(
        cls=Commands,
        help="From a file to a decision: is LLM-written training data worth it for your task?\n\n"
        "`dvc repro` runs what these commands set up, and keeps all results.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name, said in COMMANDS.items():
        made.command(name, help=said)(_stub())
    return made


def run() -> None:
    """Run the command that the command line names."""
    cli.call(app())


def _stub() -> Callable[[], None]:
    def stub() -> None: ...

    return stub


if __name__ == "__main__":
    run()
