"""params.yaml, section by section, each checked against the class that documents it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from stages.core import files
from stages.core.errors import UserError
from stages.core.records import RESERVED

PARAMS = Path("params.yaml")
SECTIONS = (
    "grid",
    "mixtures",
    "strategies",
    "models",
    "fetch",
    "generate",
    "label",
    "edit",
    "refine",
    "screen",
    "embed",
    "train",
    "curves",
    "evaluate",
    "worth",
    "combine",
    "analyze",
    "cost",
    "verdict",
    "browse",
    "explain",
    "forecast",
    "summarize",
    "annotate",
)


class Section(BaseModel):
    """A frozen section of params.yaml that refuses unknown and missing keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=BaseModel)
T = TypeVar("T")


def value(key: str) -> Any:
    """What params.yaml holds under a dotted key such as `train.seeds`.

    Raises `UserError` when the file is no YAML mapping, has an unknown section or lacks the key.
    """
    found = _sections()
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

    What reads it depends on these keys only, not on others beside them.
    """
    content = {key.rpartition(".")[2]: value(key) for key in keys}
    return parse(section, content, f"{PARAMS}: {keys[0].rpartition('.')[0]}")


def values(*keys: str) -> dict[str, Any]:
    """What params.yaml holds under each of the dotted keys, to be shown and not to be used."""
    return {key: value(key) for key in keys}


def entry(section: str, name: str, read: Callable[[Any, str], T]) -> T:
    """The entry `name` of a section that holds one per name that the user chose.

    `read` parses an entry, given where it is found. It reads all of them, so that a
    misspelt setting is refused, but the result depends on the named one only.
    """
    content = value(section)
    if not isinstance(content, Mapping) or name not in content:
        known = sorted(map(str, content)) if isinstance(content, Mapping) else []
        raise UserError(f"{PARAMS}: {section}: expected an entry {name!r}, found {known}; add it")
    entries = {str(key): read(item, f"{PARAMS}: {section}.{key}") for key, item in content.items()}
    return entries[name]


def parse(model: type[S], content: Any, where: str) -> S:
    """`content` as a `model`; `UserError` names `where`, the first wrong key and how many more."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # A misspelt key is an unknown one and a missing one: the unknown one is named.
        first, *others = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        place = ".".join(map(str, first["loc"]))
        where = f"{where}: {place}" if place else where
        more = f" (and {len(others)} more)" if others else ""
        raise UserError(f"{where}: {_said(first, model)}{more}") from error


def wrong(model: type[BaseModel], content: Any) -> list[tuple[tuple[int | str, ...], str]]:
    """Every place of `content` that does not fit `model`, and what is wrong there."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        return [(found["loc"], _said(found, model)) for found in error.errors()]
    return []


def _said(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with a value, and what was found."""
    if error["type"] == "missing":
        return "expected a value, found none"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    found = f"found {error['input']!r:.80}"
    if error["type"] == "extra_forbidden":
        return f"unknown key, {found}; known keys: {_known(model, error['loc'][:-1])}"
    if error["type"] == "model_type":
        return f"expected settings, {found}"
    if error["type"] == "too_short":
        few = f"{error['ctx']['min_length']} or more entries, found {error['ctx']['actual_length']}"
        return f"expected {few}; add some"
    return f"{error['msg'].replace('Input should be', 'expected')}, {found}"


def _known(model: type[BaseModel], parents: tuple[int | str, ...]) -> list[str]:
    """The keys of the section within `model` that `parents` lead to."""
    for parent in parents:
        field = model.model_fields.get(str(parent))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return sorted(model.model_fields)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError(f"expected each entry once, found {list(names)}")
    return names


Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]  # it becomes a file's or folder's
Names = Annotated[tuple[Name, ...], AfterValidator(_once)]


class Grid(Section):
    """What is compared: every task with every source and every classifier."""

    tasks: Annotated[Names, Field(min_length=1)]
    sources: Annotated[Names, Field(min_length=1)]
    # Task -> its own ones of `sources`; every other task has all of them.
    sources_of: dict[Name, Annotated[Names, Field(min_length=1)]] = {}
    strategies: Names  # none for a run on real texts only
    models: Names  # classifiers that read texts
    probes: Names  # classifiers that read embeddings

    @property
    def classifiers(self) -> tuple[str, ...]:
        """Models and probes, in this order."""
        return self.models + self.probes

    def of(self, task: str) -> tuple[str, ...]:
        """The sources of a task, in the grid's order."""
        own = self.sources_of.get(task, self.sources)
        return tuple(source for source in self.sources if source in own)

    @model_validator(mode="after")
    def _check_sources_of(self) -> "Grid":
        for task, own in self.sources_of.items():
            if unknown := [source for source in own if source not in self.sources]:
                raise ValueError(
                    f"sources_of.{task}: expected sources out of grid.sources "
                    f"{list(self.sources)}, found {unknown}; add them there, or take them out here"
                )
        return self

    @model_validator(mode="after")
    def _check_sources(self) -> "Grid":
        if "error" in self.sources:
            raise ValueError("`dvc metrics` takes a source named error for a damaged file")
        if taken := sorted(set(self.strategies) & set(RESERVED)):
            raise ValueError(f"expected strategies with names of their own, found {taken}")
        return self

    @model_validator(mode="after")
    def _check_classifiers(self) -> "Grid":
        if not self.classifiers:
            raise ValueError("expected a classifier in models or probes, found none")
        if both := set(self.models) & set(self.probes):
            raise ValueError(
                f"expected each classifier in models or in probes, found {sorted(both)} in both"
            )
        return self


class Mixtures(RootModel[dict[str, Names]]):
    """Sources made of others: the mixture's name, then its parts in order."""


def grid() -> Grid:
    """The grid of params.yaml, in its order."""
    return load(Grid, "grid")


def mixtures() -> dict[str, tuple[str, ...]]:
    """The parts of each mixture of params.yaml."""
    return load(Mixtures, "mixtures").root


def _sections() -> Any:
    if not PARAMS.exists():
        raise UserError(f"expected {PARAMS} in {Path.cwd()}; run from the repository's root")
    found = files.read_yaml(PARAMS)
    unknown = sorted(set(map(str, found)) - set(SECTIONS)) if isinstance(found, Mapping) else []
    if unknown:
        raise UserError(
            f"{PARAMS}: unknown sections {unknown}; known are {list(SECTIONS)}; rename or remove"
        )
    return found
