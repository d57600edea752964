"""Task cards: those that the grid needs, and the files of texts that they name."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from stages.checks.documents import Document, choice, fitted
from stages.checks.problems import Problem
from stages.core import checksums


def missing(document: Document, tasks: Iterable[str], cards: Iterable[str]) -> Iterator[Problem]:
    """Tasks of the grid that have none of the `cards`; `document` is params.yaml."""
    cards = sorted(cards)
    for task in tasks:
        if task not in cards:
            said = (
                f"grid.tasks: expected a card data/tasks/{task}.yaml, found none; make it by "
                f"`synthworth new {task} FILE`, or name one that has a card; {choice(task, cards)}"
            )
            yield document.problem(said, "grid", "tasks", task)


def fit(cards: Mapping[str, Document], model: type[BaseModel]) -> Iterator[Problem]:
    """Where cards do not fit their class."""
    for card in cards.values():
        yield from fitted(card, model)


def files(card: Document, folder: Path) -> Iterator[Problem]:
    """Files of the user's that the card names and `folder` lacks, or that are others by now."""
    for section in ("own", "ready"):
        for part, given in card.get(section, default={}).items():
            for place, table in enumerate(given if isinstance(given, list) else [given]):
                keys = (section, part, place) if isinstance(given, list) else (section, part)
                if isinstance(table, dict) and isinstance(table.get("file"), str):
                    yield from _file(card, folder / table["file"], table, keys)


def _file(
    card: Document, path: Path, given: Mapping[str, object], keys: tuple[str | int, ...]
) -> Iterator[Problem]:
    where = ".".join(map(str, keys))
    if not path.exists():
        said = (
            f"{where}: expected the file {path}, found none; get it by `dvc pull`, or give it "
            "again by `synthworth add --replace`"
        )
        yield card.problem(said, *keys, "file")
        return
    original = given.get("original")
    if not isinstance(original, dict) or not isinstance(original.get("path"), str):
        return
    source = Path(original["path"]).expanduser()
    if path.name == source.name and _changed(path, original):
        said = (
            f"{where}: {path} is another file than when it was given; give it again by `synthworth "
            "add --replace`, or get the old one by `dvc checkout`"
        )
        yield card.problem(said, *keys, "file", serious=False)
    if source.exists() and _changed(source, original):
        said = (
            f"{where}: {source} has changed since it was given; give it again by `synthworth add "
            f"{card.path.stem} {source} --replace`, if that is to count"
        )
        yield card.problem(said, *keys, "original", serious=False)


def _changed(path: Path, known: Mapping[str, object]) -> bool:
    """Whether a file is not the one of which the card has size and SHA-256."""
    other = checksums.size(path) != known.get("bytes")
    return other or checksums.sha256(path) != known.get("sha256")
