"""A task out of a user's files: what they hold, which part each has, and the card that says so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stages.core.errors import UserError
from stages.core.params import parse
from stages.corpora.cards import Card
from stages.intake import card, columns, deposit, findings, gather
from stages.intake.findings import Findings
from stages.intake.gather import MAJORITY, Given

VOTES = "votes.csv"  # what people said, where their file has no ids of texts
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
Parts = Mapping[str, Sequence[Given]]


@dataclass(frozen=True)
class Asked:
    """What `synthworth new` was asked for. `ready`: source, file, who wrote it."""

    name: str
    files: Sequence[Path] = ()
    tests: Sequence[Path] = ()
    ready: Sequence[tuple[str, Path, str | None]] = ()
    unlabelled: Sequence[Path] = ()
    annotations: Path | None = None
    text: str | None = None
    label: str | None = None
    definitions: Mapping[str, str] = field(default_factory=dict)
    without: Sequence[str] = ()
    encoding: str | None = None


@dataclass(frozen=True)
class Task:
    """A task before it is written down.

    `files`: name in the task's folder -> the user's file, or a table that is made of one.
    `said`: lines on what files and columns were taken for; `texts`: source -> rows.
    """

    name: str
    card: str
    files: Mapping[str, Path | pd.DataFrame]
    found: Findings
    said: Sequence[tuple[str, str]]
    ready: Sequence[str]
    unlabelled: int


def read(asked: Asked, classify: Callable[[str], str]) -> Task:
    """The task; `classify` gives a text's language.

    Raises `UserError` for the first thing that is wrong, before anything is written.
    """
    parts, votes, ties = _people(_split(asked))
    parts = gather.spelt(parts, asked.definitions)
    labels = _labels(asked, parts)
    found = _find(asked, parts, labels, classify)
    ready = {name: _ready(asked, path, labels) for name, path, _ in asked.ready}
    given = [given for group in parts.values() for given in group]
    unlabelled = [
        given
        for path in gather.expanded(asked.unlabelled)
        for given in gather.read(path, asked.text, None, asked.encoding, labelled=False)
    ]
    said_by, keyed = _annotations(asked, parts, votes, labels)
    parts = _with_keys(parts, keyed or said_by)
    everything = [*given, *unlabelled, *ready.values()]
    files: dict[str, Path | pd.DataFrame] = {each.path.name: each.path for each in everything}
    derived = [each.derived for each in given if each.derived is not None]
    files |= {MAJORITY: derived[0]} if derived else {}
    files |= {table["file"]: content for table, content in said_by}
    blocks = {
        "own": {split: [_entry(each) for each in group] for split, group in parts.items()}
        | ({"unlabelled": [_entry(each) for each in unlabelled]} if unlabelled else {})
        | ({"annotations": [table for table, _ in said_by]} if said_by else {}),
        "ready": {
            name: [_entry(ready[name]) | ({"by": by} if by else {})] for name, _, by in asked.ready
        },
    }
    text = card.text(
        asked.name,
        {label: asked.definitions.get(label) for label in labels},
        found.language,
        (found.words[0], found.words[2]),
        blocks,
        drop_others=bool(asked.without),
    )
    parse(Card, yaml.safe_load(text), f"the card of {asked.name}")
    said = [*_taken(parts, ties), *_said_of(ready, unlabelled, said_by)]
    count = sum(len(each.frame) for each in unlabelled)
    return Task(asked.name, text, files, found, said, list(ready), count)


def _split(asked: Asked) -> dict[str, list[Given]]:
    """The files of each split, read."""
    paths, tests = gather.expanded(asked.files), gather.expanded(asked.tests)
    others = [path for _, path, _ in asked.ready]
    others += [*asked.unlabelled, *([asked.annotations] if asked.annotations else [])]
    gather.expanded([*paths, *tests, *others])  # that their names differ
    given, to_test = (
        [
            each
            for path in group
            for each in gather.read(path, asked.text, asked.label, asked.encoding)
        ]
        for group in (paths, tests)
    )
    return gather.splits(given, to_test)


def _people(parts: Parts) -> tuple[dict[str, list[Given]], pd.DataFrame | None, int]:
    """The files with one row per text; the people's labels where they had several; the ties."""
    several = [each for group in parts.values() for each in group if each.columns.annotator]
    if not several:
        return {split: list(group) for split, group in parts.items()}, None, 0
    if len(several) > 1 or sum(map(len, parts.values())) > 1:
        raise UserError(
            f"{several[0].path}: expected one file with several people's labels (column "
            f"{several[0].columns.annotator!r}), found several files; give the texts with one "
            "label each, and the people's as --annotations"
        )
    (spelt,) = gather.spelt({"train": several})["train"]
    made, votes, ties = gather.by_majority(spelt)
    return {"train": [made]}, votes, ties


def _labels(asked: Asked, parts: Parts) -> list[str]:
    """The labels of the card: those defined, in this order, then others by frequency."""
    where = ", ".join(str(each.path) for group in parts.values() for each in group)
    found = pd.concat([each.texts["label"] for group in parts.values() for each in group])
    (name,) = {each.columns.label for group in parts.values() for each in group[:1]} or {None}
    columns.check_labels(found, str(name), where)
    counts = found[found != ""].value_counts()
    given = sorted(map(str, counts.index), key=lambda label: (-counts[label], label))
    for option, names in (("--define", asked.definitions), ("--without", asked.without)):
        if unknown := [label for label in names if label not in given]:
            raise UserError(
                f"{option} {unknown[0]}: expected a label of {where}, found {given}; fix it"
            )
    ordered = [*asked.definitions, *(label for label in given if label not in asked.definitions)]
    kept = [label for label in ordered if label not in asked.without]
    if len(kept) < 2:
        raise UserError(f"{where}: expected two or more labels, found {kept}; leave fewer out")
    return kept


