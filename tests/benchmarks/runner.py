"""What every client process of the benchmark shares; standard library only, any Python 3.11."""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass, field

KEY = "benchmark"  # the endpoint asks for none
MODEL = "mock"
CONTEXT = (
    "You write texts for a data set that is used to train a classifier of news. Texts are short, "
    "varied in subject, wording and length, and read as if people had written them."
)


@dataclass(frozen=True)
class Job:
    """What a client is to do; its prompts are numbered, so that reruns ask for the same."""

    url: str
    requests: int
    concurrency: int
    folder: str
    poison: int = 0  # this many prompts, spread evenly, are refused by the endpoint's filter

    def poisoned(self) -> frozenset[int]:
        """The numbers of the poisoned prompts."""
        return frozenset(
            self.requests * (2 * number + 1) // (2 * self.poison) for number in range(self.poison)
        )

    def prompts(self) -> list[str]:
        """One prompt per request."""
        bad = self.poisoned()
        return [
            f"Write one text about subject {number}. Reply as JSON with the key texts."
            + (" POISON" if number in bad else "")
            for number in range(self.requests)
        ]


@dataclass
class Outcome:
    """What a client did. The clock runs from the first prompt to the last row."""

    rows: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # reason by name of the request
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of user and system time in `seconds`, all threads
    whole_cpu: float = 0.0  # the same since the process started: imports too
    peak_mib: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)


def messages(prompt: str) -> list[dict[str, str]]:
    """The conversation that asks `prompt`."""
    return [{"role": "system", "content": CONTEXT}, {"role": "user", "content": prompt}]


def job() -> Job:
    """The job on the command line."""
    return Job(**json.loads(sys.argv[1]))


class Watch:
    """Wall and CPU time since it was made, until `stop` or `report`."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self._stopped: tuple[float, float, float] | None = None

    def stop(self) -> None:
        """Read the clocks; what follows does not count."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Linux counts KiB, macOS bytes.
        mib = peak / (2**20 if sys.platform == "darwin" else 2**10)
        self._stopped = time.perf_counter() - self._wall, time.process_time() - self._cpu, mib

    def report(self, outcome: Outcome) -> None:
        """Print `outcome` with the times as the last line."""
        if self._stopped is None:
            self.stop()
        assert self._stopped is not None
        outcome.seconds, outcome.cpu, outcome.peak_mib = self._stopped
        outcome.whole_cpu = time.process_time()
        print(json.dumps(asdict(outcome)), flush=True)
