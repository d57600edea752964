"""More of a user's files for a task that exists: what they hold, and the card that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml

from stages.core.errors import UserError
from stages.core.params import parse
from stages.core.records import SPLITS
from stages.corpora import own, userfile
from stages.corpora.cards import Card
from stages.intake import columns, deposit, findings, gather, settings

Part = Literal["train", "test", "validation", "unlabelled", "annotations", "ready"]


@dataclass(frozen=True)
class More:
    """A file to add: as which part, of a ready one its source and who wrote it."""

    path: Path
    part: Part
    source: str = ""
    by: str | None = None
    text: str | None = None
    label: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Added:
    """What the file holds, the card with it, and lines that say so."""

    card: str
    path: Path
    rows: Mapping[str, int]
    said: Sequence[tuple[str, str]]


def read(more: More, task: str, content: str, folder: Path, replace: bool = False) -> Added:
    """The card `content` of a task with one more file, whose files so far lie in `folder`.

    Raises `UserError` for what does not fit the card's labels, and for a file of a name that is
    there already, unless it is to `replace` that one.
    """
    card = parse(Card, {"title": task, **yaml.safe_load(content)}, f"the card of {task}")
    (path,) = gather.expanded([more.path])
    if more.part == "annotations":
        entry, rows = _annotations(more, path, card, folder)
        said = [("people", f"{path.name}: {sum(rows.values()):,} labels by several people")]
    else:
        entry, rows, said = _texts(more, path, card, folder)
    if more.by:
        entry["by"] = more.by
    entry["original"] = deposit.original(path)
    key = ("ready", more.source) if more.part == "ready" else ("own", more.part)
    files = _listed(yaml.safe_load(content), key)
    there = [place for place, file in enumerate(files) if file["file"] == path.name]
    if replace and not there:
        names = [file["file"] for file in files]
        raise UserError(f"{path}: expected a file of the names {names} to replace, found none")
    if there and not replace:
        raise UserError(
            f"{path}: the task has a file of this name; replace it by --replace, or rename yours"
        )
    if there:
        files[there[0]] = entry
    else:
        files.append(entry)
    changed = settings.edited(content, {key: files if len(files) > 1 else entry})
    parse(Card, {"title": task, **yaml.safe_load(changed)}, f"the card of {task}")
    return Added(changed, path, rows, said)


def _texts(
    more: More, path: Path, card: Card, folder: Path
) -> tuple[dict[str, Any], dict[str, int], list[tuple[str, str]]]:
    """A file of texts: its entry, its rows by label, what is told of it."""
    labelled = more.part != "unlabelled"
    (each,) = gather.read(path, more.text, more.label, more.encoding, labelled, card.labels)
    texts = each.texts
    told = f"{path.name}: {len(texts):,} texts (text: {each.columns.text}"
    if labelled:
        (each,) = gather.spelt({"train": [each]}, card.labels)["train"]
        texts = each.texts[each.texts["label"] != ""]
        check_known(texts["label"], card, path)
        told += f", label: {each.columns.label}"
    rows = findings.counted(texts) if labelled else {"": len(texts)}
    said = [(more.source or more.part, f"{told})")]
    if labelled:
        said.append(("labels", ", ".join(f"{name} {count:,}" for name, count in rows.items())))
        if empty := len(each.texts) - len(texts):
            said.append(("empty", f"{empty:,} rows without label left out"))
    if known := _shared(texts, card, folder):
        said.append(("known", f"{known:,} of these texts are among the task's real ones"))
    return each.table, rows, said


def check_known(labels: pd.Series, card: Card, path: Path) -> None:
    """Raise `UserError` for a label that the card lacks, unless it drops such rows."""
    unknown = sorted(set(labels) - set(card.labels))
    if unknown and card.other_labels == "refuse":
        raise UserError(
            f"{path}: expected the labels {list(card.labels)}, found {unknown[0]!r}; fix it, or "
            "add the label to the card"
        )
    if labels.empty or len(unknown) == labels.nunique():
        raise UserError(f"{path}: expected labels of {list(card.labels)}, found none; fill some in")


def _annotations(
    more: More, path: Path, card: Card, folder: Path
) -> tuple[dict[str, Any], dict[str, int]]:
    frame, form = gather.table(path, more.encoding)
    known = _real(card, folder)
    item, who, said = columns.votes(frame, known["id"], path)
    names = findings.spellings(frame[said], card.labels)
    labels = frame[said].str.strip()
    labels = labels.map(lambda value: names.get(value, value))
    check_known(labels[labels != ""], card, path)
    entry = {"file": path.name, "item": item, "annotator": who, "label": said, **form}
    return entry | ({"names": names} if names else {}), findings.counted(
        pd.DataFrame({"label": labels})
    )


def _shared(texts: pd.DataFrame, card: Card, folder: Path) -> int:
    """How many of the texts are among the task's real ones."""
    return int(texts["text"].isin(set(_real(card, folder)["text"])).sum())


def _real(card: Card, folder: Path) -> pd.DataFrame:
    """The task's labelled texts: id, text, label."""
    given = card.own
    files = [file for split in SPLITS for file in getattr(given, split) or ()] if given else []
    if not files:
        return pd.DataFrame(columns=["id", "text", "label"], dtype=str)
    return own.texts(files, folder, None).table


def _listed(content: Mapping[str, Any], key: tuple[str, str]) -> list[dict[str, Any]]:
    """The files that a card names under a key so far."""
    found = (content.get(key[0]) or {}).get(key[1]) or []
    return [dict(file) for file in ([found] if isinstance(found, dict) else found)]


def without_label(card: Card, folder: Path) -> pd.DataFrame:
    """Real texts that nobody has labelled, id and text: files of such, rows that lack a label."""
    given = card.own
    if given is None:
        return pd.DataFrame(columns=["id", "text"], dtype=str)
    found = [own.texts(given.unlabelled, folder, None).table] if given.unlabelled else []
    for file in (file for split in SPLITS for file in getattr(given, split) or ()):
        frame = userfile.read(folder / file.file, file, [file.text, file.label])
        rows = frame[frame[file.label].str.strip() == ""]
        ids = [f"{file.file}:{line}" for line in rows.index]
        found.append(pd.DataFrame({"id": ids, "text": rows[file.text].str.strip()}, dtype=str))
    texts = pd.concat(found, ignore_index=True)
    known = set(_real(card, folder)["text"]) | {""}
    return texts[~texts["text"].isin(known)].drop_duplicates("text", ignore_index=True)
