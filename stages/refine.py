"""The texts in the replies, filtered and deduplicated, with every drop counted.

Reads:  data/replies/<task>/<strategy>.jsonl of the whole grid, data/real/<task>/ (pool, test)
Writes: data/synthetic/<task>/: <strategy>.parquet, counts.json
Params: refine, grid.tasks, grid.sources, grid.sources_of, grid.strategies, mixtures
Cost:   seconds
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from stages.core import cli, files, near, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import TEXTS, check_labels
from stages.corpora import cards, sources
from stages.llm.messages.replies import Reply, from_line
from stages.llm.reading import cleaning, filters, parsing
from stages.llm.reading.language import Detector, Threshold

Gate = Callable[[pd.DataFrame], list[bool]]


class Refine(Section):
    """The filters; null switches one off."""

    near_duplicates: float | None = Field(ge=near.LEAST, le=1)
    words_slack: float | None = Field(ge=0)
    copies: float | None = Field(ge=near.LEAST, le=1)
    language: Threshold  # lowest probability of the card's language


def main() -> None:
    """Parse the replies of every task and strategy, and filter the texts."""
    settings, grid, mixtures = params.load(Refine, "refine"), params.grid(), params.mixtures()
    for task in grid.tasks:
        card = cards.load(task)
        gates = _gates(settings, card, paths.real(task))
        written = sources.written(grid.of(task), mixtures)
        asked = [strategy for strategy in grid.strategies if strategy in written]
        counts = {strategy: _refine(task, strategy, card, gates) for strategy in asked}
        files.write_json({"strategies": counts}, paths.refined(task))
        print(f"{task}: {_summary(counts) or 'no strategies'}", flush=True)


def _refine(
    task: str, strategy: str, card: cards.Card, gates: Mapping[str, Gate]
) -> dict[str, Any]:
    """Write the texts of a strategy; what became of each."""
    path = paths.replies(task, strategy)
    replies = [from_line(line, str(path)) for line in files.read_lines(path)]
    check_labels({reply["label"] for reply in replies}, card.labels, str(path))
    table, counts = refine(replies, card.phrases, gates)
    if not all(counts["labels"].values()):
        raise UserError(
            f"{task}: expected texts for every label, found {counts['labels']}; "
            f"{_summary({strategy: counts})}; generate more or loosen the filters in refine"
        )
    files.write_table(table, paths.synthetic(task) / f"{strategy}.parquet")
    return counts


def refine(
    replies: Sequence[Reply], phrases: Mapping[str, str], gates: Mapping[str, Gate]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The texts that pass all `gates` in order (id, text, label, reply), and what became of each.

    A text is counted under the first reason that drops it. `phrases` has all labels, each with how
    prompts said it.
    """
    texts, problems, dropped = _parse(replies, phrases)
    parsed = len(texts) + dropped.total()
    for reason, gate in gates.items():
        keep = pd.Series(gate(texts), index=texts.index, dtype=bool)
        dropped[reason] += int((~keep).sum())
        texts = texts[keep]
    kept = texts["label"].value_counts()
    return texts.reset_index(drop=True), {
        "replies": len(replies),
        "replies_with_problems": {name: problems[name] for name in parsing.REPLY_PROBLEMS},
        "texts": parsed,
        "dropped": {reason: dropped[reason] for reason in [*cleaning.TEXT_PROBLEMS, *gates]},
        "kept": len(texts),
        "labels": {label: int(kept.get(label, 0)) for label in phrases},
    }


def _parse(
    replies: Sequence[Reply], phrases: Mapping[str, str]
) -> tuple[pd.DataFrame, Counter[str], Counter[str]]:
    rows = []
    problems: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for reply in replies:
        label = reply["label"]
        parsed = parsing.parse(reply["reply"], label, reply["finish_reason"], phrases[label])
        dropped.update(parsed.dropped)
        if parsed.problem:
            problems[parsed.problem] += 1
        for position, text in enumerate(parsed.texts):
            rows.append((f"{reply['key']}/{position:03d}", text, label, reply["key"]))
    return pd.DataFrame(rows, columns=[*TEXTS, "reply"], dtype="str"), problems, dropped


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
