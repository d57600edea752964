"""Copies of the few-shot examples, edited without an LLM: what a new method has to beat.

The source `edited` has them beside the examples themselves.

Reads:  data/real/<task>/pool.parquet
Writes: data/edited/<task>.parquet
Params: edit, grid.tasks
Cost:   a second
"""

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths, seeds
from stages.core.params import Section
from stages.core.records import TEXTS
from stages.corpora import editing
from stages.corpora.editing import Edit


class Editing(Section):
    """How many copies, and how much of a text is edited; a share of 0 switches an edit off."""

    texts_per_label: int = Field(ge=0)  # edited copies
    swapped: float = Field(ge=0, le=1)  # share of a text's words
    deleted: float = Field(ge=0, lt=1)
    replaced: float = Field(ge=0, le=1)
    seed: int


def main() -> None:
    """Edit the few-shot examples of every task."""
    settings, tasks = params.load(Editing, "edit"), params.grid().tasks
    for task in tasks:
        pool = files.read_table(paths.real(task) / "pool.parquet", TEXTS)
        files.write_table(edited(pool, settings), paths.edited(task))
    print(f"{len(tasks)} tasks: {settings.texts_per_label} edited texts per label", flush=True)


def edited(pool: pd.DataFrame, settings: Editing) -> pd.DataFrame:
    """Edited copies of a pool's texts (id, text, label), as many of each label as there can be."""
    rows = []
    for label, own in pool.sort_values("id").groupby("label"):
        texts, ids = list(own["text"]), list(own["id"])
        rng = seeds.choices(settings.seed, "edit", label)
        found = editing.copies(texts, settings.texts_per_label, _edits(settings, texts), rng)
        rows += [
            (f"{ids[place]}/edited-{number:04d}", text, label)
            for number, (place, text) in enumerate(found)
        ]
    return pd.DataFrame(rows, columns=list(TEXTS), dtype="str")


def _edits(settings: Editing, texts: list[str]) -> list[Edit]:
    """The edits that are switched on, for the texts of a label."""
    words = [unit for text in texts for unit in editing.units(text)]
    known: list[tuple[float, Edit]] = [
        (settings.swapped, lambda own, rng: editing.swapped(own, settings.swapped, rng)),
        (settings.deleted, lambda own, rng: editing.deleted(own, settings.deleted, rng)),
        (
            settings.replaced,
            lambda own, rng: editing.replaced(own, settings.replaced, words, rng),
        ),
    ]
    return [edit for share, edit in known if share]


if __name__ == "__main__":
    cli.run(main)
