"""Replies parsed, filtered, deduplicated, every drop counted; the texts of each source.

Reads:  data/replies/<task>/ of all strategies; data/real/<task>/ (train, pool, test);
        for refine.judge data/prompts/annotate.yaml
Writes: data/synthetic/<task>/<strategy>.parquet, data/sources/<task>/<source>.parquet,
        metrics/refine/<task>.json
Params: refine, grid, mixtures; for refine.judge annotate and generate
Cost:   seconds; with refine.judge what the endpoint charges, at most the budget
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import cli, files, near, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import TEXTS, check_labels
from stages.corpora import cards, sources
from stages.llm.messages.replies import Reply, from_line
from stages.llm.reading import filters, parsing
from stages.llm.reading.language import Detector, Threshold

Gate = Callable[[pd.DataFrame], list[bool]]


class Check(NamedTuple):
    """Someone's opinion about labels. A text passes `gate` when its label is not disagreed with."""

    who: str
    gate: Gate
    drops: bool  # else the texts that fail it are only counted

    @property
    def reason(self) -> str:
        """The name of its drops."""
        return f"disagrees_with_{self.who}"


class Refine(Section):
    """The quality gates; null switches one off."""

    near_duplicates: float | None = Field(ge=near.LEAST, le=1)
    words_slack: float | None = Field(ge=0)
    copies: float | None = Field(ge=near.LEAST, le=1)
    language: Threshold  # least probability of the card's language
    meaning: float | None = Field(default=None, gt=0, le=1)  # cosine of embeddings
    # Opinions about labels: report counts who disagrees, drop also drops the text.
    classifier: Literal["report", "drop"] | None = None  # of one trained on the few-shot pool
    judge: Literal["report", "drop"] | None = None  # of the panel `annotate`; costs money


def main(task: str) -> None:
    settings = params.load(Refine, "refine")
    card = cards.load(task)
    gates = _gates(settings, card, paths.real(task))
    checks = _checks(settings, card, task)
    counts = {}
    tables = {}
    for strategy in params.grid().strategies:
        path = paths.replies(task, strategy)
        replies = [from_line(line, str(path)) for line in files.read_lines(path)]
        check_labels({reply["label"] for reply in replies}, card.labels, str(path))
        tables[strategy], counts[strategy] = refine(replies, card.phrases, gates, checks)
        print(f"{task}, {strategy}: {_summary(counts[strategy])}", flush=True)
        if not all(counts[strategy]["labels"].values()):
            raise UserError(
                f"{task}, {strategy}: expected texts for every label, kept "
                f"{counts[strategy]['labels']}; {_summary(counts[strategy])}; "
                "generate more or loosen the gates in refine"
            )
    made = _sources(task, tables, tuple(card.labels))
    paths.synthetic(task).mkdir(parents=True, exist_ok=True)  # without strategies it stays empty
    for strategy, table in tables.items():
        files.write_table(table, paths.synthetic(task) / f"{strategy}.parquet")
    for source, table in made.items():
        files.write_table(table, paths.sources(task) / f"{source}.parquet")
    files.write_json(counts, paths.refined(task))