def _find(
    asked: Asked, parts: Parts, labels: Sequence[str], classify: Callable[[str], str]
) -> Findings:
    frames = {split: pd.concat([each.texts for each in group]) for split, group in parts.items()}
    whole = pd.concat(frames.values())
    empty = {
        "row without text": int((whole["text"] == "").sum()),
        "row without label": int(((whole["text"] != "") & (whole["label"] == "")).sum()),
        "row with a label left out": int(whole["label"].isin(asked.without).sum()),
    }
    kept = {
        split: frame[(frame["text"] != "") & frame["label"].isin(labels)]
        for split, frame in frames.items()
    }
    where = ", ".join(str(path) for path in (*asked.files, *asked.tests))
    counts = {split: findings.counted(frame) for split, frame in kept.items()}
    findings.check_counts(counts, labels, where)
    spelt: dict[str, tuple[str, ...]] = {}
    for each in (each for group in parts.values() for each in group):
        for value, label in each.names.items():
            if value not in spelt.get(label, ()):
                spelt[label] = (*spelt.get(label, ()), value)
    dropped = {what: rows for what, rows in empty.items() if rows}
    return findings.find(kept, classify, spelt=spelt, empty=dropped)


def _ready(asked: Asked, path: Path, labels: Sequence[str]) -> Given:
    """A file of texts that an LLM wrote; `UserError` unless it has texts of every label."""
    (path,) = gather.expanded([path])
    (each,) = gather.read(path, None, None, asked.encoding)
    (each,) = gather.spelt({"train": [each]}, labels)["train"]
    found = set(each.texts["label"]) - {""}
    if unknown := sorted(found - set(labels)):
        raise UserError(
            f"{path}: expected the labels {list(labels)}, found {unknown[0]!r}; rename it there, "
            "or take such rows out"
        )
    if absent := [label for label in labels if label not in found]:
        raise UserError(
            f"{path}: expected texts of every label, found none of {absent}; get some, or leave "
            "the file out"
        )
    return each


def _annotations(
    asked: Asked, parts: Parts, votes: pd.DataFrame | None, labels: Sequence[str]
) -> tuple[list[tuple[dict[str, Any], Path | pd.DataFrame]], bool]:
    """What the card says of people's labels, with the file; whether the texts need their ids."""
    if votes is not None:
        (each,) = parts["train"]
        return [(_votes(VOTES, "item", "annotator", "label", _original(each.path)), votes)], True
    if asked.annotations is None:
        return [], False
    (path,) = gather.expanded([asked.annotations])
    frame, form = gather.table(path, asked.encoding)
    texts = [each for group in parts.values() for each in group]
    ids = [value for each in texts if each.columns.key for value in each.frame[each.columns.key]]
    item, who, said = columns.votes(frame, ids, path)
    names = findings.spellings(frame[said], labels)
    unknown = sorted({names.get(value, value) for value in frame[said]} - {*labels, ""})
    if unknown:
        raise UserError(f"{path}: expected the labels {list(labels)}, found {unknown[0]!r}; fix it")
    table = _votes(path.name, item, who, said, _original(path))
    return [(table | form | ({"names": names} if names else {}), path)], True


def _votes(
    file: str, item: str, annotator: str, label: str, original: Mapping[str, Any]
) -> dict[str, Any]:
    """What a card says of a file of what several people said."""
    mapped = {"item": item, "annotator": annotator, "label": label}
    return {"file": file, **mapped, "original": dict(original)}


def _with_keys(parts: Parts, needed: object) -> dict[str, list[Given]]:
    """The files without their ids, unless annotations need them or each id is there once."""
    files = [each for group in parts.values() for each in group]
    ids = [value for each in files if each.columns.key for value in each.frame[each.columns.key]]
    if needed or (len(set(ids)) == len(ids) and "" not in ids):
        return {split: list(group) for split, group in parts.items()}
    return {
        split: [replace(each, columns=each.columns._replace(key=None)) for each in group]
        for split, group in parts.items()
    }


def _entry(each: Given) -> dict[str, Any]:
    return {**each.table, "original": _original(each.path)}


def _original(path: Path) -> dict[str, Any]:
    return {"path": str(path), **deposit.digest(path)}


def _taken(parts: Parts, ties: int) -> Iterable[tuple[str, str]]:
    """What each file was taken for."""
    for split, group in parts.items():
        for each in group:
            read_as = [f"text: {each.columns.text}", f"label: {each.columns.label}"]
            read_as += [f"{key}: {SIGNS.get(value, value)}" for key, value in each.form.items()]
            yield split, f"{each.path.name} ({', '.join(read_as)})"
            if each.derived is not None:
                tied = f"; {ties:,} tie{'s go' if ties > 1 else ' goes'} to the more frequent label"
                yield (
                    "people",
                    f"several per text: the majority is the label{tied * bool(ties)}; "
                    f"{MAJORITY} and {VOTES} are made of the file",
                )


def _said_of(
    ready: Mapping[str, Given], unlabelled: Sequence[Given], votes: Sequence[tuple[Any, Any]]
) -> Iterable[tuple[str, str]]:
    for name, each in ready.items():
        counts = each.texts["label"].value_counts()
        yield (
            name,
            f"{each.path.name}: {len(each.frame):,} texts that an LLM wrote, a source "
            + (f"({counts.min():,} to {counts.max():,} per label)"),
        )
    for each in unlabelled:
        yield (
            "unlabelled",
            f"{each.path.name}: {len(each.frame):,} texts (text: {each.columns.text})",
        )
    for table, content in votes:
        if isinstance(content, Path):
            yield (
                "people",
                f"{table['file']} (text's id: {table['item']}, who: {table['annotator']})",
            )
