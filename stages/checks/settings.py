"""params.yaml: each section against its class, and the sections against one another."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from stages.checks.documents import Document, choice, fitted
from stages.checks.problems import Problem
from stages.core.params import SECTIONS, Grid
from stages.core.records import PROMPTED, REAL, RESERVED, SPLITS

Classes = Mapping[str, type[BaseModel]]
ClassOf = Callable[[Any], type[BaseModel] | None]  # of an entry; None where it names no kind
OURS = tuple(name for name in RESERVED if name != PROMPTED)  # sources that every task may have
READS = {"texts": "models", "embeddings": "probes"}  # what a classifier reads -> its list


def sections(document: Document, classes: Classes) -> Iterator[Problem]:
    """Unknown and missing sections, and whatever does not fit the class of its section."""
    found = [str(name) for name in document.content]
    for name in found:
        if name not in SECTIONS:
            said = f"{name}: unknown section; rename or remove it; {choice(name, SECTIONS)}"
            yield document.problem(said, name)
    for name in SECTIONS:
        if name not in found:
            yield document.problem(f"expected the section {name!r}, found none; add it")
        elif name in classes:
            yield from fitted(document, classes[name], name)


def entries(
    document: Document, section: str, class_of: ClassOf, kinds: Collection[str] = ()
) -> Iterator[Problem]:
    """Entries under names of the user's choice that do not fit their class, one of `kinds`."""
    for name, content in document.get(section, default={}).items():
        model = class_of(content)
        if model is None:
            said = f"{section}.{name}: expected a kind out of {sorted(kinds)}; fix `kind`"
            yield document.problem(said, section, name, "kind")
        else:
            yield from fitted(document, model, section, name)


def sources(
    document: Document,
    compared: Grid,
    mixtures: Mapping[str, tuple[str, ...]],
    ready: Mapping[str, Collection[str]],
) -> Iterator[Problem]:
    """Sources and parts of mixtures that do not exist; `ready` has those of each task's card."""
    everywhere = {name for names in ready.values() for name in names}
    simple = [*OURS, *compared.strategies, *sorted(everywhere)]
    for name in (*compared.strategies, *everywhere, *mixtures):
        if name in SPLITS or name in RESERVED:
            said = f"{name!r} is a name of ours, {[*SPLITS, *RESERVED]}; choose another"
            yield document.problem(said, "mixtures" if name in mixtures else "grid", name)
    for name in mixtures:
        if name in simple:
            said = f"mixtures: {name!r} names a source that exists already; choose another"
            yield document.problem(said, "mixtures", name)
    for name in compared.sources:
        if name in mixtures:
            for part in set(mixtures[name]) - set(simple):
                said = f"mixtures.{name}: {_unknown(document, part, simple)}"
                yield document.problem(said, "mixtures", name, part)
        elif name not in simple:
            said = f"grid.sources: {_unknown(document, name, [*simple, *mixtures])}"
            yield document.problem(said, "grid", "sources", name)
    yield from _of_tasks(document, compared, mixtures, ready)
    if REAL not in compared.sources:
        said = f"grid.sources: without {REAL!r} nothing can be compared with real texts; add it"
        yield document.problem(said, "grid", "sources", serious=False)


def strategies(
    document: Document, compared: Grid, mixtures: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    """Strategies that have no settings, or that no source uses."""
    known = list(document.get("strategies", default={}))
    used = {part for name in compared.sources for part in (name, *mixtures.get(name, ()))}
    for name in compared.strategies:
        if name not in known:
            said = (
                f"grid.strategies: expected entries of `strategies`, found {name!r}; add it there "
                f"or take it out; {choice(name, known)}"
            )
            yield document.problem(said, "grid", "strategies", name)
        elif name not in used:
            said = (
                f"grid.strategies: no source uses the texts of {name!r}, which are asked for all "
                "the same; add it to grid.sources, or take it out"
            )
            yield document.problem(said, "grid", "strategies", name, serious=False)


def classifiers(document: Document, compared: Grid, reads: Mapping[str, str]) -> Iterator[Problem]:
    """Models without an entry, or in the wrong list; `reads` says what each entry reads."""
    known = list(document.get("models", default={}))
    for section, names in (("models", compared.models), ("probes", compared.probes)):
        for name in names:
            right = READS.get(reads.get(name, ""), section)
            if name not in known:
                said = f"expected entries of `models`, found {name!r}; add it there"
                yield _of_grid(document, section, name, f"{said}; {choice(name, known)}")
            elif right != section:
                said = f"{name!r} reads {reads[name]}: move it to grid.{right}"
                yield _of_grid(document, section, name, said)
    learner = document.get("curves", "model")
    if learner is not None and learner not in known:
        said = f"curves.model: expected an entry of `models`, found {learner!r}; fix it"
        yield document.problem(f"{said}; {choice(learner, known)}", "curves", "model")


def _of_grid(document: Document, section: str, name: str, said: str) -> Problem:
    return document.problem(f"grid.{section}: {said}", "grid", section, name)


def _of_tasks(
    document: Document,
    compared: Grid,
    mixtures: Mapping[str, tuple[str, ...]],
    ready: Mapping[str, Collection[str]],
) -> Iterator[Problem]:
    """Ready texts that are asked for in a task whose card has none of that name."""
    others = {name for names in ready.values() for name in names} - set(compared.strategies)
    for task in compared.tasks:
        used = [part for name in compared.of(task) for part in (mixtures.get(name) or (name,))]
        for name in sorted((set(used) & others) - set(ready.get(task, ()))):
            said = (
                f"{task}: its card has no ready texts {name!r}; add them by `synthworth add "
                f"{task} FILE --texts`, or say in compared.sources_of which sources the task has"
            )
            yield document.problem(said, "grid", "tasks", task)


def _unknown(document: Document, name: str, known: Iterable[str]) -> str:
    if name in document.get("strategies", default={}):
        return f"{name!r} is a strategy that grid.strategies lacks; add it there"
    return f"no source {name!r}; add a strategy, mixture or texts of it; {choice(name, known)}"