def _sources(
    task: str, synthetic: dict[str, pd.DataFrame], labels: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    """The training texts of every source of the grid."""
    real = {
        "real": files.read_table(paths.real(task) / "train.parquet", TEXTS),
        "real_pool": files.read_table(paths.real(task) / "pool.parquet", TEXTS),
    }
    return sources.assemble(params.grid().sources, real | synthetic, params.mixtures(), labels)


def refine(
    replies: Sequence[Reply],
    phrases: Mapping[str, str],
    gates: dict[str, Gate],
    checks: Sequence[Check] = (),
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The texts that pass all `gates` in order (id, text, label, reply), and what became of each.

    A text is counted under the first reason that drops it. `checks` come last: they cost most.
    `phrases` has all labels, each with how prompts said it.
    """
    texts, problems, dropped = _parse(replies, phrases)
    parsed = len(texts) + dropped.total()
    for reason, gate in gates.items():
        keep = pd.Series(gate(texts), index=texts.index, dtype=bool)
        dropped[reason] += int((~keep).sum())
        texts = texts[keep]
    disagree = {}
    for check in checks:
        keep = pd.Series(check.gate(texts), index=texts.index, dtype=bool)
        disagree[check.who] = {"texts": len(texts), "disagree": int((~keep).sum())}
        if check.drops:
            dropped[check.reason] += int((~keep).sum())
            texts = texts[keep]
    reasons = [*parsing.TEXT_PROBLEMS, *gates, *(check.reason for check in checks if check.drops)]
    kept = texts["label"].value_counts()
    return texts.reset_index(drop=True), {
        "replies": len(replies),
        "replies_with_problems": {name: problems[name] for name in parsing.PROBLEMS},
        "texts": parsed,
        "dropped": {reason: dropped[reason] for reason in reasons},
        "kept": len(texts),
        "labels": {label: int(kept.get(label, 0)) for label in phrases},
        **({"label_checks": disagree} if disagree else {}),
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
    slack, near, copies = settings.words_slack, settings.near_duplicates, settings.copies
    if settings.language is not None:
        detector = Detector(card.language, settings.language)
        gates["language"] = lambda frame: [detector(text) for text in frame["text"]]
    if slack is not None:
        gates["length"] = lambda frame: filters.in_range(list(frame["text"]), card.words, slack)
    if near is not None:
        gates["near_duplicate"] = lambda frame: _within_labels(
            frame, lambda texts: filters.not_near_earlier(texts, near)
        )
    if copies is not None:
        for reason, split in (("copy_of_example", "pool"), ("copy_of_test", "test")):
            originals = list(files.read_table(real / f"{split}.parquet", TEXTS)["text"])
            gates[reason] = _copy_gate(originals, copies)
    if settings.meaning is not None:
        threshold = settings.meaning
        gates["same_meaning"] = lambda frame: _within_labels(
            frame, lambda texts: _different_meaning(texts, threshold)
        )
    return gates


def _within_labels(frame: pd.DataFrame, gate: Callable[[list[str]], list[bool]]) -> list[bool]:
    # Near copies under two labels may differ in the one word that matters: both stay.
    keep = pd.Series(True, index=frame.index)
    for _, texts in frame.groupby("label")["text"]:
        keep.loc[texts.index] = pd.Series(gate(list(texts)), index=texts.index)
    return list(keep)


def _different_meaning(texts: list[str], threshold: float) -> list[bool]:
    from stages.classifiers import meaning

    return meaning.not_near_earlier(meaning.embed(texts), threshold)


def _checks(settings: Refine, card: cards.Card, task: str) -> list[Check]:
    """The opinions that are asked for, the free one first."""
    checks = []
    if settings.classifier:
        pool = files.read_table(paths.real(task) / "pool.parquet", TEXTS)
        gate = _classifier_gate(pool, list(card.labels))
        checks.append(Check("classifier", gate, settings.classifier == "drop"))
    if settings.judge:
        checks.append(Check("judge", _judge_gate(task, card), settings.judge == "drop"))
    return checks


def _classifier_gate(pool: pd.DataFrame, labels: list[str]) -> Gate:
    def gate(frame: pd.DataFrame) -> list[bool]:
        from stages.classifiers import doubt, meaning

        asked, known = frame["label"].to_numpy(object), pool["label"].to_numpy(object)
        vectors, examples = meaning.embed(frame["text"]), meaning.embed(pool["text"])
        return list(~doubt.doubted(vectors, asked, examples, known, labels))

    return gate


def _judge_gate(task: str, card: cards.Card) -> Gate:
    """A text stays unless more than half of the panel's answers name the same other label."""
    from stages.llm.panel.questions import Item, Panel
    from stages.llm.panel.survey import Survey
    from stages.llm.spending.budget import Access
    from stages.llm.writing.prompts import read

    panel = params.load(Panel, "annotate")
    access = params.load(Access, "generate")
    path = paths.prompts("annotate")
    prompt = (read(path), str(path))
    survey = Survey.of("judge", task, panel, access, prompt, paths.DATA / "exchange" / task)

    def gate(frame: pd.DataFrame) -> list[bool]:
        rows = zip(frame["id"], frame["text"], strict=True)
        answers = survey.ask(
            [Item(name, card.labels, text, card.title, card.description) for name, text in rows]
        )
        said = answers.majority()
        print(f"{task}, judge: {answers.summary}", flush=True)
        asked = zip(frame["id"], frame["label"], strict=True)
        return [said.get(name, label) == label for name, label in asked]

    return gate


def _copy_gate(originals: list[str], threshold: float) -> Gate:
    return lambda frame: filters.no_copies(list(frame["text"]), originals, threshold)


def _summary(counts: dict[str, Any]) -> str:
    drops = ", ".join(f"{reason} {n}" for reason, n in counts["dropped"].items() if n)
    said = "".join(
        f"; {who} disagrees with {found['disagree']} of {found['texts']} labels"
        for who, found in counts.get("label_checks", {}).items()
    )
    return f"kept {counts['kept']} of {counts['texts']} texts (dropped: {drops or 'none'}){said}"


if __name__ == "__main__":
    cli.run(main)
