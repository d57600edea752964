"""The parts of the README files that are generated from the files they describe.

`python -m tests.readme` regenerates them; a test checks that they are current.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import yaml

from stages.core import params
from stages.tools import app
from tests import kept_runs, pipeline

README = Path("README.md")


def _paths(stage: dict[str, Any], *keys: str) -> list[str]:
    """The paths that a stage of dvc.yaml lists under `keys`, without their options."""
    entries = [entry for key in keys for entry in stage.get(key, [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def _cell(paths: list[str]) -> str:
    """Paths without code, a matrix entry shown as <name>."""
    shown = [re.sub(r"\$\{item\.(\w+)\}", r"<\1>", p) for p in paths if not p.startswith("stages")]
    return "<br>".join(f"`{path}`" for path in shown)


WRITTEN = ("outs", "metrics", "plots")


def stage_table() -> str:
    """A Markdown table of the stages: what each makes, and where it lies."""
    rows = ["| stage | what it makes | in |", "|---|---|---|"]
    for name, stage in pipeline.declared().items():
        rows.append(f"| `{name}` | {stage['desc']} | {_cell(_paths(stage, *WRITTEN))} |")
    return "\n".join(rows)


def graph() -> str:
    """A Mermaid graph of the stages: an edge where one reads what another writes."""
    stages = pipeline.declared()
    writes = {name: _paths(stage, *WRITTEN) for name, stage in stages.items()}
    reads = networkx.DiGraph(
        (first, second)
        for second, stage in stages.items()
        for first in stages
        if any(_related(out, dep) for out in writes[first] for dep in stage["deps"])
    )
    edges = networkx.transitive_reduction(reads).edges
    lines = [f"    {first} --> {second}" for first, second in sorted(edges)]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```"])


def _related(out: str, dep: str) -> bool:
    """Whether `dep` lies in, or holds, `out`, whatever a matrix fills in."""
    a, b = (Path(re.sub(r"\$\{item.*?\}", "*", path)).parts for path in (out, dep))
    return all(x == y or "*" in (x[0], y[0]) for x, y in zip(a, b, strict=False))


def command_table() -> str:
    """A Markdown table of the commands of `synthworth`."""
    rows = ["| `synthworth ...` | to |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{name}` | {said} |" for name, said in app.COMMANDS.items())])


def params_table() -> str:
    """A Markdown table of the sections of params.yaml: their keys, and the stages that read them.

    A section that holds one entry per name of the user's choice has no keys to list.
    """
    content = yaml.safe_load((pipeline.ROOT / params.PARAMS).read_text(encoding="utf-8"))
    readers = {
        name: [path.partition(".")[0] for path in _paths(stage, "params")]
        for name, stage in pipeline.declared().items()
    }
    rows = ["| section | read by | settings |", "|---|---|---|"]
    for section in params.SECTIONS:
        stages = [name for name, sections in readers.items() if section in sections]
        chosen = section in ("mixtures", "strategies", "models")
        keys = ["*one entry per name*"] if chosen else [f"`{key}`" for key in content[section]]
        read = ", ".join(f"`{name}`" for name in stages) if len(stages) < 5 else "most stages"
        rows.append(f"| `{section}` | {read} | {', '.join(keys)} |")
    return "\n".join(rows)


# By file, relative to the root: its parts.
DOCUMENTS: dict[Path, dict[str, Callable[[], str]]] = {
    README: {
        "study": kept_runs.study,
        "commands": command_table,
        "stages": stage_table,
        "params": params_table,
    },
    Path("stages/README.md"): {"graph": graph},
    Path("data/README.md"): {},
    Path("metrics/kept/README.md"): kept_runs.BLOCKS,
}


def read(document: Path) -> str:
    """What a document says."""
    return (pipeline.ROOT / document).read_text(encoding="utf-8")


def current(document: Path) -> str:
    """A document with each part between its two marker comments regenerated."""
    text = read(document)
    for name, make in DOCUMENTS[document].items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{document} lacks {start} ... {end}")
        text = f"{before}{start}\n{_seen_from(document.parent, make())}\n{end}{after}"
    return text


def _seen_from(folder: Path, part: str) -> str:
    """A part whose links, relative to the root, are made relative to `folder`."""
    return re.sub(r"\]\(([^)]+)\)", lambda link: f"]({os.path.relpath(link[1], folder)})", part)


if __name__ == "__main__":
    for each in DOCUMENTS:
        (pipeline.ROOT / each).write_text(current(each), encoding="utf-8")
