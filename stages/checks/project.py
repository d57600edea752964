"""The files that a project's rules are about, and the rules that need params.yaml and cards alone.

Classes of other libraries are given: a rule knows that a section has a class, not which.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from stages.checks import cards, documents, settings
from stages.checks.documents import Document
from stages.checks.problems import Problem, ordered
from stages.core import paths
from stages.core.params import PARAMS, Grid, Mixtures, wrong


class Classes(NamedTuple):
    """What sections, entries and cards are read as."""

    sections: Mapping[str, type[BaseModel]]
    strategy: type[BaseModel]
    models: Mapping[str, Any]  # by kind; each class says in `reads` what it is fitted on
    card: type[BaseModel]


class Project(NamedTuple):
    """params.yaml and cards, as far as they can be read, and what is wrong with them as YAML."""

    params: Document | None
    cards: Mapping[str, Document]
    damaged: tuple[Problem, ...]

    @property
    def compared(self) -> Grid | None:
        """The grid, where there is a valid one."""
        content = self.params.get("grid") if self.params else None
        return None if wrong(Grid, content) else Grid.model_validate(content)

    @property
    def mixtures(self) -> dict[str, tuple[str, ...]]:
        """The parts of mixtures, where they are valid."""
        content = self.params.get("mixtures") if self.params else None
        return {} if wrong(Mixtures, content) else Mixtures.model_validate(content).root


def read() -> Project:
    """The project in the current folder."""
    params, damaged = documents.read(PARAMS)
    found: dict[str, Document] = {}
    for path in sorted(paths.CARDS.glob("*.yaml")):
        card, problems = documents.read(path)
        damaged += problems
        if card:
            found[path.stem] = card
    return Project(params, found, tuple(damaged))


def problems(project: Project, classes: Classes) -> Iterator[Problem]:
    """What is wrong with params.yaml and the cards; with cards outside the grid, as a warning."""
    params, compared, mixtures = project.params, project.compared, project.mixtures
    if params:
        yield from settings.sections(params, classes.sections)
        yield from settings.entries(params, "strategies", lambda _: classes.strategy)
        kinds = classes.models
        yield from settings.entries(params, "models", lambda m: kinds.get(_kind(m)), kinds)
    if params and compared:
        ready = {task: list(card.get("ready", default={})) for task, card in project.cards.items()}
        models = params.get("models", default={}).items()
        reads = {name: kinds[_kind(m)].reads for name, m in models if _kind(m) in kinds}
        yield from settings.sources(params, compared, mixtures, ready)
        yield from settings.strategies(params, compared, mixtures)
        yield from settings.classifiers(params, compared, reads)
        known = [path.stem for path in paths.CARDS.glob("*.yaml")]  # damaged ones, too
        yield from cards.missing(params, compared.tasks, known)
    for problem in (*project.damaged, *cards.fit(project.cards, classes.card)):
        of_card = problem.path.parent == paths.CARDS
        needed = not (compared and of_card) or problem.path.stem in compared.tasks
        yield problem._replace(serious=needed)


def tell(found: Iterable[Problem]) -> str:
    """Print what is wrong, on standard error; how much of it stops a run, "" where nothing does."""
    sorted_ = ordered(found)
    for problem in sorted_:
        print(problem if problem.serious else f"warning: {problem}", file=sys.stderr)
    number = sum(problem.serious for problem in sorted_)
    return f"{number} problem{'s' if number > 1 else ''}" if number else ""


def _kind(found: object) -> str:
    return str(found.get("kind")) if isinstance(found, dict) else ""
