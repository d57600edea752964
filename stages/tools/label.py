"""Params for an LLM's labels of a task's real texts, and what they will cost.

Reads:  params.yaml, the task's card; what is fetched already, or its files
Writes: params.yaml; data/real and data/grid of the task, by DVC, where they are missing
Cost:   seconds; asks no LLM, `dvc repro` will
"""

from typing import Annotated

import typer

from stages.core import cli


def main(
    task: cli.Task,
    texts: Annotated[int, typer.Option(min=1, help="how many, drawn at random")],
    base_url: Annotated[
        str | None, typer.Option(help="the endpoint, such as http://localhost:8000/v1")
    ] = None,
    model: Annotated[str | None, typer.Option(help="the LLM's name there")] = None,
    key_env: Annotated[
        str | None, typer.Option(help="the variable that holds the key; none for no key")
    ] = None,
    price: Annotated[
        str | None, typer.Option(help="US dollars per million tokens: PROMPT/COMPLETION")
    ] = None,
) -> None:
    """Have an LLM label texts of TASK by the next `dvc repro`, for the source `labelled`."""
    from stages.core import paths
    from stages.intake import plan
    from stages.tools import asking

    asked = asking.endpoint(base_url, model, key_env, price)
    asking.ask_llm(
        task,
        lambda content: plan.labelled(content, task, texts),
        asked,
        paths.recorded(task, "labels"),
        ["stages.label", task],
    )


if __name__ == "__main__":
    cli.run(main)
