"""The declared pipeline, resolved by DVC, and what the code of its stages imports and reads."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
LIBRARIES = ("corpora", "llm", "classifiers", "stats", "rendering")


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


def params_read(module: str) -> set[str]:
    """The params.yaml keys that the closure of `module` reads; `*` stands for a name in braces."""
    keys: set[str] = set()
    for inner in closure(module) - {"stages.core.params"}:
        for node in ast.walk(tree(inner)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "params"):
                continue
            if node.func.attr == "grid":
                keys |= {"sources"}
            elif node.func.attr == "strategies":
                keys |= {"generate.strategies"}
            elif node.func.attr in ("load", "value"):
                keys.add(_pattern(node.args[-1]))
            elif node.func.attr == "pick":
                keys |= set(map(_pattern, node.args[1:]))
    return keys


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), f"a params key must be a literal: {ast.unparse(node)}"
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in node.values)
