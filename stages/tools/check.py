"""All that is wrong with a project, before anything runs: file, line, what to do. No stage.

The stage `check` looks at what would pass in silence; this command also at each section of
params.yaml, at the files that a run reads, at the endpoint's settings, and at what DVC says itself.

Reads:  params.yaml, dvc.yaml, data/tasks/, data/own/, data/prompts/, data/recorded/
Writes: nothing
Cost:   2 s; with --endpoint one request of a few tokens
"""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from stages.checks import cards, documents, inputs, project
from stages.checks.problems import Problem
from stages.checks.project import Classes, Project
from stages.core import cli, paths
from stages.core.errors import UserError
from stages.core.params import PARAMS

PIPELINE = Path("dvc.yaml")
PANELS = ("label", "annotate")  # prompt files of another form
# Section -> its class; modules of stages take a second to import, so they are when they are needed.
SECTIONS = {
    "grid": "core.params.Grid",
    "mixtures": "core.params.Mixtures",
    "fetch": "fetch.Fetch",
    "generate": "llm.spending.budget.Access",
    "label": "llm.panel.questions.Labelling",
    "edit": "edit.Editing",
    "refine": "refine.Refine",
    "screen": "screen.Screen",
    "embed": "classifiers.configs.EmbedConfig",
    "train": "train.Train",
    "curves": "curves.Curves",
    "evaluate": "evaluate.Evaluate",
    "worth": "worth.Worth",
    "combine": "combine.Combine",
    "analyze": "analyze.Analyze",
    "cost": "cost.Cost",
    "browse": "browse.Browse",
    "explain": "explain.Explain",
    "forecast": "forecast.Forecast",
    "summarize": "summarize.Summarize",
    "verdict": "verdict.Settings",
    "annotate": "llm.panel.questions.Panel",
}


def main(
    task: Annotated[str | None, typer.Argument(help="else every task of the grid")] = None,
    endpoint: Annotated[
        bool, typer.Option("--endpoint", help="also send one small request to the endpoint")
    ] = False,
) -> None:
    """Find all that is wrong with params.yaml, cards, files and endpoint, at once."""
    problems = list(found(task))
    if not any(problem.serious for problem in problems):
        problems += of_dvc()
        problems += _endpoint() if endpoint else ()
    if task:
        problems = [problem for problem in problems if _may_stop(problem, task)]
    if wrong := project.tell(problems):
        print(f"{wrong} to be fixed before `dvc repro`", file=sys.stderr)
        raise typer.Exit(1)
    what = f"{PARAMS}, {paths.card(task)} and their files" if task else "params.yaml, cards, files"
    print(f"{what}: nothing wrong; next: `dvc repro`")


def found(task: str | None = None) -> Iterator[Problem]:
    """What is wrong with the files, as far as they can be read, without network or DVC."""
    read, strategy = project.read(), imported("llm.writing.strategy.Strategy")
    kinds = import_module("stages.classifiers.configs").KINDS
    yield from project.problems(
        read, Classes(classes(), strategy, kinds, imported("corpora.cards.Card"))
    )
    if read.params is None:
        return
    yield from inputs.watched(read.params)
    if compared := read.compared:
        for name in [task] if task else compared.tasks:
            yield from _of_task(read, name)
        yield from inputs.prompts(compared.strategies, imported("llm.writing.strategy.PromptFile"))
        entries = read.params.get("strategies", default={})
        models = [entries.get(name, {}).get("model") for name in compared.strategies]
        yield from inputs.asked(read.params, models or [None], os.environ)
    yield from inputs.prompts(PANELS, imported("llm.panel.questions.PanelPrompt"))


def classes() -> dict[str, type[BaseModel]]:
    """The class of every section of params.yaml."""
    return {section: imported(place) for section, place in SECTIONS.items()}


def imported(place: str) -> type[BaseModel]:
    """The class at `module.Class`."""
    module, _, name = place.rpartition(".")
    found: type[BaseModel] = getattr(import_module(f"stages.{module}"), name)
    return found


def of_dvc() -> Iterator[Problem]:
    """What DVC says of dvc.yaml and dvc.lock, and files that a stage needs and none writes."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo() as repo:
            stages = list(repo.index.stages)
            written = [Path(out.fs_path) for stage in stages for out in stage.outs]
            for stage in stages:
                yield from _absent(stage, written)
    except DvcException as error:
        said = " ".join(str(cause) for cause in (error, error.__cause__) if cause)
        yield Problem(PIPELINE, None, f"DVC: {said}; fix it, or restore the file from Git")


def _absent(stage: Any, written: list[Path]) -> Iterator[Problem]:
    for dep in stage.deps:
        path = Path(dep.fs_path)
        made = any(path == out or out in path.parents or path in out.parents for out in written)
        if not made and not path.exists():
            said = (
                f"the stage {stage.addressing} needs {path}, which is not there; add it, or "
                "restore it by `git checkout` or `dvc pull`"
            )
            yield Problem(PIPELINE, None, said)


def _of_task(read: Project, task: str) -> Iterator[Problem]:
    if read.params is None or (compared := read.compared) is None:
        return
    mixtures, card = read.mixtures, read.cards.get(task)
    used = {part for name in compared.of(task) for part in (name, *mixtures.get(name, ()))}
    yield from inputs.real_texts(read.params, task, card)
    yield from inputs.recordings(read.params, task, used, compared.strategies)
    if card:
        yield from cards.files(card, paths.DATA / "own" / task)


def _may_stop(problem: Problem, task: str) -> bool:
    """Whether a problem may stop the task: all but those of other tasks' cards."""
    return problem.path.parent != paths.CARDS or problem.path.stem == task


def _endpoint() -> Iterator[Problem]:
    """What is wrong with the answer to a small request, where an endpoint is asked directly."""
    from stages.llm.sending.hello import hello
    from stages.llm.spending.budget import Access

    params, _ = documents.read(PARAMS)
    if params is None:
        return
    try:
        model = hello(Access.model_validate(params.get("generate")))
        print(f"generate.endpoint: {model} answered")
    except UserError as error:
        yield params.problem(f"generate.endpoint: {error}", "generate", "endpoint")


if __name__ == "__main__":
    cli.run(main)
