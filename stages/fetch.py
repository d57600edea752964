"""A task's real texts, divided into train, validation, test and the few-shot example pool.

Reads:  data/tasks/<task>.yaml; data/own/<task>/, or data/sample/, the hub, a folder or URL
Writes: data/real/<task>/: texts by split, labels, opinions and unlabelled texts where the source
        has them, source.json; data/ready/<task>/: texts that an LLM wrote already, by source
Params: fetch, refine.copies
Cost:   a second or two, half a minute with 300,000 short texts; from the hub the download
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import sqrt
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from stages.core import cli, files, near, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import OPINIONS, SPLITS, TEXTS
from stages.corpora import cards, hub, opinions, own, path, sample, splits
from stages.corpora.cards import Card
from stages.corpora.corpus import Corpus, fit

Share = Annotated[float, Field(gt=0, lt=0.5)]
Cap = Annotated[int, Field(ge=2)]
FEW = 100  # test texts, below which their number is worth a word


class Fetch(Section):
    """Where the real texts come from and how they are divided."""

    origin: str  # `sample`, `hub`, or a folder or URL that holds <task>/<split>.parquet|csv|jsonl
    watch: str  # for DVC alone: a file or folder whose change makes it fetch again
    validation_share: Share  # of the source's train split, where it has no validation split
    test_share: Share  # of it, where it has no test split
    pool_share: Share  # of train: the few-shot example pool
    pool_min_per_label: Annotated[int, Field(ge=1)]
    max_per_label: Cap | None  # texts per label kept in each split; null: all
    max_per_label_of: dict[str, Cap]  # the same for single tasks
    longest: Annotated[int, Field(ge=100)] | None  # characters of a text of the user's files
    seed: int


class Rule(Section):
    """What refine drops of synthetic texts, so that real ones are treated alike."""

    copies: float | None = Field(ge=near.LEAST, le=1)


def main(task: cli.Task) -> None:
    """Fetch the real texts of TASK and divide them."""
    settings = params.load(Fetch, "fetch")
    card = cards.load(task)
    _check_tasks(settings.max_per_label_of)
    read = _read(settings, task, card)
    corpus = fit(read, card, task)
    found, shared = splits.separate({s: splits.keyed(t) for s, t in corpus.splits.items()})
    divided, drawn = splits.complete(
        found, settings.validation_share, settings.test_share, settings.seed
    )
    cap = settings.max_per_label_of.get(task, settings.max_per_label)
    divided["test"] = splits.cap(divided["test"], cap, settings.seed)
    threshold = params.pick(Rule, "refine.copies").copies
    distinct, copies = splits.without_copies(divided, threshold)
    tables = {split: splits.cap(table, cap, settings.seed) for split, table in distinct.items()}
    splits.check(tables, card.labels, task)
    tables["pool"] = splits.pool(
        tables["train"], settings.pool_share, settings.pool_min_per_label, settings.seed
    )
    ids = pd.concat([table["id"] for table in read.splits.values()])
    opinions_kept = _opinions(corpus, ids, tables)
    _say_unpinned(corpus.source, task)
    others, known = _unlabelled(corpus, distinct, threshold)
    record = {
        **_described(card),
        **corpus.source,
        "drawn_from": drawn,
        "dropped": {
            **corpus.dropped,
            **({"shared_between_splits": shared} if shared else {}),
            **({"near_copies_of_test": copies} if copies else {}),
            **known,
            **_unknown(corpus, ids),
        },
        "rows": {split: _counts(table) for split, table in tables.items()},
        "opinions": {name: len(table) for name, table in opinions_kept.items()},
        **({"unlabelled": len(others)} if others is not None else {}),
        **({"ready": _ready(corpus, card)} if corpus.ready else {}),
    }
    optional = opinions_kept | ({"unlabelled": others} if others is not None else {})
    _write(task, card.labels, tables, optional, record)
    _write_ready(task, corpus)
    for line in (*corpus.remarks, _summary(record), *_doubts(record)):
        print(f"{task}: {line}", flush=True)


def _read(settings: Fetch, task: str, card: Card) -> Corpus:
    """The texts of the card's `own` files, else of the origin; and its ready ones."""
    folder = paths.own(task)
    if card.own is not None:
        corpus = own.read(card.own, folder, settings.longest)
    elif settings.origin == "sample":
        corpus = sample.read(paths.SAMPLE, task)
    elif settings.origin != "hub":
        corpus = path.read(settings.origin, task)
    elif card.hub is not None:
        corpus = hub.read(card.hub, task)
    else:
        raise UserError(
            f"fetch.origin is hub, but {paths.card(task)} names no hub data set; add `hub` to the "
            "card or set fetch.origin to a folder"
        )
    found = own.ready(card.ready, folder, settings.longest)
    remarks = [remark for one in found.values() for remark in one.remarks]
    return replace(
        corpus,
        ready={name: one.table for name, one in found.items()},
        remarks=[*corpus.remarks, *remarks],
    )


def _unlabelled(
    corpus: Corpus, tables: Mapping[str, pd.DataFrame], threshold: float | None
) -> tuple[pd.DataFrame | None, dict[str, int]]:
    """The texts without a label (id, text) that no split knows, and how many were left out."""
    if corpus.unlabelled is None:
        return None, {}
    kept, lost = splits.unseen(corpus.unlabelled, tables, threshold)
    if kept.empty:
        raise UserError(
            f"expected texts without a label that are in no split, found none among "
            f"{len(corpus.unlabelled)}; take `unlabelled` out of the card or name another file"
        )
    return kept[["id", "text"]], lost


