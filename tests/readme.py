"""The parts of README.md that are generated from the files they describe.

`python -m tests.readme` regenerates them; a test checks that they are current.
"""

import re
from pathlib import Path
from typing import Any

import networkx

from tests import kept_runs, pipeline

README = pipeline.ROOT / "README.md"


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
    """A Markdown table of the stages: what each does, reads, writes, and which params it has."""
    rows = ["| stage | what it makes | reads | writes | params |", "|---|---|---|---|---|"]
    for name, stage in pipeline.declared().items():
        paths = [_paths(stage, "deps"), _paths(stage, *WRITTEN), _paths(stage, "params")]
        cells = [f"`{name}`", stage["desc"], *map(_cell, paths)]
        rows.append("| " + " | ".join(cells) + " |")
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


PARTS = {"stages": stage_table, "graph": graph, **kept_runs.BLOCKS}


def current(text: str) -> str:
    """`text` with each part between its two marker comments regenerated."""
    for name, make in PARTS.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"README.md lacks {start} ... {end}")
        text = f"{before}{start}\n{make()}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(current(README.read_text(encoding="utf-8")), encoding="utf-8")
