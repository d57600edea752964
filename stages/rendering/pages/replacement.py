"""May an LLM's label replace a person's?"""

from collections.abc import Mapping

from stages.rendering.content import words
from stages.rendering.content.facts import Analysis, Replacement
from stages.rendering.content.page import Cell, Column, Row, Table

NOTES = (
    "The alternative annotator test (Calderon et al. 2025), on the texts that the LLM labelled: "
    "each annotator in turn is left out, and either the LLM or they agree better with the others. "
    "Advantage: how often the LLM agrees with them at least as well. Beaten: annotators whom it "
    "beats, or falls behind by less than the margin, with a corrected p of at most 0.05; where "
    "that is half of them or more, its labels may replace theirs. Annotators with fewer than 30 "
    "such texts are not tested; with fewer than three others nothing is concluded.",
    "Disputed and unanimous: the share of texts on which the LLM gives the label of most "
    "annotators. A disputed text's most frequent label is itself uncertain, so that a lower share "
    "there need not be the LLM's mistake. Intervals come from resampled texts.",
)


def replacement(found: Mapping[str, Analysis]) -> Table:
    """The test on each task with named annotators and LLM labels."""
    rows: list[Row] = []
    for task, analysis in found.items():
        facts = analysis.replacement
        if not facts.items:
            continue
        shares = [words.estimate(facts.advantage, 1, 100)]
        for own in (facts.unanimous, facts.disputed):
            count = f"{own.get('items', 0):,.0f}"
            shares += [Cell(count), words.estimate(own, 1, 100)]
        counts = (f"{facts.items:,}", f"{facts.annotators:,}", words.number(facts.margin))
        rows.append((Cell(task), *map(Cell, counts), *shares, *_verdict(facts)))
    heads = ["texts", "annotators", "margin", "advantage, %", "unanimous texts", "LLM agrees, %"]
    heads += ["disputed texts", "LLM agrees, %", "beaten"]
    columns = (Column("task"), *(Column(h, numeric=True) for h in heads), Column("may replace"))
    return Table("May the LLM's label replace a person's?", columns, tuple(rows), (), NOTES)


def _verdict(facts: Replacement) -> tuple[Cell, Cell]:
    if facts.winning_rate is None:
        return Cell(words.ABSENT), Cell(f"not known: {facts.withheld}")
    beaten = round(facts.winning_rate * facts.tested)
    return Cell(f"{beaten} of {facts.tested}"), Cell("yes" if facts.passed else "no")
