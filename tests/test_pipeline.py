"""The pipeline contract: what dvc.yaml declares of a stage is what its code does."""

import ast
import importlib
import re
import subprocess

import networkx
import pytest
import typer
import yaml
from typer.testing import CliRunner

from stages.core import cli
from tests import pipeline
from tests.pipeline import LIBRARIES, ROOT

# They change how fast a stage runs, when it stops and what it accepts, never what it writes.
NO_EFFECT = {"generate.limits", "generate.budget_usd", "generate.price"}
# What a matrix fills in is in the stage's own name.
FILLED_IN = {
    "task": {"grid.tasks"},
    "strategy": {"grid.strategies"},
    "source": {"grid.sources", "grid.sources_of"},
    "model": {"grid.models", "grid.probes"},
}

# What the rooms of a library may import beside core: nothing that is not named here.
ROOMS: dict[str, dict[str, set[str]]] = {
    "llm": {
        "messages": set(),
        "spending": {"messages"},
        "reading": {"messages"},
        "sending": {"messages", "spending"},
        "writing": {"messages", "spending", "sending", "reading"},
        "panel": {"messages", "spending", "sending", "reading"},
    },
    "stats": {
        "scoring": {"resampling"},
        "texts": {"resampling"},
        "people": {"resampling", "scoring"},
        "across": {"resampling", "scoring"},
        "money": {"worth"},
        "verdict": {"money", "worth"},
        "worth": {"resampling", "scoring"},
    },
    "rendering": {
        "content": set(),
        "figures": {"content"},
        "pages": {"content", "figures"},
        "writers": {"content", "figures"},
    },
}

STAGES = sorted(pipeline.declared())
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "stages").rglob("*.py")
    if path.name != "__init__.py"
)

COMMANDS = [
    module
    for module in MODULES
    if module.count(".") == 1 or ".tools." in module
    if any(getattr(node, "name", "") == "main" for node in pipeline.tree(module).body)
]
PACKAGES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "stages").rglob("__init__.py")
)


@pytest.mark.parametrize("name", STAGES)
def test_code_dependencies_are_the_import_closure(name: str) -> None:
    """A stage depends on the rooms of the modules that it imports, and on no other code."""
    stage = pipeline.declared()[name]
    modules = pipeline.closure(pipeline.module_of(stage["cmd"])) & set(MODULES)
    deps = [dep for dep in stage["deps"] if dep.startswith("stages")]
    assert sorted(deps) == sorted(set(map(pipeline.room, modules)))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_maps(package: str) -> None:
    """A package's `__init__` is a docstring of at most twelve lines: a map, and no dependency."""
    text = pipeline.file_of(package).read_text()
    (docstring,) = pipeline.tree(package).body
    assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
    assert len(text.splitlines()) <= 12


@pytest.mark.parametrize("name", STAGES)
def test_params_are_declared(name: str) -> None:
    """Every params key that a stage's code reads is declared in dvc.yaml."""
    stage = pipeline.declared()[name]
    declared = [re.sub(r"\$\{.*?\}", "*", key) for key in stage.get("params", [])]
    read = pipeline.params_read(pipeline.module_of(stage["cmd"]))
    filled_in = set[str]().union(*(FILLED_IN[name] for name in stage.get("matrix", ())))
    undeclared = {
        key
        for key in read - NO_EFFECT - filled_in
        if not any(key == known or key.startswith(f"{known}.") for known in declared)
    }
    unread = {key for key in declared if not any(f"{k}.".startswith(f"{key}.") for k in read)}
    assert not undeclared and not unread


@pytest.mark.parametrize("name", STAGES)
def test_no_option_that_breaks_the_run_cache(name: str) -> None:
    """No frozen, persist or always_changed; uncached outs are the report and detailed numbers.

    Only stages that end the pipeline write these, so that a run that the cache cannot restore costs
    seconds.
    """
    stage = pipeline.declared()[name]
    assert not {"frozen", "always_changed"} & set(stage)
    uncached = [next(iter(out)) for out in stage.get("outs", []) if not isinstance(out, str)]
    assert set(uncached) <= {"plots/pages", "plots/figures", "plots/series", "metrics/details"}
    for entry in stage.get("metrics", []):
        (options,) = entry.values()
        assert options["cache"] is False and "persist" not in options


