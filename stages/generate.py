"""An LLM's raw replies to a strategy's prompts, each request paid once.

Reads:  data/tasks/<task>.yaml; data/recorded/ (provider recorded); the few-shot pool (openai)
Writes: data/replies/<task>/<strategy>.jsonl
Params: generate
Cost:   none with provider recorded; with openai what the endpoint charges, at most budget_usd
"""

from typing import Literal

from stages.core import cli, files, params, paths
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora import cards
from stages.llm import recorded
from stages.llm.replies import Reply


class Generate(Section):
    """How texts are asked for."""

    strategies: tuple[str, ...]
    provider: Literal["recorded", "openai"]
    zero_shot: dict[str, object]
    few_shot: dict[str, object]


def main(task: str, strategy: str) -> None:
    settings = params.load(Generate, "generate")
    card = cards.load(task)
    if strategy not in settings.strategies:
        raise UserError(
            f"no strategy {strategy!r}: generate.strategies has {list(settings.strategies)}; add it"
        )
    replies = _recorded(task, strategy)
    unknown = sorted({reply["label"] for reply in replies} - set(card.labels))
    if unknown:
        raise UserError(
            f"replies of {task}, {strategy}: labels {unknown} are not the card's "
            f"{list(card.labels)}; mend either"
        )
    files.write_lines(replies, paths.replies(task, strategy))
    print(f"{task}, {strategy}: {len(replies)} recorded replies", flush=True)


def _recorded(task: str, strategy: str) -> list[Reply]:
    path = paths.recorded(task, strategy)
    if not path.exists():
        there = sorted(str(found.relative_to(path.parents[1])) for found in path.parent.glob("*"))
        raise UserError(
            f"no recorded replies of {strategy!r} for {task!r}: expected {path}, found {there}; "
            "set generate.provider to openai, or leave the task or strategy out"
        )
    model = files.read_json(path.parents[1] / "manifest.json")["model"]
    return recorded.replay(files.read_lines(path), task, strategy, model, str(path))


if __name__ == "__main__":
    cli.run(main)
