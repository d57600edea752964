"""The tables on subjectivity and agreement, as rows of words and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from stages.rendering import style
from stages.rendering.table import Cell, Column, Row, Table

KINDS = {
    "annotations": "named annotators",
    "votes": "votes without names",
    "brackets": "brackets only",
    "none": "none",
}


UNKNOWN_TEXTS = "annotations of texts that the task does not have (left out)"
SET_ASIDE = {  # words -> facts of `instance.opinions`
    "items with a single annotator (left out)": ("single_annotator_items",),
    "items with several labels by one annotator (in a, not in alpha)": ("items_labelled_twice",),
    "annotations given twice (count once)": ("repeated_annotations",),
    UNKNOWN_TEXTS: ("unknown_annotations", "unknown_items"),
}
UNKNOWN = {f"{name}_of_unknown_texts" for name in ("annotations", "counts", "agreement")}
AGREEMENT_NOTES = (
    "a: share of an item's annotators who chose its most frequent label. Intervals over resampled "
    "items. Of brackets, mean a is given by its bounds and a text's agreement taken as the lower "
    "one.",
    "Slopes: accuracy per unit of agreement, over the thresholds as in Li et al. (2023) and over "
    "single texts, the latter with a permutation p-value; less real's, over single texts, with a "
    "bootstrap p-value. Within labels: only texts of one label are compared, since a label that is "
    "disputed and seldom predicted makes agreed texts look easier. Neither tells hard texts from "
    "uncertain labels: where the label is the majority of the same annotators, accuracy falls at "
    "low agreement even for a classifier to which all texts are equally hard.",
)


NAMED = 4  # tasks without a line that a figure names
NO_INTERVAL = "no interval, since voters drawn anew cannot differ (all voted alike, or one voted)"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of words under plain column heads."""
    heads = tuple(Column("", name) for name in columns)
    return Table(title, heads, tuple(Row(tuple(Cell(word) for word in row)) for row in rows), ())


def number(found: Mapping[str, float] | None, digits: int = 2, factor: float = 1.0) -> str:
    """A value with its interval, `0.12 [0.03, 0.20]`; `-` where there is none.

    >>> number({"value": 0.123, "low": 0.03, "high": 0.2})
    '0.12 [0.03, 0.20]'
    """
    if not found or not {"value", "low"} & set(found):
        return "-"
    ends = [factor * found[end] for end in ("low", "high") if end in found]
    interval = f"[{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]" if len(ends) == 2 else ""
    value = f"{factor * found['value']:.{digits}f}" if "value" in found else ""
    return f"{value} {interval}".strip().replace("-", "−")


def tested(found: Mapping[str, float] | None) -> str:
    """A value with its interval and p-value."""
    return f"{number(found)}, p {found['p']:.3f}" if found else "-"


def ranking(rows: pd.DataFrame) -> Table:
    """Tasks by subjectivity: task, rank, stars, subjectivity, low, high, wins, comparisons."""
    lines = [
        (
            row["task"],
            str(row["rank"]),
            "★" * int(row["stars"]),
            number({"value": row["subjectivity"], **_ends(row)}),
            f"{row['wins']:g} of {row['comparisons']}",
        )
        for row in rows.to_dict("records")
    ]
    heads = ("task", "rank", "stars", "subjectivity", "votes as the more objective")
    return table("Tasks, most objective first", heads, lines)


def _ends(row: Mapping[Any, Any]) -> dict[str, float]:
    return {end: row[end] for end in ("low", "high") if end in row}


def cast(votes: Mapping[str, Any]) -> str:
    """How many votes, and who cast them: `ranking.summary` with `from`."""
    return f"{votes['votes']:,} votes by {votes['voters']} voters: {votes['from']}"


def voters(votes: Mapping[str, Any]) -> str:
    """How the voters agree with each other and with themselves: `ranking.summary`."""
    parts = [f"{votes['circular_triples']} of {votes['triples']} triples of tasks run in a circle"]
    if "agreement" in votes:
        share, kendall = votes["agreement"], votes["kendall_u"]
        parts.append(f"two voters agree on {100 * share:.0f} % of the pairs (u = {kendall:.2f})")
    if votes["ties"]:
        parts.append(f"ties, half a vote for each side: {votes['ties']}")
    if votes["contradictions"]:
        parts.append(
            "pairs that one voter decided in different ways (all his votes count): "
            f"{votes['contradictions']}"
        )
    return f"Votes: {'; '.join(parts)}."


def vote_limits(votes: Mapping[str, Any], interval: bool) -> list[str]:
    """What the votes' own notes say, and what intervals of subjectivity take for granted."""
    noted = [f"Note on the votes: {votes['note'].rstrip('.')}."] if votes["note"] else []
    if not interval:
        return [*noted, f"Subjectivity: {NO_INTERVAL}."]
    return [
        *noted,
        "Intervals of subjectivity: voters drawn anew, as if each had voted on his own; where they "
        "have not, the intervals are too narrow and the agreement says little.",
    ]


def unbeaten(rows: pd.DataFrame) -> list[str]:
    """A note where tasks won or lost every vote, since the votes then set no bound."""
    sure = rows[(rows["wins"] == 0) | (rows["wins"] == rows["comparisons"])]["task"]
    if sure.empty:
        return []
    names = ", ".join(sure)
    return [f"All votes on {names} went one way: how far they lie apart rests on the prior votes."]


