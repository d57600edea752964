"""The benchmark runs, and its endpoint counts what it says."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks import bench_generate, processes
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.results import Cell, verdicts

BY_NAME = {case.name: case for case in CASES}


def measured(case: Case, client: str, folder: Path) -> Cell:
    """One round of a case, without the neighbours."""
    programs, _ = bench_generate.programs(folder, {client})
    cell = Cell(case, client)
    with processes.endpoint() as served:
        bench_generate.measure(cell, programs[client], served, folder)
    return cell


@pytest.mark.parametrize("client", ["aiohttp", "openai", "ours"])
def test_filter_costs_only_its_rows(client: str, tmp_path: Path) -> None:
    """Every client keeps all rows but the refused ones; the endpoint saw each request once."""
    case = replace(BY_NAME["c"], requests=40, concurrency=8, endpoint={})
    cell = measured(case, client, tmp_path)
    assert cell.last.outcome.rows == 37
    assert len(cell.last.outcome.failed) == 3
    assert cell.last.stats["statuses"] == {"200": 37, "400": 3}
    assert cell.last.stats["most_in_flight"] <= 8


def test_killed_run_pays_only_for_what_is_missing(tmp_path: Path) -> None:
    """After kill -9 ours asks for no reply that is on its disk."""
    case = replace(BY_NAME["d"], requests=200, concurrency=8)
    cell = measured(case, "ours", tmp_path)
    assert 0 < cell.kept < 200
    assert all(verdict.met for verdict in verdicts({("d", "ours"): cell}))


def test_bucket_rejects_what_exceeds_it(tmp_path: Path) -> None:
    """A bucket of 5 tokens that is hardly refilled lets 5 of 12 requests through."""
    case = Case("bucket", "", 12, 12, {"rate": 0.001, "capacity": 5.0})
    cell = measured(case, "aiohttp", tmp_path)
    assert cell.last.stats["statuses"] == {"200": 5, "429": 7}
    assert set(cell.last.outcome.failed.values()) == {"429"}


def test_slow_client_is_stopped_and_named(tmp_path: Path) -> None:
    """A client that exceeds its time is killed, and that is its result."""
    case = Case("slow", "", 4, 4, {"latency": 30.0}, limit=2.0)
    assert measured(case, "aiohttp", tmp_path).problem == "not done after 2 s"
