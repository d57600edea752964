"""What `dvc repro` would do now: stages, time, requests and money. No stage.

Time: as long as each stage took on this machine the last time; for a stage that never ran here, as
long as it took for other tasks; else nothing is said. A stage that only depends on one that runs
runs as well where that one's output changes, and DVC's run cache may spare it: the time is the most
that it may take. Money: of requests whose replies are not in the request cache.

Reads:  dvc.yaml, dvc.lock, params.yaml, all that stages depend on; .dvc/tmp/durations; the caches
Writes: nothing
Cost:   what `dvc status` takes, some seconds; half a second more for each stage that asks an LLM
"""

import io
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from importlib import import_module
from statistics import mean
from typing import Any, NamedTuple

from stages.core import cli, durations, params
from stages.core.errors import UserError
from stages.core.text import one_line
from stages.llm.spending.meter import UNPRICED, usd_in

ASK = ("generate", "label", "screen")  # stages that may send requests
CONSTANT = "check"
MISSING = "without results here"
MOST = 5  # reasons that are named
START = 0.5  # seconds that DVC adds to each stage


class Stale(NamedTuple):
    """A stage that is out of date."""

    name: str
    why: str  # what changed; "" where only a stage before it did


def main() -> None:
    """Say which stages `dvc repro` would run, how long that takes, and what it costs."""
    stages = stale()
    if not stages:
        print("nothing to do: all is up to date")
        return
    names = [stage.name for stage in stages]
    print("\n".join(reasons(stages)))
    print(f"time: {time_of(names, durations.known())}")
    print(f"money: {_money(names)}")


def reasons(stages: Iterable[Stale]) -> list[str]:
    """A line for each reason why stages of a kind run, then one of those that only follow."""
    groups: dict[tuple[str, str], list[str]] = {}
    for stage in stages:
        groups.setdefault((_kind(stage.name), stage.why), []).append(stage.name)
    absent = [kind for kind, why in groups if why == MISSING]
    lines = [f"{MISSING}: {', '.join(dict.fromkeys(absent))}"] if absent else []
    lines += [
        f"{names[0] if len(names) == 1 else f'{kind} ({len(names)} of them)'}: {why}"
        for (kind, why), names in groups.items()
        if why not in ("", MISSING)
    ]
    after = [name for (_, why), names in groups.items() if not why for name in names]
    return [*lines, f"and what follows: {', '.join(_kinds(after))}"] if after else lines


def stale() -> list[Stale]:
    """The stages that are out of date, then all that depend on them, in the order of a run."""
    import networkx
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo()
        changed = repo.status()
    except DvcException as error:
        said = one_line(str(error))
        raise UserError(f"DVC cannot say what is out of date: {said}; see `dvc status`") from error
    with repo:
        graph = repo.index.graph  # from a stage to what it depends on
        names = {stage.addressing: stage for stage in graph}
        first = [names[name] for name in changed if name in names]
        # Whatever check finds, where nothing is wrong its output is the same, and nothing follows.
        moving = [stage for stage in first if stage.addressing != CONSTANT]
        after = {stage for each in moving for stage in networkx.ancestors(graph, each)}
        found = after.union(first)
        order = [stage for stage in networkx.dfs_postorder_nodes(graph) if stage in found]
    return [Stale(s.addressing, _why(changed.get(s.addressing, ()))) for s in order]


def time_of(stages: Iterable[str], known: Mapping[str, float]) -> str:
    """How long the stages take together, in words; those of which nothing is known are named."""
    seconds, unknown, count = 0.0, [], 0
    for stage in stages:
        took = known.get(stage)
        if took is None:
            others = [known[name] for name in known if _kind(name) == _kind(stage)]
            took = mean(others) if others else None
        if took is None:
            unknown.append(stage)
        else:
            seconds, count = seconds + took + START, count + 1
    said = f"at most {_spelt(seconds)} for {count} stages, as long as they took here before"
    if not unknown:
        return said
    rest = f"no run of {', '.join(_kinds(unknown))} is known on this machine"
    return f"{said}; {rest}" if count else f"unknown: {rest}"


def _money(stages: Iterable[str]) -> str:
    """What the requests of the stages cost, a line for each stage that has some to send."""
    if params.value("generate.provider") == "recorded":
        return "none: recorded replies are replayed (generate.provider)"
    total, unknown = 0.0, []
    for stage in (name for name in stages if _kind(name) in ASK):
        said = _estimated(stage)
        if (usd := usd_in(said)) is None:
            unknown.append(stage)
        total += usd or 0.0
        print(f"  {stage}: {said}")
    more = f"; not known for {', '.join(unknown)}" if unknown else ""
    return f"about {total:.2f} USD{more}"


def _estimated(stage: str) -> str:
    """What a stage's own `--estimate` says."""
    kind, _, arguments = stage.partition("@")
    if kind == "screen":
        asks = params.value("screen.judge")
        return f"{UNPRICED}: as many requests as texts, for screen.judge" if asks else "0.00 USD"
    task, chosen = arguments, {}
    if kind == "generate":
        task, strategy = split(arguments)
        chosen = {"strategy": strategy}
        parts = params.mixtures()
        if not any(strategy in parts.get(name, (name,)) for name in params.grid().of(task)):
            return "0.00 USD: no source of the task needs it"
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            import_module(f"stages.{kind}").main(task, **chosen, estimate=True)
    except UserError as error:
        return f"{UNPRICED}: {error}"
    return said.getvalue().strip().removeprefix(f"{task}: ")


def split(arguments: str) -> tuple[str, str]:
    """Task and strategy of a stage `generate@<arguments>`; both may have hyphens in their names."""
    grid = params.grid()
    pairs = ((task, strategy) for task in grid.tasks for strategy in grid.strategies)
    return next(pair for pair in pairs if "-".join(pair) == arguments)


def _why(changes: Iterable[Any]) -> str:
    """What changed of a stage, in few words: params and files by name, code as one.

    A dependency that is missing is another stage's to make; without an output nothing else counts.
    """
    said = []
    for change in changes:
        kinds = change if isinstance(change, Mapping) else {"": {change: ""}}
        for kind, part in kinds.items():
            states = set(map(str, part.values()))
            if kind == "changed outs" and states & {"deleted", "not in cache"}:
                return MISSING
            for name, state in part.items():
                keys = state if isinstance(state, Mapping) else {name: state}
                said += [
                    "code changed" if key.startswith("stages/") else f"{key} {how}".strip()
                    for key, how in keys.items()
                    if how != "deleted"
                ]
    shown = list(dict.fromkeys(said))
    more = [f"and {len(shown) - MOST} more"] * (len(shown) > MOST)
    return ", ".join([*shown[:MOST], *more])


def _kind(stage: str) -> str:
    return stage.partition("@")[0]


def _kinds(stages: Iterable[str]) -> list[str]:
    """The stages without what a matrix fills in, each once."""
    return list(dict.fromkeys(map(_kind, stages)))


def _spelt(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds > 90 else f"{seconds:.0f} s"


if __name__ == "__main__":
    cli.run(main)
