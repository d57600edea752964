"""A panel of LLM annotators labels real texts of a task: a proxy for people. No DVC stage.

Reads:  data/tasks/<task>.yaml, data/prompts/annotate.yaml, data/real/<task>/<split>.parquet
Writes: data/annotations/<task>/<name>.csv (item, annotator, label), .json (who and how),
        .jsonl (raw answers)
Params: annotate, generate
Cost:   what the endpoint charges, at most the budget; a question is paid once
"""

from typing import Annotated

import pandas as pd
import typer

from stages.core import cli, files, params, paths, seeds
from stages.core.records import ANNOTATIONS, TEXTS
from stages.corpora import cards
from stages.llm.messages.slots import read
from stages.llm.panel.questions import Item, Panel
from stages.llm.panel.survey import Survey, name_of, record
from stages.llm.spending.budget import Access


def main(
    task: cli.Task,
    name: Annotated[str, typer.Option(help="of the files; else panel-<model>")] = "",
    estimate: Annotated[
        bool, typer.Option("--estimate", help="print questions, tokens and cost; call nothing")
    ] = False,
) -> None:
    """Have the panel label the texts of TASK."""
    card = cards.load(task)
    panel = params.load(Panel, "annotate")
    access = params.load(Access, "generate")
    path = paths.prompts("annotate")
    prompt = read(path)
    folder = paths.DATA / "exchange" / task
    survey = Survey.of("annotate", task, panel, access, (prompt, str(path)), folder)
    items = [
        Item(identity, card.labels, text, card.title, card.description)
        for identity, text in _texts(task, panel)
    ]
    if estimate:
        print(f"{task}: {survey.estimate(items)}")
        return
    answers = survey.ask(items)
    out = paths.annotations(task, name or name_of(access.endpoint.model))
    table = pd.DataFrame(answers.choices(), columns=list(ANNOTATIONS))
    files.write_text(table.to_csv(index=False, lineterminator="\n"), out)
    files.write_lines((answer.line() for answer in answers.attempts), out.with_suffix(".jsonl"))
    files.write_json(record(survey, prompt, answers), out.with_suffix(".json"))
    print(
        f"{task}: {len(table)} labels in {out} (a proxy for people); {answers.summary}"
        f"{answers.failed()}"
    )


def _texts(task: str, panel: Panel) -> list[tuple[str, str]]:
    """Id and text of the texts to label."""
    table = files.read_table(paths.real(task) / f"{panel.split}.parquet", TEXTS)
    rows = sorted(zip(table["id"], table["text"], strict=True))
    if panel.texts is None or panel.texts >= len(rows):
        return rows
    return seeds.choices(panel.seed, task).sample(rows, panel.texts)


if __name__ == "__main__":
    cli.run(main)
