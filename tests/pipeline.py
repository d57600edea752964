"""The declared pipeline, resolved by DVC, and what the code of its stages imports and reads."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
LIBRARIES = ("checks", "corpora", "intake", "llm", "classifiers", "stats", "rendering")


@cache
def declared() -> dict[str, dict[str, Any]]:
    """The stages of dvc.yaml as written, by name."""
    stages: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    return stages


@cache
def resolved() -> list[Any]:
    """Every DVC stage with its matrix and templates filled in."""
    from dvc.repo import Repo

    with Repo(str(ROOT)) as repo:
        return list(repo.stage.collect())


def module_of(command: str) -> str:
    """The stage module that a command runs."""
    match = re.match(r"python -m (stages\.\w+)", command)
    assert match, f"{command!r} does not run a stage module"
    return match.group(1)


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a first-party module."""
    return ast.parse(file_of(module).read_text(), filename=module)


def file_of(module: str) -> Path:
    """The file of a first-party module or package."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imports(module: str) -> Iterator[str]:
    """The first-party modules that `module` imports, inside functions too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("stages"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stages"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if file_of(inner).exists() else node.module


@cache
def closure(module: str) -> frozenset[str]:
    """`module` and all first-party modules that it needs."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(imports(current))
    return frozenset(found)


def room(module: str) -> str:
    """What dvc.yaml declares of a module: the folder of modules that it lies in.

    A module beside folders of modules is declared by itself.
    """
    folder = file_of(module).parent
    beside = any(inner.is_dir() and (inner / "__init__.py").exists() for inner in folder.iterdir())
    return (file_of(module) if beside else folder).relative_to(ROOT).as_posix()


def params_read(module: str) -> set[str]:
    """The params.yaml keys that the closure of `module` reads, as `section.key`.

    `*` stands for an entry under a name of the user's; of the grid only what is used counts.
    """
    keys: set[str] = set()
    for inner in closure(module) - {"stages.core.params"}:
        for node in ast.walk(tree(inner)):
            if isinstance(node, ast.Attribute) and _is_grid(node.value):
                keys |= {f"grid.{key}" for key in GRID.get(node.attr, (node.attr,))}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "params":
                    keys |= _keys_of(node.func.attr, node.args)
    return keys


GRID = {"classifiers": ("models", "probes"), "of": ("sources", "sources_of")}


def _is_grid(node: ast.expr) -> bool:
    """Whether an expression is the grid: `params.grid()`, or a variable or field named grid."""
    return ast.unparse(node) == "params.grid()" or ast.unparse(node).split(".")[-1] == "grid"


def _keys_of(function: str, arguments: list[ast.expr]) -> set[str]:
    """The keys that a call of a function of `core.params` reads."""
    if function == "mixtures":
        return {"mixtures.*"}
    if function == "entry":
        return {f"{_literal(arguments[0])}.*"}
    if function == "values":
        names = (name for each in arguments for name in ast.literal_eval(_unstarred(each)))
        return {key for name in names for key in _inner(name)}
    if function == "pick":
        return set(map(_literal, arguments[1:]))
    if function not in ("load", "value"):
        return set()
    return _inner(_literal(arguments[-1]))


def _unstarred(node: ast.expr) -> ast.expr:
    """The tuple of literals behind a star."""
    return node.value if isinstance(node, ast.Starred) else ast.Tuple([node])


def _inner(key: str) -> set[str]:
    """A section's keys, or a single key."""
    content = defaults()[key] if "." not in key else ()
    return {f"{key}.{inner}" for inner in content} or {key}


@cache
def defaults() -> dict[str, Any]:
    """params.yaml."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    return content


def _literal(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"a params key must be a literal: {ast.unparse(node)}"
    return str(node.value)
