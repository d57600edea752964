"""A task of your own, out of files as they are: a card, the files under DVC, the params.

Reads:  the files named; params.yaml, data/tasks/
Writes: data/tasks/<task>.yaml, data/own/<task>/ and its .dvc file, params.yaml; or nothing at all
Cost:   seconds; asks no LLM
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stages.core import cli

if TYPE_CHECKING:
    pass

Many = list[str]


def main(
    task: Annotated[str, typer.Argument(help="a name for the task, such as reviews")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="labelled texts: .csv, .tsv, .jsonl, .parquet, .xlsx, or a folder"),
    ] = None,
    test: Annotated[list[Path] | None, typer.Option(help="labelled texts to test on")] = None,
    texts: Annotated[
        Many | None, typer.Option(help="texts that an LLM wrote: FILE or SOURCE=FILE")
    ] = None,
    by: Annotated[Many | None, typer.Option(help="who wrote the --texts, for the pages")] = None,
    unlabelled: Annotated[list[Path] | None, typer.Option(help="real texts without labels")] = None,
    annotations: Annotated[
        Path | None, typer.Option(help="several people's labels of the texts, a row each")
    ] = None,
    text: Annotated[str | None, typer.Option(help="the column of texts")] = None,
    label: Annotated[str | None, typer.Option(help="the column of labels")] = None,
    define: Annotated[
        Many | None, typer.Option(help='a label and what it means: spam="unwanted advertising"')
    ] = None,
    without: Annotated[Many | None, typer.Option(help="a label to leave out")] = None,
    encoding: Annotated[str | None, typer.Option(help="of the files, where guessed wrong")] = None,
) -> None:
    """Make a TASK out of your FILES, or out of labels alone."""
    from stages.intake import task as intake
    from stages.tools import setup

    setup.check_name(task)
    asked = intake.Asked(
        name=task,
        files=files or [],
        tests=test or [],
        ready=setup.ready(texts or [], by or []),
        unlabelled=unlabelled or [],
        annotations=annotations,
        text=text,
        label=label,
        definitions=setup.definitions(define or []),
        without=without or [],
        encoding=encoding,
    )
    if not files:
        setup.label_only(asked)
        return
    setup.install(intake.read(asked, setup.detector()))


if __name__ == "__main__":
    cli.run(main)