def correlations(rows: pd.DataFrame, what: str = "Subjectivity") -> Table:
    """Every correlation of `what` with the gap: model, source, metric, scale, block."""
    lines: list[tuple[str, ...]] = []
    for row in rows.to_dict("records"):
        block = row["block"]
        head = (row["model"], style.title(row["source"]), row["metric"], row["scale"])
        if "withheld" in block:
            lines.append((*head, f"withheld: {block['withheld']}", *[""] * 5))
            continue
        left = block["leave_one_out"]
        factor = 100 if row["scale"] == "absolute" else 1
        errors = [number(left[name], factor=factor) for name in ("mae", "mean_mae")]
        lines.append(
            (
                *head,
                number(block["spearman"]),
                f"{block['spearman']['p']:.3f}",
                number(block["kendall"]),
                f"{block['kendall']['p']:.3f}",
                " against ".join(errors),
                f"{left['skill']:.2f}",
            )
        )
    heads = (
        "model",
        "source",
        "score",
        "gap",
        "Spearman's rho",
        "p",
        "Kendall's tau",
        "p",
        "error on a task left out, against the mean's",
        "skill",
    )
    return table(f"{what} and the gap", heads, lines)


def correlation_note(tried: int) -> str:
    """What the correlations are, and how many were tried."""
    return (
        "Gap: score of a source less that of real, in points (absolute) or as a share of real's "
        "score (relative). Of subjectivity, a correlation below 0 means that more is lost on more "
        "subjective tasks; of the source's remote-clique score or mean top-5 cosine less real's, "
        "one above 0 that more is lost where its texts are less diverse, or less close to real "
        f"test texts. {tried} correlations were tried, none corrected for their number. Skill: "
        "share of squared error that subjectivity, or the difference, saves on a task left out; "
        "below 0 the plain mean of the other tasks does better. Intervals and p-values take "
        "subjectivity and the gaps as known: they hold the choice of tasks, not the noise of the "
        "votes, of the training or of the test texts."
    )


def known(facts: Mapping[str, Any]) -> str:
    """What is known of a task's annotators: facts of `instance.opinions`."""
    return "LLM panel: a proxy for people" if "by" in facts else KINDS[facts["kind"]]


def set_aside(
    found: Mapping[str, Mapping[str, Any]], dropped: Mapping[str, Mapping[str, int]]
) -> list[str]:
    """Annotations that do not count, or not like the others, by task.

    Args:
        found: facts of `instance.opinions`.
        dropped: of each task's source.json.
    """
    notes = []
    for task, facts in found.items():
        before = sum(n for reason, n in dropped.get(task, {}).items() if reason in UNKNOWN)
        counts = {what: sum(facts.get(key, 0) for key in keys) for what, keys in SET_ASIDE.items()}
        counts[UNKNOWN_TEXTS] += before
        said = [f"{what}: {n:,}" for what, n in counts.items() if n]
        if said:
            notes.append(f"Set aside in {task}: {'; '.join(said)}.")
    return notes


def proxies(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A note for each panel that took the place of people, naming its tasks."""
    panels: dict[str, list[str]] = {}
    for task, facts in found.items():
        if "by" in facts:
            panels.setdefault(facts["by"], []).append(task)
    return [f"Annotators of {', '.join(tasks)}: {who}." for who, tasks in panels.items()]


def agreement(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """How annotators agree on each task: {task: facts of `instance.opinions`}."""
    lines = []
    for task, facts in found.items():
        people = facts.get("annotators_per_item")
        lines.append(
            (
                task,
                known(facts),
                f"{facts.get('items', 0):,}",
                f"{people:.1f}" if people else "-",
                number(facts.get("mean_a")),
                number(facts.get("alpha")),
                number(facts.get("entropy_bits")),
                f"{facts['unanimous_items']:,}" if "unanimous_items" in facts else "-",
            )
        )
    heads = ("task", "known", "items", "annotators an item", "mean a", "alpha", "entropy, bits")
    return table("Agreement of annotators", (*heads, "unanimous items"), lines)


def slopes(
    found: Mapping[str, Mapping[str, Any]], models: Sequence[str], sources: Sequence[str]
) -> Table:
    """Accuracy against agreement: {task: facts of `instance.sweeps`}."""
    lines = []
    for task, facts in found.items():
        for model in models:
            for source in sources:
                block = facts.get(model, {}).get(source)
                if not block:
                    continue
                apart = block.get("difference", {})
                lines.append(
                    (
                        *(task, model, style.title(source)),
                        f"{facts['items']:,} / {facts['thresholds']}",
                        number(block.get("slope")),
                        number(block.get("r2")),
                        number(block.get("spearman")),
                        *map(tested, (block.get("item_slope"), apart.get("item_slope"))),
                        *map(tested, (block.get("label_slope"), apart.get("label_slope"))),
                    )
                )
    heads = ["task", "model", "source", "texts / thresholds", "slope over γ", "R²", "rho"]
    heads += ["slope over texts", "less real's", "slope within labels", "less real's"]
    return table("Accuracy against agreement", heads, lines)


def withheld(found: Mapping[str, Mapping[str, Any]], word: str) -> list[str]:
    """One note for each reason to withhold something: the reason and its tasks."""
    reasons: dict[str, list[str]] = {}
    for task, facts in found.items():
        for key in ("withheld", "alpha_withheld", "intervals_withheld"):
            if key in facts:
                said = ""
                if "thresholds" in facts:
                    said = f" ({facts['unanimous_items']:,} of {facts['items']:,} texts unanimous)"
                reasons.setdefault(facts[key], []).append(f"{task}{said}")
    return [f"No {word} ({reason}): {', '.join(tasks)}." for reason, tasks in reasons.items()]


def shortened(found: Mapping[str, Mapping[str, Any]], notes: Sequence[str]) -> Sequence[str]:
    """The `notes` of `withheld` on lines, for a figure: one count where they name many tasks."""
    lacking = sum("withheld" in facts for facts in found.values())
    if lacking <= NAMED:
        return notes
    return [f"No line for {lacking} of {len(found)} tasks: see agreement.md for the reasons."]
