"""What the runs of a test add up to: one row a client, and one verdict a threshold of the issue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks.cases import Case
from tests.benchmarks.processes import Measured
from tests.benchmarks.runner import Outcome


@dataclass
class Cell:
    """One client in one test: its rounds, or why there is none."""

    case: Case
    client: str
    runs: list[Measured] = field(default_factory=list)
    problem: str = ""
    kept: int = 0  # replies on the client's disk when it was killed
    at_kill: dict[str, Any] = field(default_factory=dict)  # the endpoint's counts then

    def middle(self, value: Callable[[Outcome], float]) -> float:
        """The median over the rounds."""
        return median(value(run.outcome) for run in self.runs)

    @property
    def seconds(self) -> float:
        """Median time."""
        return self.middle(lambda outcome: outcome.seconds)

    @property
    def speed(self) -> float:
        """Requests a second."""
        return self.case.requests / self.seconds

    @property
    def cpu(self) -> float:
        """Seconds of CPU for 1,000 requests."""
        return self.middle(lambda outcome: outcome.cpu) / self.case.requests * 1000

    @property
    def peak(self) -> float:
        """The largest resident size, MiB."""
        return max(run.outcome.peak_mib for run in self.runs)

    @property
    def last(self) -> Measured:
        """The last round."""
        return self.runs[-1]

    @property
    def rejected(self) -> int:
        """The most 429s of a round."""
        return max(int(run.stats["statuses"].get("429", 0)) for run in self.runs)

    @property
    def resent(self) -> int:
        """Requests of the run after the kill."""
        return int(self.last.stats["received"] - self.at_kill["received"])

    @property
    def missing(self) -> int:
        """Replies that the client did not have on its disk when it was killed."""
        return self.case.requests - self.kept

    @property
    def growth(self) -> float:
        """MiB by which the last quarter's largest resident size exceeds that of the first."""
        resident = self.last.resident
        quarter = len(resident) // 4
        return max(resident[-quarter:]) - max(resident[:quarter]) if quarter else float("nan")

    def row(self) -> list[str]:
        """The cells of the table."""
        if not self.runs:
            return [self.case.name, self.client, self.problem] + [""] * 8
        stats = self.last.stats
        statuses = stats["statuses"]
        rejected = "/".join(str(statuses.get(code, 0)) for code in ("429", "500", "400"))
        spread = [run.outcome.seconds for run in self.runs]
        seconds = f"{self.seconds:.1f}"
        if len(spread) > 1:
            seconds += f" ({min(spread):.1f}-{max(spread):.1f})"
        return [
            self.case.name,
            self.client,
            seconds,
            f"{self.speed:.0f}",
            f"{self.cpu:.2f}",
            f"{self.peak:.0f}",
            str(self.last.outcome.rows),
            str(stats["received"]),
            rejected,
            str(stats["most_in_flight"]),
            f"{median(run.others for run in self.runs):.1f}",
        ]


HEADINGS = (
    "test",
    "client",
    "seconds",
    "req/s",
    "CPU s / 1,000",
    "peak MiB",
    "rows",
    "received",
    "429/500/400",
    "most in flight",
    "others' cores",
)


@dataclass(frozen=True)
class Verdict:
    """A threshold of the issue, what we measured, and whether it is met."""

    test: str
    threshold: str
    found: str
    met: bool


def verdicts(cells: Mapping[tuple[str, str], Cell]) -> list[Verdict]:
    """Ours against the issue's thresholds, for the tests that ran."""
    found: list[Verdict] = []
    for name, judge in JUDGES.items():
        ours = cells.get((name, "ours"))
        if ours is not None and ours.runs:
            found += judge(ours, cells)
        elif ours is not None:
            found.append(Verdict(name, "runs to its end", ours.problem, False))
    return found


def _clean(ours: Cell, cells: Mapping[tuple[str, str], Cell]) -> list[Verdict]:
    # A machine's speed varies by half within minutes; the bare loop of the same run tells how fast.
    bare = cells.get(("clean", "openai"))
    words = f"{ours.cpu:.2f}" + (f" (bare openai {bare.cpu:.2f})" if bare and bare.runs else "")
    cpu = Verdict("clean", "at most 1.5 CPU s / 1,000", words, ours.cpu <= 1.5)
    curator = cells.get(("clean", "curator"))
    if curator is None or not curator.runs:
        return [cpu]
    factor = ours.speed / curator.speed
    words = f"{factor:.2f} x ({ours.speed:.0f} / {curator.speed:.0f} req/s)"
    return [Verdict("clean", "at least 1.2 x curator", words, factor >= 1.2), cpu]


def _c64(ours: Cell, _: object) -> list[Verdict]:
    ideal = ours.case.concurrency / ours.case.endpoint["latency"]
    share = ours.speed / ideal
    words = f"{share:.1%} ({ours.speed:.0f} of {ideal:.0f} req/s)"
    return [Verdict("c64", "at least 95 % of concurrency / latency", words, share >= 0.95)]


def _a(ours: Cell, _: object) -> list[Verdict]:
    rows = ours.last.outcome.rows
    return [
        Verdict("a", "at most 10 s", f"{ours.seconds:.1f} s", ours.seconds <= 10),
        Verdict("a", "no row lost", f"{rows} rows", rows == ours.case.requests),
    ]


def _b(ours: Cell, _: object) -> list[Verdict]:
    return [
        Verdict("b", "at most 10.5 s", f"{ours.seconds:.1f} s", ours.seconds <= 10.5),
        Verdict("b", "at most 20 rejected", str(ours.rejected), ours.rejected <= 20),
    ]


def _c(ours: Cell, _: object) -> list[Verdict]:
    outcome, asked = ours.last.outcome, ours.last.stats["statuses"].get("400", 0)
    bad = ours.case.poison
    kept = outcome.rows == ours.case.requests - bad
    named = len(outcome.failed) == bad and all(outcome.failed.values())
    reasons = f"{len(outcome.failed)} named: {'; '.join(sorted(set(outcome.failed.values())))}"
    return [
        Verdict("c", f"{ours.case.requests - bad} kept", f"{outcome.rows}", kept),
        Verdict("c", f"{bad} named with their reason", reasons, named),
        Verdict("c", "each asked once", f"{asked} requests for {bad}", asked == bad),
    ]


def _d(ours: Cell, _: object) -> list[Verdict]:
    rows = ours.last.outcome.rows
    words = f"{ours.resent} resent, {ours.missing} missing"
    return [
        Verdict("d", "resent no more than was missing", words, ours.resent <= ours.missing),
        Verdict("d", "no row lost", f"{rows} rows", rows == ours.case.requests),
    ]


def _memory(ours: Cell, _: object) -> list[Verdict]:
    words = f"{ours.peak:.0f} MiB"
    flat = f"{ours.growth:+.0f} MiB from the first to the last quarter"
    return [
        Verdict("memory", "under 1 GiB resident", words, ours.peak < 1024),
        # Bookkeeping of 100,000 requests is some bytes each; texts would be hundreds of MiB.
        Verdict("memory", "flat (at most 1 KiB a text)", flat, ours.growth * 1024 <= _texts(ours)),
    ]


def _texts(cell: Cell) -> int:
    return cell.case.requests


Judge = Callable[[Cell, Mapping[tuple[str, str], Cell]], list[Verdict]]
JUDGES: dict[str, Judge] = {
    "clean": _clean,
    "c64": _c64,
    "a": _a,
    "b": _b,
    "c": _c,
    "d": _d,
    "memory": _memory,
}
