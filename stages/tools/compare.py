"""What moved between two runs, and what is smaller than its noise. No stage.

Reads:  params.yaml and metrics/details/ of two revisions, experiments or kept runs
Writes: nothing; prints a table
Cost:   seconds
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pandas as pd
import typer

from stages.core import cli
from stages.core.errors import UserError
from stages.stats.scoring import change, pairing, rollup
from stages.stats.scoring.evaluated import Evaluated
from stages.tools import predictions, runs
from stages.tools.runs import WORKSPACE, Revision

# Parts of evaluate's signature without which two numbers have nothing to do with each other.
BASIS = {"origin": "other real texts", "test": "other test texts", "level": "another level"}
OTHER_TASKS = "other tasks or test texts"
NOTE = (
    "Scores in per cent, gaps and changes in points, log losses times 100. Noise: half the width "
    "of the {level:g} % interval of the change; it holds test texts and training runs."
)
PAIRED = "Both are paired, since DVC's cache has the predictions of both runs."
UNPAIRED = (
    "It is computed as if the two runs were independent, for want of their predictions in DVC's "
    "cache: on the same test texts the true noise is smaller, so that `moved` is safe, and `within "
    "noise` may hide a change."
)
CHANCE = (
    "Each number is judged by itself: without any real change, about {chance:.0f} of these {count} "
    "would be marked as moved{bound}."
)
NUMBERS = range(3, 7)  # columns aligned to the right
HEADS = ("", "source", "", "{old}", "{new}", "change", "noise", "")


def main(
    rev_a: Annotated[str, typer.Argument(help="the old run: a revision or experiment")] = "HEAD",
    rev_b: Annotated[str, typer.Argument(help="the new run")] = WORKSPACE,
    task: Annotated[str, typer.Option(help="only this task")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="all metrics, and numbers that did not change")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="print a Markdown table")] = False,
) -> None:
    """Show which scores and gaps moved between two runs, and which changes are noise."""
    old, new = runs.read(rev_a), runs.read(rev_b)
    if task and task not in {*old.scores, *new.scores}:
        raise UserError(f"no task {task!r} in either run; the new one has {list(new.scores)}")
    table = changes(old, new)
    table = table[table["task"] == task] if task else table
    if not every:
        table = table[(table["metric"] == new.metric) & (table["mark"] != change.UNCHANGED)]
    if table.empty:
        print(f"Nothing changed between {rev_a} and {rev_b}.")
        return
    print(f"Params changed: {', '.join(runs.overrides(old.params, new.params)) or 'none'}.")
    judged = table[table["noise"].notna()]
    moved = int((judged["mark"] == change.MOVED).sum())
    print(f"Moved by more than their noise: {moved} of {len(judged)} numbers.")
    heads = [head.format(old=rev_a, new=rev_b) for head in HEADS]
    for (model, metric), rows in table.groupby(["model", "metric"], sort=False):
        lines = [_line(row, len(new.scores)) for row in rows.to_dict("records")]
        print(f"\n{model}, {metric}\n\n{(_markdown if markdown else _plain)(heads, lines)}")
    print(f"\n{textwrap.fill(note(judged, new.level), 100)}")


def changes(old: Revision, new: Revision) -> pd.DataFrame:
    """`change.changes` of two runs, paired where DVC's cache has the predictions of both."""
    reasons = apart(old, new)
    tasks = [task for task in new.scores if task in old.scores and task not in reasons]
    errors = pairing.errors(predictions.both(old, new, tasks), len(new.scores))
    return change.changes(_estimates(old), _estimates(new), errors, reasons, new.level)


def note(judged: pd.DataFrame, level: float) -> str:
    """What the noise of the changes is."""
    sure = judged["paired"].all()
    said = [NOTE.format(level=100 * level), PAIRED if sure else UNPAIRED]
    if not sure and judged["paired"].any():
        said.insert(1, f"{judged['paired'].sum()} of {len(judged)} numbers are paired. The others:")
    chance = (1 - level) * len(judged)
    bound = "" if sure else " at most"
    return " ".join([*said, CHANCE.format(chance=chance, count=len(judged), bound=bound)])


def apart(old: Revision, new: Revision) -> dict[str, str]:
    """Why numbers of the two runs cannot be compared, by task that both have."""
    found = {}
    for task in old.scores:
        if task in new.scores:
            before, after = (_basis(run.scores[task]) for run in (old, new))
            reasons = [why for part, why in BASIS.items() if before.get(part) != after.get(part)]
            if reasons:
                found[task] = ", ".join(reasons)
    if found or set(old.scores) != set(new.scores):
        found[change.MEAN] = OTHER_TASKS
    return found


def _basis(found: Evaluated) -> dict[str, str]:
    """The parts of the signature."""
    return dict(part.split(":", 1) for part in found.basis.signature.split("|"))


def _estimates(run: Revision) -> pd.DataFrame:
    scores = rollup.score_table(run.scores, run.classifiers, run.sources)
    return change.estimates(scores, rollup.mean_table(scores, run.level))


def _line(row: Mapping[Any, Any], tasks: int) -> list[str]:
    gap = row["what"] == "gap"
    shown = [
        _number(row["old"], gap),
        _number(row["new"], gap),
        _number(row["change"], True),
        _number(row["noise"], False),
    ]
    return [row["task"] or f"mean of {tasks}", row["source"], row["what"], *shown, row["mark"]]


def _number(value: float, signed: bool) -> str:
    if pd.isna(value):
        return "-"
    rounded = round(100 * value, 1) + 0.0  # no negative zero
    return f"{rounded:+.1f}" if signed else f"{rounded:.1f}"


def _markdown(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---:" if column in NUMBERS else "---" for column in range(len(heads))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *lines))


def _plain(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    aligned = [
        [
            cell.rjust(width) if place in NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        for cells in (heads, *lines)
    ]
    return "\n".join("  ".join(cells).rstrip() for cells in aligned)


if __name__ == "__main__":
    cli.run(main)
