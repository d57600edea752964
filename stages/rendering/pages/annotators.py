"""The table on single annotators, and on labels that weigh them by their reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stages.rendering import style
from stages.rendering.pages.people import table
from stages.rendering.table import Table

NOTE = (
    "Bias: how much more often an annotator gives a label than the others do on the same items, "
    "half the sum over labels without sign; biased: one of these has an interval off 0, corrected "
    "for their number. Only annotators with at least 10 such items; each one's biases are in "
    "`data/analysis/<task>/annotators.parquet`. Weighed gold: labels in which annotators count by "
    "how reliable they seem, which takes disagreement for error: an alternative to look at, not a "
    "better truth. Accuracy against it is over the test texts that have annotations, that against "
    "the labels over all."
)
_HEADS = ("task", "biased annotators", "greatest bias", "weighed gold", "differs from label")
_SCORES = ("model", "source", "accuracy against labels, %", "against the gold, %")

Facts = Mapping[str, Mapping[str, Any]]


def annotators(
    found: Facts, evaluated: Facts, models: Sequence[str], sources: Sequence[str]
) -> Table:
    """Annotators' bias, and each source's accuracy against labels and against a weighed gold.

    Tasks without a row in analyze's table of annotators are left out; those without a weighed gold
    have one row, which says why.

    Args:
        found: {task: facts of the analyze stage}.
        evaluated: {task: facts of the evaluate stage}.
        models: each has rows.
        sources: each has a row under every model.
    """
    lines: list[tuple[str, ...]] = []
    for task, facts in found.items():
        people, gold = facts.get("annotators", {}), facts.get("gold", {})
        if not people.get("annotators"):
            continue
        biased = f"{people['biased_annotators']:,} of {people['annotators']:,}"
        head = (task, biased, f"{people['greatest_bias']:.2f}")
        if "accuracy" not in gold:
            reason = f"none: {gold.get('withheld', 'not asked for')}"
            lines.append((*head, reason, *["-"] * (1 + len(_SCORES))))
            continue
        differs = f"{100 * gold['differs_from_label']:.1f} % of {gold['items']:,}"
        for model in models:
            for source in sources:
                own = evaluated[task][model][source]["accuracy"]["mean"]
                scores = (f"{100 * s:.1f}" for s in (own, gold["accuracy"][model][source]))
                where = (model, style.title(source))
                lines.append((*head, gold["method"], differs, *where, *scores))
    return table("Annotators", (*_HEADS, *_SCORES), lines)
