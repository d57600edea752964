"""Origin `sample`: the corpus in data/sample, written for this project (see its README)."""

from pathlib import Path

from stages.core.errors import UserError
from stages.corpora import opinions, tables
from stages.corpora.corpus import Corpus, tidy

NOTE = "written for this project by a language model: shows the machinery, is no evidence"
PANEL = "a panel played by a language model: a proxy for people"


def read(folder: Path, task: str) -> Corpus:
    """The sample texts of `task` from `<folder>/<task>.jsonl`, with the panel's annotations."""
    path = folder / f"{task}.jsonl"
    if not path.exists():
        known = sorted(file.stem for file in folder.glob("*.jsonl"))
        raise UserError(
            f"no sample texts of {task!r}: {folder} has {known}; set fetch.origin to `hub` or to a "
            "folder that has them"
        )
    system, _ = tables.locate(str(folder))
    table = tables.read(system, str(path), str(path))
    texts = tidy(table, task, str(path)).assign(split=table.get("split"))
    splits = {str(split): rows.drop(columns="split") for split, rows in texts.groupby("split")}
    panel = folder / "annotations.csv"
    given = opinions.annotations(tables.read(system, str(panel), str(panel)), str(panel))
    return Corpus(
        splits=splits,
        places=dict.fromkeys(splits, str(path)),
        source={"origin": "sample", "note": NOTE, "annotators": PANEL},
        opinions={"annotations": opinions.about(given, texts["id"])},
    )
