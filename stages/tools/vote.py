"""A panel of LLM voters compares all pairs of tasks by objectivity: a proxy for people. No stage.

Reads:  data/tasks/ of all tasks, data/prompts/vote.yaml
Writes: data/votes/<name>.csv (task_a was shown first), .yaml (for explain), .json (who and how),
        .jsonl (raw answers)
Params: grid.tasks, annotate, generate
Cost:   what the endpoint charges, at most the budget; a question is paid once
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any

import pandas as pd
import typer
import yaml

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.records import VOTES
from stages.corpora import cards
from stages.llm.messages.slots import read
from stages.llm.panel.answers import Answers
from stages.llm.panel.questions import Item, Panel
from stages.llm.panel.survey import NOTE, Survey, name_of, record
from stages.llm.spending.budget import Access

QUESTION = (
    "Which of these two tasks is more objective, that is, decidable from clear features without "
    "interpretation coloured by belief or emotion?"
)


def main(
    name: Annotated[str, typer.Option(help="of the files; else panel-<model>")] = "",
    estimate: Annotated[
        bool, typer.Option("--estimate", help="print questions, tokens and cost; call nothing")
    ] = False,
) -> None:
    """Have the panel compare every pair of tasks."""
    panel = params.load(Panel, "annotate")
    access = params.load(Access, "generate")
    path = paths.prompts("vote")
    prompt = read(path)
    folder = paths.DATA / "exchange" / "votes"
    survey = Survey.of("vote", "votes", panel, access, (prompt, str(path)), folder)
    items = _pairs(params.grid().tasks)
    if estimate:
        print(f"votes: {survey.estimate(items)}")
        return
    answers = survey.ask(items)
    out = paths.votes(name or name_of(access.endpoint.model))
    table = _table(answers)
    files.write_text(table.to_csv(index=False, lineterminator="\n"), out)
    files.write_lines((answer.line() for answer in answers.attempts), out.with_suffix(".jsonl"))
    files.write_json(record(survey, prompt, answers), out.with_suffix(".json"))
    about = yaml.safe_dump(_about(survey), sort_keys=False, allow_unicode=True, width=1000)
    files.write_text(about, out.with_suffix(".yaml"))
    print(f"{len(table)} votes in {out} (a proxy for people); {answers.summary}{answers.failed()}")


def _pairs(tasks: Sequence[str]) -> list[Item]:
    """Every pair of tasks, each with what its card says."""
    if len(set(tasks)) < 2:
        raise UserError(f"expected two tasks or more to compare, found {list(tasks)}; add some")
    shown = {}
    for task in sorted(set(tasks)):
        card = cards.load(task)
        shown[task] = {
            "title": card.title,
            "description": card.description,
            "labels": dict(card.labels),
        }
    return [Item(f"{a} | {b}", {a: shown[a], b: shown[b]}) for a, b in combinations(shown, 2)]


def _table(answers: Answers) -> pd.DataFrame:
    rows = [
        (*answer.options, answer.annotator, answer.choice)
        for answer in answers.last.values()
        if answer.choice
    ]
    return pd.DataFrame(rows, columns=list(VOTES))


def _about(survey: Survey) -> dict[str, Any]:
    """What `explain` shows of the voters."""
    members = survey.panel.members
    models = sorted({survey.questions.model(member) for member in members})
    return {
        "kind": "panel",
        "voters": f"{len(members)} members played by {', '.join(models)}",
        "collected": "by `synthworth vote`; write in when",
        "question": QUESTION,
        "note": NOTE,
    }


if __name__ == "__main__":
    cli.run(main)
