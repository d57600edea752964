"""Tasks ranked by how objective people call them: Bradley-Terry strengths from paired votes.

Bradley and Terry (1952), "Rank analysis of incomplete block designs", Biometrika 39: task i beats
task j with odds exp(strength_i - strength_j). Votes: `task_a, task_b, voter, winner`, the winner
being the more objective task, or `tie`, which counts half a vote for each.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.arrays import Floats
from stages.core.errors import UserError
from stages.core.records import VOTES, check_columns
from stages.stats.resampling import Bootstrap

TIE = "tie"
STARS = 5


class Tally(NamedTuple):
    """Votes counted. `wins[v, i, j]`: voter v's votes for task i over task j, a tie half each."""

    tasks: tuple[str, ...]
    voters: tuple[str, ...]
    wins: Floats  # (voters, tasks, tasks)
    votes: int
    ties: int
    contradictions: int  # pairs that one voter decided in different ways; all their votes count


def tally(votes: pd.DataFrame, known: Iterable[str]) -> Tally:
    """Count the votes on the `known` tasks; tasks without any vote are left out.

    Voters who contradict themselves are kept and counted. Raises `UserError` for a task that is not
    known, a task set against itself, a winner that did not run, and tasks that no chain of votes
    links, since nothing can then be said about their order.
    """
    check(votes, known, "votes")
    tasks = tuple(sorted(set(votes["task_a"]) | set(votes["task_b"])))
    voters = tuple(sorted(set(votes["voter"])))
    first, second = (pd.Categorical(votes[c], tasks).codes for c in ("task_a", "task_b"))
    voter = pd.Categorical(votes["voter"], voters).codes
    share = np.where(votes["winner"] == TIE, 0.5, votes["winner"] == votes["task_a"]).astype(float)
    wins = np.zeros((len(voters), len(tasks), len(tasks)))
    np.add.at(wins, (voter, first, second), share)
    np.add.at(wins, (voter, second, first), 1.0 - share)
    _check_connected(wins.sum(axis=0), tasks)
    ties = int((votes["winner"] == TIE).sum())
    return Tally(tasks, voters, wins, len(votes), ties, _contradictions(votes))


def _contradictions(votes: pd.DataFrame) -> int:
    pair = np.sort(votes[["task_a", "task_b"]].to_numpy(dtype=str), axis=1)
    keyed = votes.assign(low=pair[:, 0], high=pair[:, 1])
    winners = keyed.groupby(["voter", "low", "high"])["winner"].nunique()
    return int((winners > 1).sum())


def check(votes: pd.DataFrame, known: Iterable[str], where: str) -> None:
    """Raise `UserError`, naming `where` and the row (from 1), for a vote that cannot be counted."""
    check_columns(votes, VOTES, where)
    tasks = pd.concat([votes["task_a"], votes["task_b"]])
    unknown = tasks[~tasks.isin(list(known))]
    if len(unknown):
        raise UserError(
            f"{where}, row {unknown.index[0] + 1}: no task {unknown.iloc[0]!r} has a card "
            f"(such tasks: {len(set(unknown))}); add a card or drop the vote"
        )
    itself = np.flatnonzero(votes["task_a"] == votes["task_b"])
    if len(itself):
        raise UserError(f"{where}, row {itself[0] + 1} sets a task against itself; drop it")
    ran = (votes["winner"] == votes["task_a"]) | (votes["winner"] == votes["task_b"])
    wrong = np.flatnonzero(~ran & (votes["winner"] != TIE))
    if len(wrong):
        row = votes.iloc[wrong[0]]
        raise UserError(
            f"{where}, row {wrong[0] + 1}: expected {row['task_a']!r}, {row['task_b']!r} or "
            f"{TIE!r} as winner, found {row['winner']!r}; fix it"
        )


def _check_connected(wins: Floats, tasks: Sequence[str]) -> None:
    reach = {0}
    while True:
        grown = reach | {int(j) for i in reach for j in np.flatnonzero(wins[i] + wins[:, i])}
        if grown == reach:
            break
        reach = grown
    others = [task for i, task in enumerate(tasks) if i not in reach]
    if others:
        linked = [task for i, task in enumerate(tasks) if i in reach]
        raise UserError(f"no vote links {linked} with {others}; add votes between the two groups")


def strengths(wins: Floats, prior: float) -> Floats:
    """Bradley-Terry strengths (natural logarithm of the odds), mean 0; higher is more objective.

    `wins[i, j]` votes for i over j. Each task also gets `prior` votes won and `prior` lost against
    an imaginary average task: without them a task that lost every vote has no finite strength, and
    evalica 0.4.2 then silently returns the same score for all tasks.
    Raises `ValueError` when `prior` is not above 0 or the iteration does not converge.
    """
    import evalica

    if prior <= 0:
        raise ValueError(f"prior must be above 0, found {prior}")
    n, limit = len(wins), 20_000
    i, j = np.nonzero(wins)
    everyone, average = np.arange(n), np.full(n, n)
    left = np.concatenate([i, everyone, average])
    right = np.concatenate([j, average, everyone])
    weights = np.concatenate([wins[i, j], np.full(2 * n, prior)])
    result = evalica.bradley_terry(
        left.tolist(),
        right.tolist(),
        [evalica.Winner.X] * len(left),
        weights=weights.tolist(),
        tolerance=1e-10,
        limit=limit,
    )
    if result.iterations >= limit:
        raise ValueError(f"Bradley-Terry did not converge in {limit} iterations")
    scores: Floats = np.log(result.scores.loc[list(range(n))].to_numpy(dtype=float))
    centred: Floats = scores - scores.mean()
    return centred


