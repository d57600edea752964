"""An LLM's raw replies to a strategy's prompts, each request paid once.

Reads:  data/tasks/<task>.yaml, data/grid/<task>.jsonl; data/recorded/ (recorded); data/prompts/,
        the few-shot pool (openai)
Writes: data/replies/<task>/<strategy>.jsonl, empty where no source of the task needs it
Params: generate, strategies.<strategy>; refine.language (openai)
Cost:   none with provider recorded; with openai what the endpoint charges, at most budget_usd
"""

import hashlib
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import yaml

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import TEXTS, check_labels, read_sources
from stages.corpora import cards
from stages.llm.messages.replies import Reply
from stages.llm.reading.language import Detector, Threshold
from stages.llm.spending.budget import Access
from stages.llm.writing import recorded
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import PromptFile, Strategy, Task

PROMPT_FILE = "prompt file"  # its SHA-256 in the manifest, where that is known


class Language(Section):
    """What `refine` drops for its language, so that it is not counted here."""

    language: Threshold


def main(
    task: cli.Task,
    strategy: Annotated[str, typer.Argument(help="an entry of `strategies` in params.yaml")],
    estimate: Annotated[
        bool, typer.Option("--estimate", help="print requests, tokens and cost; call nothing")
    ] = False,
    propose: Annotated[
        bool,
        typer.Option(
            "--propose", help="ask for attributes only, once; print them as YAML for the card"
        ),
    ] = False,
) -> None:
    """Ask an LLM for the texts of TASK by a STRATEGY, or replay recorded replies."""
    settings, card = params.load(Access, "generate"), cards.load(task)
    _chosen(strategy)  # a misspelt setting is refused even where replies are replayed
    if not estimate and not propose and not _needed(task, strategy):
        files.write_lines([], paths.replies(task, strategy))
        print(f"{task}, {strategy}: not asked for, no source of the task needs it", flush=True)
        return
    if settings.provider == "recorded" and not estimate and not propose:
        _replay(task, strategy, card)
        return
    from stages.llm.writing import session

    writer = writer_of(task, strategy)
    if estimate:
        print(f"{task}: {session.estimate(writer, strategy, settings, _exchange(task))}")
    elif propose:
        _propose(settings, writer, strategy, card)
    else:
        _ask(settings, writer, strategy, card.language)


def _needed(task: str, strategy: str) -> bool:
    """Whether a source of the task has texts of the strategy."""
    return any(strategy in parts for parts in read_sources(paths.grid(task)).values())


def _replay(task: str, strategy: str, card: cards.Card) -> None:
    manifest = files.read_json(paths.DATA / "recorded" / "manifest.json")
    asked, now = dict(manifest.get("tasks", {}).get(task, {})), _prompts(card)
    if known := manifest.get("prompt files", {}).get(strategy):
        asked[PROMPT_FILE], now[PROMPT_FILE] = known, _sha256(paths.prompts(strategy))
    doubts = recorded.doubts(asked, now)
    replies = _recorded(task, strategy, manifest["model"], doubts)
    where = f"recorded replies of {task}, {strategy}"
    check_labels({reply["label"] for reply in replies}, card.labels, where)
    files.write_lines(replies, paths.replies(task, strategy))
    print(f"{task}, {strategy}: {len(replies)} recorded replies", flush=True)
    if doubts:
        print(
            f"warning: {task}, {strategy}: these replies answered {doubts} (data/recorded/"
            "manifest.json), not the prompts of now; for replies to those set generate.provider "
            "to openai",
            flush=True,
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _prompts(card: cards.Card) -> dict[str, object]:
    """What a recording's manifest says of a task, as the card has it now."""
    said = card.prompts.model_dump() if card.prompts else {}
    return {"labels": list(card.labels), "words": "-".join(map(str, card.words or ())), **said}


def _recorded(task: str, strategy: str, model: str, doubts: str) -> list[Reply]:
    path = paths.recorded(task, strategy)
    if not path.exists():
        there = sorted(str(found.relative_to(path.parents[1])) for found in path.parent.glob("*"))
        raise UserError(
            f"no recorded replies of {strategy!r} for {task!r}: expected {path}, found {there}; "
            "set generate.provider to openai, or give the task sources that need none in "
            f"grid.sources_of, such as {{{task}: [real]}}"
        )
    return recorded.replay(files.read_lines(path), task, strategy, model, str(path), doubts)


def _ask(settings: Access, writer: Writer, strategy: str, language: str) -> None:
    from stages.llm.writing import session

    task, threshold = writer.task.name, params.pick(Language, "refine.language").language
    in_language = Detector(language, threshold) if threshold else bool
    asked = session.replies(writer, strategy, settings, _exchange(task), in_language)
    with asked as (spool, summary):
        files.write_lines(spool, paths.replies(task, strategy))
    print(f"{task}, {strategy}: done, {paths.replies(task, strategy)} has {summary}", flush=True)


def writer_of(task: str, strategy: str) -> Writer:
    """What makes the requests of a strategy for a task, from params, card and prompt file."""
    settings = params.load(Access, "generate")
    card, path, chosen = cards.load(task), paths.prompts(strategy), _chosen(strategy)
    told = cards.writing(card, task)
    return Writer(
        Task(
            name=task,
            labels=card.labels,
            words=told.words,
            context=told.prompts.context,
            generate=told.prompts.generate,
            phrases=card.phrases,
            pool=_pool(task) if chosen.examples else {},
            attributes=card.attributes.get(strategy, {}),
        ),
        chosen,
        params.parse(PromptFile, files.read_yaml(path), str(path)),
        settings.endpoint,
    )


def _chosen(strategy: str) -> Strategy:
    return params.entry("strategies", strategy, partial(params.parse, Strategy))


def _pool(task: str) -> dict[str, list[tuple[str, str]]]:
    """The few-shot examples: id and text by label."""
    path = paths.real(task) / "pool.parquet"
    if not path.exists():  # a `dvc repro` of everything would ask the endpoint, too
        raise UserError(f"expected examples in {path}; run `dvc repro fetch@{task}` to fetch them")
    frame = files.read_table(path, TEXTS)
    return {
        str(label): list(zip(rows["id"], rows["text"], strict=True))
        for label, rows in frame.groupby("label", sort=False)
    }


def _exchange(task: str) -> Path:
    """The folder of files that are carried to an endpoint and back."""
    return paths.DATA / "exchange" / task


def _propose(settings: Access, writer: Writer, strategy: str, card: cards.Card) -> None:
    """Print the card's `attributes`, filled up with what the LLM proposes for this strategy."""
    from stages.llm.writing import session

    if not writer.prompts.propose:
        raise UserError(
            f"{paths.prompts(strategy)} has no `propose`: {strategy!r} draws no attributes; name a "
            "strategy that does, such as attributed"
        )
    task = writer.task.name
    found = session.proposals(writer, strategy, settings, _exchange(task))
    print(f"# for {paths.card(task)}, in place of its attributes where it has some")
    content = {"attributes": {**card.attributes, strategy: found}}
    text = yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    print(text, end="")


if __name__ == "__main__":
    cli.run(main)
