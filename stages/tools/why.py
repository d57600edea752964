"""Why a number or a text is what it is: where it is shown, and what it was made from. No stage.

A number is looked for as pages write it, such as 66.5 or -3.4; a key is a file of metrics and a
dotted key, such as metrics/mean_score/probe.json:few_shot; a text is named by its id.

Reads:  dvc.lock, metrics/, plots/pages/; of a text data/, its card and prompt file
Writes: nothing
Cost:   seconds
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from stages.core import cli, paths
from stages.core.errors import UserError
from stages.core.params import PARAMS
from stages.tools import lineage, origin, shown
from stages.tools.lineage import Stage
from stages.tools.shown import Place

MOST = 8  # places of a kind that are shown
COMPUTED = {  # part of metrics/details -> the stage that computed it; summarize collects them
    "scores": "evaluate",
    "texts": "refine",
    "screened": "screen",
    "analysis": "analyze",
    "worth": "worth",
    "explained": "explain",
    "correlations": "explain",
    "combined": "combine",
    "costs": "cost",
    "forecast": "forecast",
}


def main(
    what: Annotated[str, typer.Argument(help="a number, FILE:KEY in metrics, or a text's id")],
) -> None:
    """Say where WHAT is shown, which stage made it, and from which params, files and texts."""
    if number := shown.number(what):
        _of_number(number)
    elif Path(what.partition(":")[0]).is_file():
        _of_key(what)
    else:
        _of_text(what)


def _of_number(number: str) -> None:
    pages, metrics = list(shown.on_pages(number)), list(shown.in_metrics(number))
    details = _likely(list(shown.in_details(number)), pages)
    if not (pages or metrics or details):
        raise UserError(
            f"{number} is in no page of {shown.PAGES} and no file of {paths.METRICS}; write it as "
            "it is shown there, or run `dvc repro`"
        )
    _say("shown in", pages)
    _say("in metrics", metrics)
    _say("numbers that round to it", details)
    places = details[:1] or metrics[:1] or pages[:1]
    _from(places[0].path, places[0].key)


def _of_key(what: str) -> None:
    name, _, key = what.partition(":")
    path = Path(name)
    if path.suffix == ".json":
        print(f"{path}:{key}  {shown.at(path, key)}")
    _from(path, key)


def _of_text(identity: str) -> None:
    row = origin.found(identity)
    if row is None:
        raise UserError(
            f"{identity!r} is no number, no file, and no id of a text in {paths.DATA}; name one, "
            "such as 66.5, metrics/mean_score/probe.json:few_shot or the id in a page's table"
        )
    path = Path(row["file"])
    task = path.parent.name
    print(f"text: {origin.shortened(row['text'])}")
    print(f"label: {row.get('label', 'none')}; in {path}, {task}")
    print(f"trains: {', '.join(origin.users(identity, task)) or 'no source'}")
    if reply := origin.reply_of(row):
        print(f"reply {reply['key']}: by {reply['model']} ({reply['provider']}), for")
        print(f"  label {reply['label']}, round {reply['round']}, index {reply['index']}")
        for name in ("examples", "attributes"):
            if reply[name]:
                print(f"  {name}: {reply[name]}")
        print("\n".join(origin.prompt_of(reply)))
        print(f"reply: {origin.shortened(reply['reply'])}")
    else:
        print(", ".join(f"{key}: {value}" for key, value in origin.of_real(task).items()))
    _from(path, "")


def _likely(details: Sequence[Place], pages: Iterable[Place]) -> list[Place]:
    """Those of a row that a page shows, where there are some: many numbers round to the same."""
    rows = {place.row for place in pages if place.row}
    of_rows = [place for place in details if rows & {place.path.stem, *place.key.split(".")}]
    return of_rows or list(details)


def _say(title: str, places: Sequence[Place]) -> None:
    if places:
        print(f"{title}:")
        for place in places[:MOST]:
            print(f"  {place}")
        if len(places) > MOST:
            print(f"  and {len(places) - MOST} more")


def _from(path: Path, key: str) -> None:
    """The stage that made a file, and what that rests on, as dvc.lock has it."""
    known = lineage.stages()
    stage = lineage.writer(path, known)
    if stage is None:
        print(f"{path} is no output of a stage; `git log -- {path}` says who changed it")
        return
    if path.is_relative_to(paths.DETAILS):
        part = path.relative_to(paths.DETAILS).parts[0].removesuffix(".json")
        print(f"written by {stage.name}, computed by {COMPUTED.get(part, stage.name)}:")
        stage = known.get(COMPUTED.get(part, ""), stage)
    else:
        print(f"written by {stage.name}:")
    named = {path.stem, path.parent.name, *re.split(r"[.\s]", key)}
    tasks = [name.partition("@")[2] for name in known if name.startswith("fetch@")]
    task = next((name for name in tasks if name in named), None)
    _describe(stage, full=True)
    before = lineage.upstream(stage, known, task)
    if before:
        print(f"which rests on ({lineage.LOCK}; values of {PARAMS} when they ran):")
        for each in before:
            _describe(each)


def _describe(stage: Stage, full: bool = False) -> None:
    if full:
        print(f"  command: {stage.command}")
        print(f"  params: {stage.settings()}")
        print(f"  reads: {', '.join(f'{path} ({stage.reads[path]})' for path in stage.data)}")
    else:
        print(f"  {stage.name}: {stage.settings()}")


if __name__ == "__main__":
    cli.run(main)
