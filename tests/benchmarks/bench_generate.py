"""Our client beside curator and a bare openai loop, against a loopback endpoint that keeps count.

Run `python -m tests.benchmarks.bench_generate [--quick] [--only clean,a,b,c,d,c64,memory]` from the
repository's root; about 10 minutes, --quick 2. The clients take turns, each in a process of its
own, all against one endpoint process on 127.0.0.1; imports are outside the times. Curator is
installed once into an environment of its own (peers.py) and is skipped where it cannot be.
"""

import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import peers
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.processes import (
    FailedRunError,
    Program,
    Served,
    endpoint,
    run,
    run_and_kill,
)
from tests.benchmarks.results import HEADINGS, Cell, verdicts
from tests.benchmarks.runner import Job

Cells = dict[tuple[str, str], Cell]


def main(
    quick: Annotated[bool, typer.Option(help="a tenth of the traffic, nothing is judged")] = False,
    only: Annotated[str, typer.Option(help="tests, separated by commas; all if none")] = "",
    clients: Annotated[str, typer.Option(help="clients, likewise")] = "",
) -> None:
    """Measure, then print the table, the verdicts and what the machine is."""
    console = Console(width=max(150, Console().width))
    wanted = only.split(",") if only else [case.name for case in CASES]
    unknown = sorted(set(wanted) - {case.name for case in CASES})
    if unknown:
        raise SystemExit(f"no tests {unknown}: there are {[case.name for case in CASES]}")
    cases = [case.quick() if quick else case for case in CASES if case.name in wanted]
    chosen = set(clients.split(",")) if clients else {c for case in cases for c in case.clients}
    with tempfile.TemporaryDirectory(prefix="synthworth-bench-") as folder:
        ready, notes = programs(Path(folder), chosen)
        cells: Cells = {}
        with endpoint() as served:
            for number, (case, client) in enumerate(_turns(cases, ready)):
                cell = cells.setdefault((case.name, client), Cell(case, client))
                place = Path(folder) / f"{number:03d}-{case.name}-{client}"
                place.mkdir()
                measure(cell, ready[client], served, place)
                console.print(f"{case.name} {client}: {' '.join(cell.row()[2:])}", markup=False)
    _show(console, cells, notes, quick)


def programs(folder: Path, chosen: set[str]) -> tuple[dict[str, Program], list[str]]:
    """The clients that can run, and a word on each that cannot or that was helped."""
    ours = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    python = Path(sys.executable)
    modules = {name: f"tests.benchmarks.client_{name}" for name in sorted(chosen)}
    found = {name: Program(module, python, ours) for name, module in modules.items()}
    if "curator" not in chosen:
        return found, ["curator was not asked for"]
    try:
        theirs = peers.curator_python()
    except peers.MissingPeerError as error:
        del found["curator"]
        return found, [f"curator skipped: {error}"]
    environment = peers.environment(theirs, folder)
    found["curator"] = Program(modules["curator"], theirs, environment)
    return found, [
        "curator: telemetry off, its tokenizer file taken from the litellm wheel instead of a "
        "download, requests and tokens per minute declared as unbounded, else its defaults"
    ]


def _turns(cases: list[Case], programs: dict[str, Program]) -> Iterator[tuple[Case, str]]:
    """Round by round, so that each client meets the machine at the same times."""
    for case in cases:
        there = [client for client in case.clients if client in programs]
        for turn in range(case.rounds):
            yield from ((case, client) for client in (there if turn % 2 == 0 else there[::-1]))


def measure(cell: Cell, program: Program, served: Served, place: Path) -> None:
    """One round of a test; what goes wrong is the client's result."""
    case = cell.case
    served.reset(case.endpoint)
    url = f"{served.address}/v1"
    job = Job(url, case.requests, case.concurrency, str(place), poison=case.poison)
    try:
        if case.killed:
            cell.at_kill = run_and_kill(program, job, served, case.limit)
            cell.kept = _kept(place)
        cell.runs.append(run(program, job, served, case.limit))
    except FailedRunError as error:
        cell.problem = str(error)


def _kept(place: Path) -> int:
    """Replies that a killed client left on disk: rows of our cache, lines of curator's files."""
    lines = sum(path.read_bytes().count(b"\n") for path in place.glob("**/responses_*.jsonl"))
    for path in place.glob("cache/*.sqlite"):
        database = sqlite3.connect(path)
        lines += int(database.execute("SELECT COUNT(*) FROM replies").fetchone()[0])
        database.close()
    return lines


def _show(console: Console, cells: Cells, notes: list[str], quick: bool) -> None:
    table = Table(*HEADINGS, title="Generation clients, one endpoint on loopback")
    for column in table.columns[2:]:
        column.justify = "right"
    previous = ""
    for cell in cells.values():
        if previous not in ("", cell.case.name):
            table.add_section()
        previous = cell.case.name
        table.add_row(*cell.row(), style="bold" if cell.client == "ours" else None)
    console.print(table)
    for case in {cell.case.name: cell.case for cell in cells.values()}.values():
        console.print(
            f"{case.name}: {case.what}; {case.requests} requests, {case.concurrency} at once, "
            f"median of {case.rounds}",
            markup=False,
        )
    for cell in cells.values():
        if cell.case.killed and cell.runs:
            console.print(
                f"{cell.case.name} {cell.client}: {cell.kept} replies on disk at the kill, "
                f"{cell.missing} missing, {cell.resent} resent",
                markup=False,
            )
    if not quick:
        _judge(console, cells)
    for note in [*notes, _machine(), _versions(cells)]:
        console.print(note, markup=False)


def _judge(console: Console, cells: Cells) -> None:
    table = Table("test", "ours must", "measured", "met")
    for verdict in verdicts(cells):
        met = "yes" if verdict.met else "[red]NO[/red]"
        table.add_row(verdict.test, verdict.threshold, verdict.found, met)
    console.print(table)


def _machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores shared by "
        f'client and endpoint, load average {load}; "others\' cores" is what the rest of the '
        "machine used while a client ran"
    )


def _versions(cells: Cells) -> str:
    found = {"python": platform.python_version(), "aiohttp (endpoint)": version("aiohttp")}
    for cell in cells.values():
        if cell.runs:
            found |= {
                f"{name} ({cell.client})": number
                for name, number in cell.last.outcome.versions.items()
            }
    return "versions: " + ", ".join(f"{name} {number}" for name, number in sorted(found.items()))


if __name__ == "__main__":
    typer.run(main)
