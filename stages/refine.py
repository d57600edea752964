"""The texts that an LLM wrote, filtered and deduplicated, with every drop counted.

Reads:  data/replies/<task>/<strategy>.jsonl of the whole grid, data/ready/<task>/<name>.parquet,
        data/real/<task>/ (pool, test)
Writes: data/synthetic/<task>/: <strategy or name>.parquet, counts.json, dropped.jsonl (the texts
        that were left out, with the reasons)
Params: refine, grid.tasks, grid.sources, grid.sources_of, grid.strategies, mixtures
Cost:   seconds; a minute with 300,000 texts
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import cli, files, near, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import TEXTS, check_labels
from stages.corpora import cards, sources
from stages.llm.messages.replies import from_line
from stages.llm.reading import cleaning, filters, parsing
from stages.llm.reading.language import Detector, Threshold

Gate = Callable[[pd.DataFrame], list[bool]]


class Refine(Section):
    """The filters; null switches one off."""

    near_duplicates: float | None = Field(ge=near.LEAST, le=1)
    words_slack: float | None = Field(ge=0)
    copies: float | None = Field(ge=near.LEAST, le=1)
    language: Threshold  # lowest probability of the card's language


class Written(NamedTuple):
    """The texts of a source as they came: usable ones, and those with the reason why not.

    Both have the columns id, text, label; the first `reply`, where there is one, the second
    `reason`. `counts` is what there is to be known of their replies.
    """

    texts: pd.DataFrame
    unusable: pd.DataFrame
    counts: Mapping[str, Any]


def main() -> None:
    """Parse the replies of every task and strategy, add ready texts, and filter all of them."""
    settings, grid, mixtures = params.load(Refine, "refine"), params.grid(), params.mixtures()
    for task in grid.tasks:
        card = cards.load(task)
        gates = _gates(settings, card, paths.real(task))
        counts, dropped = {}, list[pd.DataFrame]()
        for name in _names(task, card, grid, sources.written(grid.of(task), mixtures)):
            written = _ready(task, name, card) if name in card.ready else _parse(task, name, card)
            texts, left_out = refine(written, gates)
            counts[name] = _counted(written, texts, left_out, gates, card)
            _check(task, name, counts[name])
            files.write_table(texts, paths.synthetic(task) / f"{name}.parquet")
            dropped.append(left_out.assign(source=name))
        files.write_json({"strategies": counts}, paths.refined(task))
        _write_dropped(pd.concat(dropped) if dropped else pd.DataFrame(), task)
        print(f"{task}: {_summary(counts) or 'no written texts'}", flush=True)


def _names(task: str, card: cards.Card, grid: params.Grid, written: Sequence[str]) -> list[str]:
    """The strategies and ready sources of a task that its sources are made of."""
    if both := sorted(set(card.ready) & set(grid.strategies)):
        raise UserError(
            f"{paths.card(task)}: expected ready sources with names of their own, found {both}, "
            "which are in grid.strategies too; rename them in the card"
        )
    if unused := sorted(set(card.ready) - set(written)):
        print(f"{task}: ready texts {unused} are no part of its sources (grid.sources)", flush=True)
    return [name for name in (*grid.strategies, *card.ready) if name in written]


def refine(written: Written, gates: Mapping[str, Gate]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The texts that pass all `gates` in order, and all others (id, text, label, reason).

    A text has the first reason that drops it.
    """
    texts, dropped = written.texts, [written.unusable]
    for reason, gate in gates.items():
        keep = pd.Series(gate(texts), index=texts.index, dtype=bool)
        dropped.append(texts.loc[~keep, list(TEXTS)].assign(reason=reason))
        texts = texts[keep]
    return texts.reset_index(drop=True), pd.concat(dropped, ignore_index=True)


def _counted(
    written: Written,
    texts: pd.DataFrame,
    dropped: pd.DataFrame,
    gates: Mapping[str, Gate],
    card: cards.Card,
) -> dict[str, Any]:
    """What became of each text."""
    kept, lost = texts["label"].value_counts(), dropped["reason"].value_counts()
    return {
        **written.counts,
        "texts": len(written.texts) + len(written.unusable),
        "dropped": {r: int(lost.get(r, 0)) for r in (*cleaning.TEXT_PROBLEMS, *gates)},
        "kept": len(texts),
        "labels": {label: int(kept.get(label, 0)) for label in card.labels},
    }


