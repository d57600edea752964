"""More files for a task that exists: labelled texts, a vendor's, unlabelled ones, people's labels.

Reads:  the files named; the task's card and files
Writes: the card, data/own/<task>/ and its .dvc file; params.yaml for a new source; or nothing
Cost:   seconds; asks no LLM
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stages.core import cli

if TYPE_CHECKING:
    from stages.intake.more import Part


def main(
    task: cli.Task,
    file: Annotated[str, typer.Argument(help="the file; of --texts also SOURCE=FILE")],
    test: Annotated[bool, typer.Option("--test", help="labelled texts to test on")] = False,
    texts: Annotated[bool, typer.Option("--texts", help="texts that an LLM wrote")] = False,
    by: Annotated[str | None, typer.Option(help="who wrote the --texts, for the pages")] = None,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="real texts without labels")
    ] = False,
    annotations: Annotated[
        bool, typer.Option("--annotations", help="several people's labels of the texts")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="in place of the task's file of the same name")
    ] = False,
    text: Annotated[str | None, typer.Option(help="the column of texts")] = None,
    label: Annotated[str | None, typer.Option(help="the column of labels")] = None,
    encoding: Annotated[str | None, typer.Option(help="of the file, where guessed wrong")] = None,
) -> None:
    """Add a FILE to TASK: labelled texts to train on, unless an option says what else it holds."""
    from stages.core.errors import UserError
    from stages.intake import gather
    from stages.intake.more import More
    from stages.tools import setup

    kinds: dict[Part, bool] = {
        "test": test,
        "ready": texts,
        "unlabelled": unlabelled,
        "annotations": annotations,
    }
    chosen = [part for part, wanted in kinds.items() if wanted]
    if len(chosen) > 1:
        raise UserError(
            "expected one of --test, --texts, --unlabelled, --annotations, found "
            f"{len(chosen)}; add one file after the other"
        )
    part: Part = chosen[0] if chosen else "train"
    source, path = gather.source_of(file) if part == "ready" else ("", Path(file))
    setup.add(task, More(path, part, source, by, text, label, encoding), replace)


if __name__ == "__main__":
    cli.run(main)