def _ready(corpus: Corpus, card: Card) -> dict[str, dict[str, Any]]:
    """Who wrote each ready source, and how many texts of it were read."""
    return {
        name: {"by": own.by(card.ready[name]), "texts": len(table)}
        for name, table in corpus.ready.items()
    }


def _say_unpinned(source: Mapping[str, str], task: str) -> None:
    """One line where the texts came from a revision of the hub that may move."""
    if "commit" in source and not hub.pinned(source["revision"]):
        print(
            f"{task}: {source['id']} at {source['revision']!r}, which may move, is commit "
            f"{source['commit']} now; to pin it, set hub.revision to that in {paths.card(task)}",
            flush=True,
        )


def _check_tasks(caps: Mapping[str, int]) -> None:
    if unknown := sorted(set(caps) - set(cards.names())):
        raise UserError(
            f"fetch.max_per_label_of: expected tasks with a card {cards.names()}, found {unknown}; "
            "fix params.yaml"
        )


def _opinions(
    corpus: Corpus, read: pd.Series, tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """What annotators said of the kept texts; an error where it is about none that were read."""
    kept = pd.concat([table["id"] for table in tables.values()])
    for name, table in corpus.opinions.items():
        if len(table) and not table["item"].isin(read).any():
            raise UserError(
                f"the {name} beside the texts name {table['item'].iloc[0]!r} and others, which are "
                f"no ids of the texts ({read.iloc[0]!r} is one); fix the ids"
            )
    return {name: opinions.about(table, kept) for name, table in corpus.opinions.items()}


def _unknown(corpus: Corpus, read: pd.Series) -> dict[str, int]:
    """How many rows of what annotators said are about no text that was read."""
    counts = {name: int((~t["item"].isin(read)).sum()) for name, t in corpus.opinions.items()}
    return {f"{name}_of_unknown_texts": rows for name, rows in counts.items() if rows}


def _described(card: Card) -> dict[str, str]:
    return {"title": card.title, "licence": card.licence, "citation": card.citation}


def _counts(table: pd.DataFrame) -> dict[str, int]:
    return {str(label): int(n) for label, n in table["label"].value_counts().items()}


def _summary(record: Mapping[str, Any]) -> str:
    """Texts of each split, which splits were cut from another, and what was dropped."""
    rows = _sizes(record)
    cut = [f"{split} cut from {whole}" for split, whole in record["drawn_from"].items()]
    dropped = [
        f"{sum(rows.values()) if isinstance(rows, dict) else rows} {reason.replace('_', ' ')}"
        for reason, rows in record["dropped"].items()
    ]
    others = [f"{record['unlabelled']} unlabelled"] if "unlabelled" in record else []
    ready = [f"{found['texts']} of {name}" for name, found in record.get("ready", {}).items()]
    parts = [
        f"{', '.join(f'{rows[split]} {split}' for split in SPLITS)}, "
        f"{rows['pool']} of train as few-shot examples",
        ", ".join([*others, *ready]),
        ", ".join(cut),
        f"dropped: {', '.join(dropped)}" if dropped else "",
    ]
    return "; ".join(filter(None, parts))


def _doubts(record: Mapping[str, Any]) -> list[str]:
    """What a reader of the results has to know of the texts."""
    tests, lost = _sizes(record)["test"], record["dropped"]
    said = []
    if leaked := sum(
        rows
        for reason in ("shared_between_splits", "near_copies_of_test")
        for split, rows in lost.get(reason, {}).items()
        if split == "train"
    ):
        said.append(f"{leaked} texts of train were test or validation texts too: left out of train")
    if tests < FEW:
        points = 100 * 1.96 * sqrt(0.25 / tests)  # the widest: half of the answers are right
        said.append(
            f"only {tests} test texts: a score is known to ± {points:.0f} points (95 %); add "
            "labelled texts if you can"
        )
    return said


def _sizes(record: Mapping[str, Any]) -> dict[str, int]:
    return {split: sum(labels.values()) for split, labels in record["rows"].items()}


def _write_ready(task: str, corpus: Corpus) -> None:
    """One table per ready source, and how many texts each has: DVC needs the folder in any case."""
    for earlier in paths.ready(task).glob("*.parquet"):  # of an earlier card
        earlier.unlink()
    for name, table in corpus.ready.items():
        files.write_table(table[list(TEXTS)], paths.ready(task) / f"{name}.parquet")
    counts = {name: len(table) for name, table in corpus.ready.items()}
    files.write_json(counts, paths.ready(task) / "counts.json")


def _write(
    task: str,
    labels: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    optional: Mapping[str, pd.DataFrame],
    record: Mapping[str, Any],
) -> None:
    folder = paths.real(task)
    for split, table in tables.items():
        files.write_table(table[list(TEXTS)].sort_values("id"), folder / f"{split}.parquet")
    for name in (*OPINIONS, "unlabelled"):
        if name in optional:
            files.write_table(optional[name], folder / f"{name}.parquet")
        else:  # of an earlier fetch from another source
            (folder / f"{name}.parquet").unlink(missing_ok=True)
    files.write_lines(({"label": label} for label in labels), paths.labels(task))
    files.write_json(record, folder / "source.json")


if __name__ == "__main__":
    cli.run(main)
