"""params.yaml, section by section, each checked against the class that documents it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from stages.core.errors import UserError

PARAMS = Path("params.yaml")
NO_STRATEGY = "none"  # the reserved strategy that asks for nothing


class Section(BaseModel):
    """A frozen section of params.yaml that refuses unknown and missing keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=BaseModel)


def value(key: str) -> Any:
    """What params.yaml holds under a dotted key such as `train.seeds`.

    Raises `UserError` when the file is no YAML mapping or lacks the key.
    """
    if not PARAMS.exists():
        raise UserError(f"expected {PARAMS} in {Path.cwd()}; run from the repository's root")
    try:
        found = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{PARAMS} is not YAML ({error}); mend it") from error
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            known = sorted(map(str, found)) if isinstance(found, Mapping) else []
            raise UserError(f"{PARAMS} has no {key!r} ({part!r} is none of {known}); add it")
        found = found[part]
    return found


def load(section: type[S], key: str) -> S:
    """The section of params.yaml under `key` as its config class."""
    return parse(section, value(key), f"{PARAMS}: {key}")


def pick(section: type[S], *keys: str) -> S:
    """A section made of single values, each under the last part of its dotted key.

    What reads it depends on these keys only, not on what else stands beside them.
    """
    content = {key.rpartition(".")[2]: value(key) for key in keys}
    return parse(section, content, f"{PARAMS}: {keys[0].rpartition('.')[0]}")


def check(section: str, settings: Iterable[str], entry: Callable[[Any, str], object]) -> None:
    """Refuse a misspelt setting in a section that also holds entries under names of the user's.

    What is none of the `settings` has to be an entry, which `entry` parses; it is given the content
    and where it stands. No result depends on what is looked at here, so DVC need not know of it.
    """
    known = sorted(settings)
    for key, content in value(section).items():
        if key in known:
            continue
        if not isinstance(content, Mapping):
            raise UserError(
                f"{PARAMS}: {section}: {key!r} is neither a setting, those are {known}, nor an "
                f"entry with settings of its own, found {content!r:.80}; mend or remove it"
            )
        entry(content, f"{PARAMS}: {section}.{key}")


def parse(model: type[S], content: Any, where: str) -> S:
    """`content` as a `model`; `UserError` names `where`, the first wrong key and how many more."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first, *others = error.errors()
        key = ".".join(str(part) for part in first["loc"]) or "(whole)"
        more = f" (and {len(others)} more)" if others else ""
        found = "" if first["type"] == "missing" else f", found {first['input']!r:.80}"
        known = f"; known keys: {sorted(model.model_fields)}" if "extra" in first["type"] else ""
        raise UserError(f"{where}: {key}: {first['msg']}{found}{known}{more}") from error


class Grid(BaseModel):
    """What is compared: every task with every source and every model."""

    model_config = ConfigDict(frozen=True)

    tasks: tuple[str, ...]
    sources: tuple[str, ...]
    models: tuple[str, ...]


def grid() -> Grid:
    """The grid of params.yaml, in its order: `tasks`, `sources`, `train.models + train.probes`.

    Raises `UserError` for an entry that stands twice and for an empty list.
    """
    lists = {
        "tasks": value("tasks"),
        "sources": value("sources"),
        "models": [*value("train.models"), *value("train.probes")],
    }
    for name, entries in lists.items():
        if not entries or len(set(entries)) != len(entries):
            raise UserError(f"{PARAMS}: {name} must name each entry once, found {entries}")
    return parse(Grid, lists, str(PARAMS))


def strategies() -> tuple[str, ...]:
    """The strategies of params.yaml that ask for texts: none of them where the list is `[none]`.

    An empty list would leave `generate` without a stage, and what follows without its input.
    Raises `UserError` for an empty list, an entry that stands twice, and `none` beside others.
    """
    found = value("generate.strategies")
    if not found or len(set(found)) != len(found):
        raise UserError(
            f"{PARAMS}: generate.strategies must name each strategy once, found {found}; "
            f"write [{NO_STRATEGY}] for a run without synthetic texts"
        )
    if NO_STRATEGY in found and len(found) > 1:
        raise UserError(
            f"{PARAMS}: generate.strategies: {NO_STRATEGY!r} asks for nothing and stands alone, "
            f"found {found}; take it out or keep it only"
        )
    return tuple(name for name in found if name != NO_STRATEGY)
