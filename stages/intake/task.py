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
    unlabelled = _unlabelled(asked, parts)
    said_by = _annotations(asked, parts, votes, labels)
    parts = parts if said_by else _with_keys(parts)
    everything = [*_all(parts), *unlabelled, *ready.values()]
    files: dict[str, Path | pd.DataFrame] = {
        each.table["file"]: each.path if each.derived is None else each.derived
        for each in everything
    }
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
    return Task(
        asked.name,
        text,
        files | {table["file"]: content for table, content in said_by},
        found,
        [*_taken(parts, ties), *_said_of(ready, unlabelled, said_by)],
        list(ready),
        sum(len(each.frame) for each in unlabelled),
    )


def _all(parts: Parts) -> list[Given]:
    return [each for group in parts.values() for each in group]


def _unlabelled(asked: Asked, parts: Parts) -> list[Given]:
    """Files of texts without a label; `UserError` where all of these are labelled texts, too."""
    found = [
        each
        for path in gather.expanded(asked.unlabelled)
        for each in gather.read(path, asked.text, None, asked.encoding, labelled=False)
    ]
    labelled = {text for each in _all(parts) for text in each.texts["text"]} | {""}
    for each in found:
        if each.texts["text"].isin(labelled).all():
            raise UserError(
                f"{each.path}: expected texts without a label, found only such as are labelled in "
                f"{', '.join(str(path) for path in asked.files)}; leave the file out"
            )
    return found


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
    several = [each for each in _all(parts) if each.columns.annotator]
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
    where = ", ".join(str(each.path) for each in _all(parts))
    found = pd.concat([each.texts["label"] for each in _all(parts)])
    columns.check_labels(found, str(_all(parts)[0].columns.label), where)
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
    dropped = {what: rows for what, rows in empty.items() if rows}
    return findings.find(kept, classify, spelt=_spelt(parts), empty=dropped)


def _spelt(parts: Parts) -> dict[str, tuple[str, ...]]:
    """Each label's spellings but its own."""
    frames = [
        pd.DataFrame({"value": each.frame[each.columns.label], "label": each.texts["label"]})
        for each in _all(parts)
    ]
    pairs = pd.concat(frames).drop_duplicates()
    other = pairs[(pairs["value"] != pairs["label"]) & (pairs["label"] != "")]
    return {str(label): tuple(rows["value"]) for label, rows in other.groupby("label", sort=False)}


def _ready(asked: Asked, path: Path, labels: Sequence[str]) -> Given:
    """A file of texts that an LLM wrote; `UserError` unless it has texts of every label."""
    (path,) = gather.expanded([path])
    (each,) = gather.read(path, None, None, asked.encoding, labels=labels)
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
) -> list[tuple[dict[str, Any], Path | pd.DataFrame]]:
    """What the card says of people's labels, with the file or its content; nothing without any."""
    if votes is not None:
        (each,) = parts["train"]
        return [(_votes(VOTES, "item", "annotator", "label", deposit.original(each.path)), votes)]
    if asked.annotations is None:
        return []
    (path,) = gather.expanded([asked.annotations])
    frame, form = gather.table(path, asked.encoding)
    texts = [each for each in _all(parts) if each.columns.key]
    ids = [value for each in texts for value in each.frame[each.columns.key]]
    item, who, said = columns.votes(frame, ids, path)
    names = findings.spellings(frame[said], labels)
    unknown = sorted({names.get(v, v) for v in frame[said].str.strip()} - {*labels, ""})
    if unknown and not asked.without:
        raise UserError(f"{path}: expected the labels {list(labels)}, found {unknown[0]!r}; fix it")
    table = _votes(path.name, item, who, said, deposit.original(path))
    return [(table | form | ({"names": names} if names else {}), path)]


def _votes(
    file: str, item: str, annotator: str, label: str, original: Mapping[str, Any]
) -> dict[str, Any]:
    """What a card says of a file of what several people said."""
    mapped = {"item": item, "annotator": annotator, "label": label}
    return {"file": file, **mapped, "original": dict(original)}


def _with_keys(parts: Parts) -> dict[str, list[Given]]:
    """The files without their ids, unless each id is there once."""
    ids = [v for each in _all(parts) if each.columns.key for v in each.frame[each.columns.key]]
    unique = len(set(ids)) == len(ids) and "" not in ids
    return {
        split: [
            each if unique else replace(each, columns=each.columns._replace(key=None))
            for each in group
        ]
        for split, group in parts.items()
    }


def _entry(each: Given) -> dict[str, Any]:
    return {**each.table, "original": deposit.original(each.path)}


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
