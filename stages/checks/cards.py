"""Task cards: those that the grid needs, and the files of texts that they name."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from stages.checks.documents import Document, fitted, hint
from stages.checks.problems import Problem

CHUNK = 1 << 20  # bytes read at once


def missing(document: Document, tasks: Iterable[str], cards: Iterable[str]) -> Iterator[Problem]:
    """Tasks of the grid without a card; `document` is params.yaml."""
    cards = sorted(cards)
    for task in tasks:
        if task not in cards:
            said = (
                f"grid.tasks: expected a card data/tasks/{task}.yaml, found none; make the task by "
                f"`synthworth new {task} FILE`, or name one of {cards}{hint(task, cards)}"
            )
            yield document.problem(said, "grid", "tasks", task)


def fit(
    cards: Mapping[str, Document], model: type[BaseModel], tasks: Iterable[str]
) -> Iterator[Problem]:
    """Where cards do not fit their class; outside the grid that stops no run."""
    wanted = set(tasks)
    for task, card in cards.items():
        for problem in fitted(card, model):
            yield problem._replace(serious=task in wanted)


def files(card: Document, folder: Path) -> Iterator[Problem]:
    """Files of the user's that the card names and `folder` lacks, or that are others by now."""
    for keys in (("own",), ("ready",)):
        for part, given in card.get(*keys, default={}).items():
            if isinstance(given, dict) and isinstance(given.get("file"), str):
                yield from _file(card, folder / given["file"], given, (*keys, part))


def _file(
    card: Document, path: Path, given: Mapping[str, object], keys: tuple[str, ...]
) -> Iterator[Problem]:
    where = ".".join(keys)
    if not path.exists():
        said = (
            f"{where}: expected the file {path}, found none; get it by `dvc pull`, or give it "
            "again by `synthworth add --replace`"
        )
        yield card.problem(said, *keys, "file")
        return
    if given.get("sha256") and path.is_file() and sha256(path) != given["sha256"]:
        said = (
            f"{where}: {path} is another file than when it was given (another SHA-256); give it "
            "again by `synthworth add --replace`, or get the old one by `dvc checkout`"
        )
        yield card.problem(said, *keys, "file", serious=False)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
