"""What a run reads besides params.yaml and cards: real texts, recordings, prompts, the endpoint."""

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from pydantic import BaseModel

from stages.checks.documents import Document, fitted, read
from stages.checks.problems import Problem
from stages.core import paths
from stages.core.records import LABELLED, SPLITS

SUFFIXES = ("parquet", "csv", "jsonl")  # of splits in a folder of real texts


def watched(document: Document) -> Iterator[Problem]:
    """fetch.watch, which DVC looks for before any stage runs."""
    watch = document.get("fetch", "watch")
    if isinstance(watch, str) and not Path(watch).exists():
        said = (
            f"fetch.watch: expected a file or folder, found no {watch!r}; name the folder of your "
            "texts, or data/sample"
        )
        yield document.problem(said, "fetch", "watch")


def real_texts(document: Document, task: str, card: Document | None) -> Iterator[Problem]:
    """Whether the origin has the real texts of a task that has no files of its own."""
    origin = document.get("fetch", "origin")
    if not isinstance(origin, str) or (card and card.get("own")):
        return
    if origin == "hub":
        if card and not card.get("hub"):
            said = f"{task}: fetch.origin is hub, but the card names no hub data set; add `hub`"
            yield card.problem(said)
    elif origin == "sample":
        path = paths.SAMPLE / f"{task}.jsonl"
        if not path.exists():
            said = f"{task}: fetch.origin is sample, but there is no {path}; set fetch.origin"
            yield document.problem(f"{said} to `hub` or your folder", "grid", "tasks", task)
    elif "://" not in origin:  # what a URL has is seen when it is fetched
        folder = Path(origin)
        if not folder.is_dir():
            said = f"fetch.origin: expected sample, hub, a URL or a folder, found no {origin!r}"
            yield document.problem(f"{said}; fix it", "fetch", "origin")
        elif not any(_splits(folder / task)):
            said = (
                f"{task}: expected {folder / task}/train.parquet, .csv or .jsonl, found none; put "
                "the texts there, or set fetch.origin"
            )
            yield document.problem(said, "grid", "tasks", task)


def recordings(
    document: Document, task: str, used: Set[str], strategies: Iterable[str]
) -> Iterator[Problem]:
    """Replies and labels that the provider `recorded` needs for a task; `used`: its sources' parts.

    Nothing where an endpoint is asked.
    """
    if document.get("generate", "provider") != "recorded":
        return
    for strategy in strategies:
        path = paths.recorded(task, strategy)
        if strategy in used and not path.exists():
            said = (
                f"{task}: no recorded replies of {strategy!r}: expected {path}, found none; set "
                f"generate.provider to openai, or leave {strategy!r} out in grid.sources_of.{task}"
            )
            yield document.problem(said, "grid", "tasks", task)
    path = paths.recorded(task, "labels")
    if LABELLED in used and document.get("label", "train") != 0 and not path.exists():
        said = (
            f"{task}: no recorded labels: expected {path}, found none; set generate.provider to "
            f"openai, or leave {LABELLED!r} out in grid.sources_of.{task}"
        )
        yield document.problem(said, "grid", "tasks", task)


def prompts(names: Iterable[str], model: type[BaseModel]) -> Iterator[Problem]:
    """Prompt files that are missing, damaged, or do not fit their class."""
    for name in names:
        document, problems = read(paths.prompts(name))
        yield from problems
        if document:
            yield from fitted(document, model)


def asked(
    document: Document, models: Iterable[str | None], environment: Mapping[str, str]
) -> Iterator[Problem]:
    """What is missing to ask the endpoint for `models` (None: the endpoint's); sends nothing.

    Nothing where recorded replies are replayed.
    """
    settings = ("generate", "endpoint")
    if document.get("generate", "provider") != "openai":
        return
    key = document.get(*settings, "key_env")
    if key and not environment.get(str(key)) and document.get(*settings, "api") != "exchange":
        said = (
            f"generate.endpoint.key_env: the variable {key} is not set; set it, or set key_env to "
            "null where the server needs no key"
        )
        yield document.problem(said, *settings, "key_env")
    if document.get("generate", "budget_usd") is None:
        return
    prices = document.get("generate", "price", default={})
    for model in dict.fromkeys(m or document.get(*settings, "model") for m in models):
        if model not in prices:
            said = (
                f"generate.price: expected the price of {model!r}, since generate.budget_usd is "
                f"set, found {sorted(prices)}; add it, or set the budget to null"
            )
            yield document.problem(said, "generate", "price")


def _splits(folder: Path) -> Iterator[Path]:
    for split in SPLITS:
        for suffix in SUFFIXES:
            if (found := folder / f"{split}.{suffix}").exists():
                yield found