def _write_dropped(dropped: pd.DataFrame, task: str) -> None:
    rows = dropped.to_dict("records")
    files.write_lines(({str(k): v for k, v in row.items()} for row in rows), paths.dropped(task))
    if len(dropped):
        print(f"{task}: {paths.dropped(task)} has the {len(dropped)} dropped texts", flush=True)


def _check(task: str, name: str, counts: Mapping[str, Any]) -> None:
    if not all(counts["labels"].values()):
        raise UserError(
            f"{task}: expected texts for every label, found {counts['labels']}; "
            f"{_summary({name: counts})}; get more of them or loosen the filters in refine"
        )


def _parse(task: str, strategy: str, card: cards.Card) -> Written:
    """The texts in a strategy's replies."""
    path = paths.replies(task, strategy)
    rows, unusable = [], []
    problems: Counter[str] = Counter()
    replies = [from_line(line, str(path)) for line in files.read_lines(path)]
    check_labels({reply["label"] for reply in replies}, card.labels, str(path))
    for reply in replies:
        label, key = reply["label"], reply["key"]
        parsed = parsing.parse(reply["reply"], label, reply["finish_reason"], card.phrases[label])
        problems.update([parsed.problem] if parsed.problem else [])
        rows += [(f"{key}/{n:03d}", text, label, key) for n, text in enumerate(parsed.texts)]
        unusable += [(key, text, label, reason) for reason, text in parsed.unusable]
    return Written(
        pd.DataFrame(rows, columns=[*TEXTS, "reply"], dtype="str"),
        pd.DataFrame(unusable, columns=[*TEXTS, "reason"], dtype="str"),
        {
            "replies": len(replies),
            "replies_with_problems": {name: problems[name] for name in parsing.REPLY_PROBLEMS},
        },
    )


def _ready(task: str, name: str, card: cards.Card) -> Written:
    """Texts that an LLM wrote already, cleaned like those of a reply."""
    table = files.read_table(paths.ready(task) / f"{name}.parquet", TEXTS)
    table = table.assign(
        id=f"{task}/{name}/" + table["id"], text=[cleaning.clean(text) for text in table["text"]]
    )
    labelled = zip(table["text"], table["label"], strict=True)
    reasons = [cleaning.problem(text, label, card.phrases[label]) for text, label in labelled]
    usable = pd.Series([reason is None for reason in reasons], table.index, dtype=bool)
    unusable = table.assign(reason=pd.Series(reasons, table.index, dtype="str"))[~usable]
    return Written(table[usable], unusable, {})


def _gates(settings: Refine, card: cards.Card, real: Path) -> dict[str, Gate]:
    """The gates in the order in which they are passed."""
    gates: dict[str, Gate] = {
        "two_labels": lambda frame: filters.one_label(list(frame["text"]), list(frame["label"])),
        "duplicate": lambda frame: filters.first_of_kind(list(frame["text"])),
    }
    slack, alike, copies = settings.words_slack, settings.near_duplicates, settings.copies
    if settings.language is not None:
        detector = Detector(card.language, settings.language)
        gates["language"] = lambda frame: [detector(text) for text in frame["text"]]
    words = card.words
    if slack is not None and words is not None:
        gates["length"] = lambda frame: filters.in_range(list(frame["text"]), words, slack)
    if alike is not None:
        gates["near_duplicate"] = lambda frame: filters.within_labels(
            list(frame["text"]),
            list(frame["label"]),
            lambda texts: filters.not_near_earlier(texts, alike),
        )
    if copies is not None:
        for reason, split in (("copy_of_example", "pool"), ("copy_of_test", "test")):
            originals = list(files.read_table(real / f"{split}.parquet", TEXTS)["text"])
            gates[reason] = _copy_gate(originals, copies)
    return gates


def _copy_gate(originals: list[str], threshold: float) -> Gate:
    return lambda frame: filters.no_copies(list(frame["text"]), originals, threshold)


def _summary(counts: Mapping[str, Mapping[str, Any]]) -> str:
    """Kept texts of each strategy, with how many went for which reason."""
    parts = []
    for strategy, found in counts.items():
        drops = ", ".join(f"{reason} {n}" for reason, n in found["dropped"].items() if n)
        why = f" (dropped: {drops})" if drops else ""
        parts.append(f"{strategy} kept {found['kept']} of {found['texts']} texts{why}")
    return "; ".join(parts)


if __name__ == "__main__":
    cli.run(main)