def test_outputs_in_the_cache_are_ignored_by_git() -> None:
    """What DVC caches, Git ignores through a committed file; metrics and plots are in Git."""
    cached = [out.fspath for stage in pipeline.resolved() for out in stage.outs if out.use_cache]
    kept = [out.fspath for stage in pipeline.resolved() for out in stage.outs if not out.use_cache]
    ignored = _ignored([*cached, *kept])
    assert ignored == set(cached)


def _ignored(paths: list[str]) -> set[str]:
    run = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        input="\n".join(paths),
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    return set(run.stdout.split("\n")) - {""}


@pytest.mark.parametrize("module", COMMANDS)
def test_help_says_what_a_command_does(module: str) -> None:
    """`--help` says what is done, read, written and paid, and describes each argument."""
    main = importlib.import_module(module).main
    command = typer.main.get_command(cli.command(main))
    assert command.help and command.help[0].isupper()
    shown = CliRunner().invoke(cli.command(main), ["--help"]).output
    assert all(f"\n  {word}:" in shown for word in ("Reads", "Writes", "Cost"))
    assert [p.name for p in command.params if not getattr(p, "help", None)] == []


def test_stage_is_module_is_folder() -> None:
    """A stage runs the module of its name (probe: the train module) with its own output folder."""
    for name, stage in pipeline.declared().items():
        module = pipeline.module_of(stage["cmd"]).removeprefix("stages.")
        assert module == {"probe": "train"}.get(name, name)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    """Stages and tools import libraries, libraries import core and themselves, core only itself.

    Intake makes what corpora reads, and asks it whether that can be read.
    """
    layer = module.split(".")[1] if module.count(".") > 1 else ""
    everything = {"core", *LIBRARIES}
    libraries = {
        "": everything,
        "tools": {"tools", *everything},
        "core": {"core"},
        "intake": {"intake", "corpora", "core"},
    }
    allowed = libraries.get(layer, {"core", layer})
    used = {inner.split(".")[1] for inner in pipeline.imports(module)}
    assert used <= allowed


@pytest.mark.parametrize("library", ROOMS)
def test_rooms_are_imported_one_way(library: str) -> None:
    """A room, a package or module of a library, imports only the rooms named for it."""
    used: dict[str, set[str]] = {room: set() for room in ROOMS[library]}
    for module in MODULES:
        _, layer, *inner = module.split(".")
        if layer != library:
            continue
        for other in pipeline.imports(module):
            _, layer, *found = other.split(".")
            if layer == library and found[0] != inner[0]:
                used.setdefault(inner[0], set()).add(found[0])
    wrong = {room: found - ROOMS[library].get(room, set()) for room, found in used.items()}
    assert {room: found for room, found in wrong.items() if found} == {}


def test_modules_import_in_no_circle() -> None:
    """No module needs itself, imports within functions counted."""
    graph = networkx.DiGraph((m, other) for m in MODULES for other in pipeline.imports(m))
    assert list(networkx.simple_cycles(graph)) == []


def test_libraries_read_no_params() -> None:
    """Only stages and tools read params.yaml."""
    libraries = [m for m in MODULES if m.count(".") > 1 and m.split(".")[1] != "tools"]
    readers = [m for m in libraries if pipeline.params_read(m)]
    assert readers == []


def test_default_grid_is_small_enough() -> None:
    """At most 120 stages: each costs a Python start."""
    assert len(pipeline.resolved()) <= 120


def test_committed_lock_is_of_the_committed_pipeline() -> None:
    """dvc.lock has every stage of the default grid, with the command that dvc.yaml declares."""
    lock = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]
    assert {s.addressing: s.cmd for s in pipeline.resolved()} == {
        name: entry["cmd"] for name, entry in lock.items()
    }
