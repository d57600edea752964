"""Replies parsed, filtered and deduplicated into texts; every drop is counted by its reason.

Reads:  data/replies/<task>/ of all generate.strategies; data/real/<task>/ (pool and test)
Writes: data/synthetic/<task>/<strategy>.parquet, metrics/refine/<task>.json
Params: refine, generate.strategies
Cost:   seconds; nothing is asked of an LLM
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import TEXTS, check_labels
from stages.corpora import cards
from stages.llm import filters, parsing
from stages.llm.replies import Reply, from_line

Gate = Callable[[pd.DataFrame], list[bool]]


class Refine(Section):
    """The quality gates; null switches one off."""

    near_duplicates: float | None = Field(gt=0, le=1)
    words_slack: float | None = Field(ge=0)
    copies: float | None = Field(gt=0, le=1)
    script: bool
    meaning: float | None = Field(default=None, gt=0, le=1)  # cosine of embeddings
    # Opinions about labels: report counts who disagrees, drop also drops the text.
    classifier: Literal["report", "drop"] | None = None  # of one trained on the few-shot pool
    judge: Literal["report", "drop"] | None = None  # of the panel `annotate`; costs money


def main(task: str) -> None:
    settings = params.load(Refine, "refine")
    card = cards.load(task)
    gates = _gates(settings, card, paths.real(task))
    counts = {}
    tables = {}
    for strategy in params.value("generate.strategies"):
        path = paths.replies(task, strategy)
        replies = [from_line(line, str(path)) for line in files.read_lines(path)]
        check_labels({reply["label"] for reply in replies}, card.labels, str(path))
        tables[strategy], counts[strategy] = refine(replies, list(card.labels), gates)
        print(f"{task}, {strategy}: {_summary(counts[strategy])}", flush=True)
        if not all(counts[strategy]["labels"].values()):
            raise UserError(
                f"{task}, {strategy}: expected texts for every label, kept "
                f"{counts[strategy]['labels']}; {_summary(counts[strategy])}; "
                "generate more or loosen the gates in refine"
            )
    for strategy, table in tables.items():
        files.write_table(table, paths.synthetic(task) / f"{strategy}.parquet")
    files.write_json(counts, paths.refined(task))


def refine(
    replies: Sequence[Reply], labels: Sequence[str], gates: dict[str, Gate]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The texts that pass all `gates` in order (id, text, label, reply), and what became of each.

    A text is counted under the first reason that drops it.
    """
    texts, problems, dropped = _parse(replies)
    parsed = len(texts) + dropped.total()
    for reason, gate in gates.items():
        keep = pd.Series(gate(texts), index=texts.index, dtype=bool)
        dropped[reason] += int((~keep).sum())
        texts = texts[keep]
    reasons = [*parsing.TEXT_PROBLEMS, *gates]
    kept = texts["label"].value_counts()
    return texts.reset_index(drop=True), {
        "replies": len(replies),
        "replies_with_problems": {name: problems[name] for name in parsing.PROBLEMS},
        "texts": parsed,
        "dropped": {reason: dropped[reason] for reason in reasons},
        "kept": len(texts),
        "labels": {label: int(kept.get(label, 0)) for label in labels},
    }


def _parse(replies: Sequence[Reply]) -> tuple[pd.DataFrame, Counter[str], Counter[str]]:
    rows = []
    problems: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for reply in replies:
        parsed = parsing.parse(reply["reply"], reply["label"], reply["finish_reason"])
        dropped.update(parsed.dropped)
        if parsed.problem:
            problems[parsed.problem] += 1
        for position, text in enumerate(parsed.texts):
            rows.append((f"{reply['key']}/{position:03d}", text, reply["label"], reply["key"]))
    return pd.DataFrame(rows, columns=[*TEXTS, "reply"], dtype="str"), problems, dropped


def _gates(settings: Refine, card: cards.Card, real: Path) -> dict[str, Gate]:
    """The gates in the order in which they are passed."""
    gates: dict[str, Gate] = {
        "two_labels": lambda frame: filters.one_label(list(frame["text"]), list(frame["label"])),
        "duplicate": lambda frame: filters.first_of_kind(list(frame["text"])),
    }
    slack, near, copies = settings.words_slack, settings.near_duplicates, settings.copies
    if settings.script:
        gates["script"] = lambda frame: filters.latin_script(list(frame["text"]))
    if slack is not None:
        gates["length"] = lambda frame: filters.in_range(list(frame["text"]), card.words, slack)
    if near is not None:
        gates["near_duplicate"] = lambda frame: _within_labels(frame, near)
    if copies is not None:
        for reason, split in (("copy_of_example", "pool"), ("copy_of_test", "test")):
            originals = list(files.read_table(real / f"{split}.parquet", TEXTS)["text"])
            gates[reason] = _copy_gate(originals, copies)
    return gates


def _within_labels(frame: pd.DataFrame, threshold: float) -> list[bool]:
    # Near copies under two labels may differ in the one word that matters: both stay.
    keep = pd.Series(True, index=frame.index)
    for _, texts in frame.groupby("label")["text"]:
        mask = filters.not_near_earlier(list(texts), threshold)
        keep.loc[texts.index] = pd.Series(mask, index=texts.index)
    return list(keep)


def _copy_gate(originals: list[str], threshold: float) -> Gate:
    return lambda frame: filters.no_copies(list(frame["text"]), originals, threshold)


def _summary(counts: dict[str, Any]) -> str:
    drops = ", ".join(f"{reason} {n}" for reason, n in counts["dropped"].items() if n)
    return f"kept {counts['kept']} of {counts['texts']} texts (dropped: {drops or 'none'})"


if __name__ == "__main__":
    cli.run(main)
