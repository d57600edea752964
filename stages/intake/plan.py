"""What params.yaml has to say so that a task runs, with defaults that suit a user's own texts.

Every function takes params as they are, read from YAML, and returns changes for `settings.edit`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stages.core.errors import UserError
from stages.core.records import LABELLED, REAL, RESERVED
from stages.intake.settings import Key

Params = Mapping[str, Any]
Changes = dict[Key, Any]
TEXTS = 10_000  # of a split, beyond which its labels are capped: embedding takes a minute or two
MOST_WORDS = 190  # about the 256 tokens of embed.max_tokens
LEAST_CAP = 50  # texts per label that a cap leaves at least


def new_task(
    params: Params,
    task: str,
    ready: Sequence[str],
    rows: Mapping[str, Mapping[str, int]],
    others: Sequence[str],
) -> Changes:
    """The changes that put a task beside the `others` of the grid that stay, with its own sources.

    Its sources are real texts and the `ready` ones. All its texts are trained on, up to a cap on
    those of each label where a split has more than TEXTS.
    """
    changes: Changes = {
        **_grid(params, [*others, task], {task: [REAL, *ready]}),
        "train.texts_per_label": None,
    }
    if limit := cap(rows):
        changes["fetch", "max_per_label_of", task] = limit
    return changes


def more_sources(params: Params, task: str, added: Sequence[str]) -> Changes:
    """The changes that give a task of the grid further sources."""
    grid = params["grid"]
    own = [*_of(grid, task), *(name for name in added if name not in _of(grid, task))]
    return _grid(params, grid["tasks"], {task: own})


def labelled(params: Params, task: str, texts: int) -> Changes:
    """The changes that have an LLM label so many texts of a task, for a source of its own."""
    return {**more_sources(params, task, [LABELLED]), "label.train": texts}


def written(params: Params, task: str, strategy: str, texts: int) -> Changes:
    """The changes that have an LLM write so many texts of each label, for a source of its own.

    Raises `UserError` for a strategy that params.yaml lacks.
    """
    known = list(params["strategies"])
    if strategy not in known:
        raise UserError(f"expected a strategy out of {known}, found {strategy!r}; choose one")
    changes = more_sources(params, task, [strategy])
    changes["strategies", strategy, "texts_per_label"] = texts
    return changes


def without_tasks(params: Params, gone: Iterable[str]) -> list[str]:
    """The tasks of the grid but those."""
    return [task for task in params["grid"]["tasks"] if task not in set(gone)]


def cap(rows: Mapping[str, Mapping[str, int]]) -> int | None:
    """How many texts of each label are kept of each split, in round numbers; None for all."""
    largest = max((sum(counts.values()) for counts in rows.values()), default=0)
    if largest <= TEXTS:
        return None
    counts = next(counts for counts in rows.values() if sum(counts.values()) == largest)
    return max(LEAST_CAP, _filled(sorted(counts.values()), TEXTS) // 10 * 10)


def seconds(texts: int, words: float) -> float:
    """How long `dvc repro` takes on a task, roughly, on two quiet cores.

    The stages' starts, then embedding, which is most of it: measured as 0.7 ms of a core per word
    of texts with 15 and with 230 words, of which an encoder reads at most MOST_WORDS.
    """
    return 60 + texts * min(words, MOST_WORDS) * 0.0007 / 2


def _filled(ascending: Sequence[int], total: int) -> int:
    """The level to which each of these can be cut so that their sum is `total`."""
    left = total
    for place, count in enumerate(ascending):
        share = left // (len(ascending) - place)
        if count > share:
            return share
        left -= count
    return ascending[-1]


def _grid(params: Params, tasks: Sequence[str], own: Mapping[str, Sequence[str]]) -> Changes:
    """The grid of these tasks: sources and strategies that one of them has, and no others.

    A task that had no sources of its own keeps those that all tasks had.
    """
    grid = params["grid"]
    sources_of = {task: list(own.get(task, _of(grid, task))) for task in tasks}
    wanted = [source for task in tasks for source in sources_of[task]]
    sources = [source for source in grid["sources"] if source in wanted]
    sources += [source for source in dict.fromkeys(wanted) if source not in sources]
    strategies = _strategies(params, sources)
    apart = any(set(of) != set(sources) for of in sources_of.values())
    return {
        "grid.tasks": list(tasks),
        "grid.sources": sources,
        "grid.sources_of": sources_of if apart or len(tasks) == 1 else {},
        "grid.strategies": strategies,
    }


def _strategies(params: Params, sources: Iterable[str]) -> list[str]:
    """The strategies that sources are, or have among their parts."""
    mixtures = params.get("mixtures") or {}
    used = {part for source in sources for part in (source, *mixtures.get(source, ()))}
    known = [*params["grid"]["strategies"], *params["strategies"]]
    return [name for name in dict.fromkeys(known) if name in used and name not in RESERVED]


def _of(grid: Mapping[str, Any], task: str) -> list[str]:
    own = (grid["sources_of"] or {}).get(task, grid["sources"])
    return [source for source in grid["sources"] if source in own]