def resampled(counted: Tally, prior: float, bootstrap: Bootstrap) -> Floats:
    """Strengths (resamples, tasks) on resampled voters.

    A voter's votes stay together, since they depend on each other. With few voters the interval is
    rough, and too narrow; then many resamples are alike, and each kind is computed once.
    """
    voters = len(counted.voters)
    drawn = bootstrap.rng("voters").multinomial(
        voters, np.full(voters, 1.0 / voters), size=bootstrap.resamples
    )
    patterns, inverse = np.unique(drawn, axis=0, return_inverse=True)
    wins = np.einsum("rv,vij->rij", patterns.astype(float), counted.wins)
    return np.stack([strengths(matrix, prior) for matrix in wins])[inverse.ravel()]


def stars(values: Floats) -> NDArray[np.int64]:
    """One star (most objective) to five (most subjective): fifths of the range of strengths.

    Li et al. (2023) show one to five stars but not their rule; equal steps are ours.
    """
    spread = float(np.ptp(values))
    if spread == 0:
        return np.ones(len(values), dtype=np.int64)
    steps: NDArray[np.int64] = (STARS * (values.max() - values) / spread).astype(np.int64)
    return np.minimum(steps, STARS - 1) + 1


def table(counted: Tally, prior: float, bootstrap: Bootstrap) -> pd.DataFrame:
    """One row per task, most objective first.

    Columns: task, rank, stars, strength, low, high (percentiles over resampled voters; absent with
    one voter), wins and comparisons (votes; a tie is half a win).
    """
    total = counted.wins.sum(axis=0)
    values = strengths(total, prior)
    frame = pd.DataFrame({"task": counted.tasks, "stars": stars(values), "strength": values})
    if len(counted.voters) > 1:
        draws = resampled(counted, prior, bootstrap)
        tail = (1 - bootstrap.level) / 2
        frame["low"], frame["high"] = np.quantile(draws, [tail, 1 - tail], axis=0)
    frame["wins"] = total.sum(axis=1)
    frame["comparisons"] = (total + total.T).sum(axis=1).round().astype(int)
    frame = frame.sort_values(["strength", "task"], ascending=[False, True], ignore_index=True)
    frame.insert(1, "rank", np.arange(1, len(frame) + 1))
    return frame


class Triples(NamedTuple):
    """Sets of three tasks of which all pairs have a preference, and how many run in a circle."""

    judged: int
    circular: int


def triples(wins: Floats) -> Triples:
    """Count a > b > c > a in the majority preferences of `wins` (tasks, tasks).

    Chance alone makes a quarter of the triples circular (Kendall and Babington Smith 1940).
    """
    prefers = (wins > wins.T).astype(int)
    judged = circular = 0
    for three in combinations(range(len(wins)), 3):
        beaten = prefers[np.ix_(three, three)].sum(axis=1)
        if beaten.sum() == 3:
            judged += 1
            circular += bool((beaten == 1).all())
    return Triples(judged, circular)


def summary(counted: Tally) -> dict[str, Any]:
    """How the voters agree: pairwise agreement, circular triples, ties, contradictions.

    `agreement` is the share of the pairs of voters who, on a pair of tasks that both judged, prefer
    the same task; `kendall_u` is the same on a scale where 0 is chance and 1 unanimity (Kendall and
    Babington Smith 1940). Ties and balanced contradictions are no preference, and stay out.
    """
    prefer = np.sign(counted.wins - counted.wins.transpose(0, 2, 1))
    upper = np.triu_indices(len(counted.tasks), 1)
    signs = prefer[:, upper[0], upper[1]]  # (voters, pairs of tasks): 1, -1, 0 for no preference
    plus, minus = (signs > 0).sum(axis=0), (signs < 0).sum(axis=0)
    same = int((plus * (plus - 1) + minus * (minus - 1)).sum() // 2)
    both = int(((plus + minus) * (plus + minus - 1)).sum() // 2)
    majority = triples(counted.wins.sum(axis=0))
    single = [triples(wins) for wins in counted.wins]
    found: dict[str, Any] = {
        "tasks": len(counted.tasks),
        "voters": len(counted.voters),
        "votes": counted.votes,
        "ties": counted.ties,
        "contradictions": counted.contradictions,
        "triples": majority.judged,
        "circular_triples": majority.circular,
        "voters_triples": sum(t.judged for t in single),
        "voters_circular_triples": sum(t.circular for t in single),
    }
    if majority.judged:
        found["circular_share"] = majority.circular / majority.judged
    if both:
        found |= {"agreement": same / both, "kendall_u": 2 * same / both - 1}
    return found
