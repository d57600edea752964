"""The endpoint and the clients as processes of their own, and what the machine did meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.benchmarks.runner import Job, Outcome

ROOT = Path(__file__).parents[2]
LOOK = 0.25  # seconds between looks at a client
DRAIN = 10.0  # seconds that the endpoint may take to finish what a killed client asked


class FailedRunError(Exception):
    """A client crashed or was too slow; the message says which and why."""


@dataclass(frozen=True)
class Program:
    """How a client is started."""

    module: str
    python: Path
    environment: Mapping[str, str]


@dataclass
class Measured:
    """A client's outcome, and what was seen from outside."""

    outcome: Outcome
    stats: dict[str, Any]  # the endpoint's counts
    resident: list[float]  # MiB, one every LOOK seconds; empty where there is no /proc
    others: float  # cores that other processes of the machine used; NaN where unknown


class Served:
    """The running endpoint."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = build_opener(ProxyHandler({}))  # loopback goes through no proxy

    def reset(self, settings: Mapping[str, Any]) -> None:
        """Forget the counts and behave as `settings` say, once nothing is on its way."""
        self.drained()
        self._opener.open(
            Request(f"{self.address}/reset", json.dumps(dict(settings)).encode()),  # noqa: S310
            timeout=10,
        ).close()

    def stats(self) -> dict[str, Any]:
        """The counts since the last reset."""
        with self._opener.open(f"{self.address}/stats", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def drained(self) -> dict[str, Any]:
        """The counts once nothing is on its way."""
        until = time.monotonic() + DRAIN
        while (stats := self.stats())["in_flight"] and time.monotonic() < until:
            time.sleep(0.05)
        return stats


@contextmanager
def endpoint() -> Iterator[Served]:
    """An endpoint in a process of its own, on 127.0.0.1."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.endpoint"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        yield Served(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        process.stdout.close()


def run(program: Program, given: Job, served: Served, limit: float) -> Measured:
    """Run a client to its end. Raises `FailedRunError`."""
    busy, started = _busy(), time.monotonic()
    before = served.stats()["cpu"]
    with _client(program, given) as process:
        resident: list[float] = []
        while process.poll() is None:
            if time.monotonic() - started > limit:
                raise FailedRunError(f"not done after {limit:.0f} s")
            time.sleep(LOOK)
            resident += _resident(process.pid)
        last = _last_line(given, "out")
        if process.returncode:
            raise FailedRunError(f"exit status {process.returncode}: {_last_line(given, 'err')}")
    outcome = Outcome(**json.loads(last))
    stats = served.drained()
    wall = time.monotonic() - started
    usage = outcome.whole_cpu + stats["cpu"] - before
    return Measured(outcome, stats, resident, max(0.0, (_busy() - busy - usage) / wall))


def run_and_kill(program: Program, given: Job, served: Served, limit: float) -> dict[str, Any]:
    """Kill a client when half of its requests are answered; the endpoint's counts after that."""
    started = time.monotonic()
    with _client(program, given) as process:
        while served.stats()["paid"] < given.requests / 2:
            if process.poll() is not None or time.monotonic() - started > limit:
                raise FailedRunError(f"ended before it was killed: {_last_line(given, 'err')}")
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return served.drained()


@contextmanager
def _client(program: Program, given: Job) -> Iterator[subprocess.Popen[bytes]]:
    """A client in a process group of its own, of which nothing outlives the block."""
    folder = Path(given.folder)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [program.python, "-m", program.module, json.dumps(asdict(given))],
            cwd=ROOT,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _last_line(given: Job, name: str) -> str:
    lines = (Path(given.folder) / name).read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _resident(pid: int) -> list[float]:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return []
    return [pages * os.sysconf("SC_PAGE_SIZE") / 2**20]


def _busy() -> float:
    """Seconds that the machine's cores have worked; NaN where there is no /proc."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:
        return float("nan")
    user, nice, system, _, _, irq, soft, steal = map(int, first)
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
