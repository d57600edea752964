"""A repository under DVC in a folder, with the committed params, for commands that set tasks up."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.pipeline import ROOT

TEXTS = {
    "good": "I like the {} of this place very much and come back often",
    "bad": "What a waste of money, the {} was cold and nobody said a word",
}
THINGS = (
    "soup", "bread", "coffee", "terrace", "waiter", "music", "garden", "cake", "salad", "wine",
    "fish", "window", "table", "menu", "rice", "kitchen", "service", "dessert", "price", "toilet",
)  # fmt: skip


def write(folder: Path) -> None:
    """The repository: Git, DVC, params.yaml; no card, no stage."""
    for name in ("params.yaml", ".dvc/config", "data/prompts"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target)
        else:
            shutil.copy(ROOT / name, target)
    (folder / "data/tasks").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)


def rows(things: Sequence[str] = THINGS) -> list[tuple[str, str]]:
    """Texts with labels, as many good as bad ones."""
    return [(TEXTS[label].format(thing), label) for thing in things for label in TEXTS]


def csv(lines: Sequence[Sequence[str]], header: str = "text,label") -> str:
    """The lines as CSV, every cell in quotes."""
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    return "\n".join([header, *quoted]) + "\n"


def state(folder: Path) -> dict[str, bytes]:
    """Every file but those of Git and DVC themselves."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", ".dvc"} & set(path.relative_to(folder).parts)
    }
