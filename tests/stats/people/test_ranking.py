"""Bradley-Terry strengths against choix, against simulated truth, and on votes gone wrong."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.stats.people import ranking
from stages.stats.resampling import Bootstrap

Ballots = Callable[..., pd.DataFrame]
LINE = ("1:a>b", "1:b>c", "1:a>c", "2:a>b", "2:b>c", "2:c>a")


def votes_of(strength: np.ndarray, voters: int, rounds: int, seed: int) -> pd.DataFrame:
    """Votes drawn from the model itself: each voter judges each pair `rounds` times."""
    rng = np.random.default_rng(seed)
    rows = []
    for voter in range(voters):
        for i, j in combinations(range(len(strength)), 2):
            for _ in range(rounds):
                wins = rng.random() < 1 / (1 + np.exp(strength[j] - strength[i]))
                rows.append((f"t{i}", f"t{j}", f"v{voter}", f"t{i}" if wins else f"t{j}"))
    return pd.DataFrame(rows, columns=["task_a", "task_b", "voter", "winner"])


def test_strengths_equal_choix() -> None:
    """With the prior's votes written out, choix finds the same maximum."""
    choix = pytest.importorskip("choix")
    votes = votes_of(np.array([1.0, 0.3, -0.2, -1.1]), 3, 2, seed=1)
    counted = ranking.tally(votes, set(votes["task_a"]) | set(votes["task_b"]))
    n = len(counted.tasks)
    data = [(int(w[1]), int(a[1] if w == b else b[1])) for a, b, _, w in votes.to_numpy()]
    data += [pair for i in range(n) for pair in ((i, n), (n, i))]
    expected = choix.ilsr_pairwise(n + 1, data, tol=1e-12, max_iter=1000)[:n]
    found = ranking.strengths(counted.wins.sum(axis=0), prior=1.0)
    np.testing.assert_allclose(found, expected - expected.mean(), atol=1e-7)


def test_strengths_equal_published_ones() -> None:
    """Baseball, American League East, 1987 (Agresti 2002, Categorical Data Analysis, p. 438).

    Each pair played 13 games. Log abilities less Baltimore's: Agresti's Table 10.11, to four digits
    in the vignette of the R package BradleyTerry2 (Turner and Firth 2012, J. Stat. Softw. 48(9)).
    """
    wins = np.zeros((7, 7))  # Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore
    wins[np.triu_indices(7, 1)] = [
        *(7, 9, 7, 7, 9, 11),
        *(7, 5, 11, 9, 9),
        *(7, 7, 8, 12),
        *(6, 7, 10),
        *(7, 12),
        6,
    ]
    wins += np.tril(13 - wins.T, -1)
    found = ranking.strengths(wins, prior=1e-6)
    published = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0]
    np.testing.assert_allclose(found - found[-1], published, atol=1e-4)


def test_two_tasks_by_hand() -> None:
    """Three votes to one without much prior: the odds are three to one."""
    found = ranking.strengths(np.array([[0.0, 3.0], [1.0, 0.0]]), prior=1e-6)
    assert found[0] - found[1] == pytest.approx(np.log(3), abs=1e-4)


def test_task_without_a_win_keeps_the_others_apart() -> None:
    """One task lost every vote: its strength is finite and the others' are not levelled."""
    wins = np.array([[0.0, 3, 4], [1, 0, 4], [0, 0, 0]])
    found = ranking.strengths(wins, prior=0.5)
    assert np.isfinite(found).all() and found[0] > found[1] > found[2]


def test_strengths_refuse_no_prior() -> None:
    """Without a prior there may be no maximum, so it is not tried."""
    with pytest.raises(ValueError, match="prior must be above 0"):
        ranking.strengths(np.array([[0.0, 1.0], [0.0, 0.0]]), prior=0.0)


def test_strengths_are_recovered() -> None:
    """From many simulated votes come the strengths that they were drawn with."""
    truth = np.array([1.5, 0.7, 0.0, -0.6, -1.6])
    votes = votes_of(truth, voters=20, rounds=10, seed=2)
    counted = ranking.tally(votes, [f"t{i}" for i in range(5)])
    found = ranking.table(counted, 0.5, Bootstrap(100, 0.95, 0)).sort_values("task")
    np.testing.assert_allclose(found["strength"], truth, atol=0.25)
    assert (found["low"] < found["strength"]).all() and (found["strength"] < found["high"]).all()


def test_interval_covers_the_truth() -> None:
    """Over simulated panels of 20 voters, about 95 % of the 95 % intervals hold the truth."""
    truth = np.array([0.8, 0.1, -0.9])
    inside = []
    for seed in range(60):
        votes = votes_of(truth, voters=20, rounds=1, seed=seed)
        counted = ranking.tally(votes, ["t0", "t1", "t2"])
        found = ranking.table(counted, 0.5, Bootstrap(200, 0.95, seed)).sort_values("task")
        inside.append((found["low"] <= truth) & (truth <= found["high"]))
    assert 0.85 < np.mean(inside) <= 1.0


def test_resamples_are_of_whole_voters(ballots: Ballots) -> None:
    """With two voters there are three possible draws, each the fit of those voters' votes."""
    counted = ranking.tally(ballots(*LINE), "abc")
    draws = ranking.resampled(counted, 0.5, Bootstrap(200, 0.95, 0))
    allowed = [
        ranking.strengths(np.einsum("v,vij->ij", np.array(w, dtype=float), counted.wins), 0.5)
        for w in ((2, 0), (1, 1), (0, 2))
    ]
    nearest = [min(float(np.abs(row - a).max()) for a in allowed) for row in draws]
    assert max(nearest) < 1e-12 and len(np.unique(draws.round(9), axis=0)) == 3


def test_tie_is_half_a_win_for_each(ballots: Ballots) -> None:
    """A tie counts half for either side and is no contradiction."""
    counted = ranking.tally(ballots("1:a=b", "1:b>c"), "abc")
    assert counted.wins[0, 0, 1] == counted.wins[0, 1, 0] == 0.5
    assert (counted.ties, counted.contradictions) == (1, 0)


def test_voters_who_contradict_themselves_are_kept_and_counted(ballots: Ballots) -> None:
    """Both votes count, and the pair is reported."""
    counted = ranking.tally(ballots("1:a>b", "1:b>a", "1:b>c", "1:b>c"), "abc")
    assert counted.contradictions == 1 and counted.wins.sum() == 4


def test_vote_for_an_unknown_task(ballots: Ballots) -> None:
    """The line names the task."""
    with pytest.raises(UserError, match=r"votes, row \d: no task 'c' has a card"):
        ranking.tally(ballots("1:a>b", "1:b>c"), "ab")


def test_winner_that_did_not_run(ballots: Ballots) -> None:
    """The line names the vote, what was expected and what was found."""
    votes = ballots("1:a>b", "1:b>c").assign(winner=["a", "a"])
    with pytest.raises(
        UserError, match="votes, row 2: expected 'b', 'c' or 'tie' as winner, found 'a'"
    ):
        ranking.tally(votes, "abc")


def test_task_against_itself(ballots: Ballots) -> None:
    """Such a vote says nothing."""
    with pytest.raises(UserError, match="votes, row 1 sets a task against itself"):
        ranking.tally(ballots("1:a>a"), "a")


def test_disconnected_comparisons(ballots: Ballots) -> None:
    """The line names both groups."""
    with pytest.raises(UserError, match=r"no vote links \['a', 'b'\] with \['c', 'd'\]"):
        ranking.tally(ballots("1:a>b", "1:c>d"), "abcd")


def test_stars_are_fifths_of_the_range() -> None:
    """The most objective task has one star, the most subjective five, equal ones one."""
    assert ranking.stars(np.array([10.0, 7.9, 5.0, 1.9, 0.0])).tolist() == [1, 2, 3, 5, 5]
    assert ranking.stars(np.zeros(3)).tolist() == [1, 1, 1]


def test_table_of_one_voter_has_no_interval(ballots: Ballots) -> None:
    """A single voter gives no spread between voters."""
    found = ranking.table(ranking.tally(ballots(*LINE[:3]), "abc"), 0.5, Bootstrap(50, 0.95, 0))
    assert list(found["task"]) == ["a", "b", "c"] and "low" not in found
    assert list(found["wins"]) == [2, 1, 0] and list(found["comparisons"]) == [2, 2, 2]


def test_circular_triples(ballots: Ballots) -> None:
    """A circle is counted, a line is not, and a triple with an open pair is not judged."""
    circle = ranking.tally(ballots("1:a>b", "1:b>c", "1:c>a"), "abc")
    line = ranking.tally(ballots(*LINE[:3]), "abc")
    assert ranking.triples(circle.wins[0]) == (1, 1) and ranking.triples(line.wins[0]) == (1, 0)
    assert ranking.triples(ranking.tally(ballots("1:a>b", "1:b>c"), "abc").wins[0]) == (0, 0)


def test_summary_of_two_voters(ballots: Ballots) -> None:
    """Two voters agree on two pairs of three: agreement 2/3, Kendall's u 1/3."""
    found = ranking.summary(ranking.tally(ballots(*LINE), "abc"))
    assert found["agreement"] == pytest.approx(2 / 3)
    assert found["kendall_u"] == pytest.approx(1 / 3)
    assert (found["voters_triples"], found["voters_circular_triples"]) == (2, 1)


def test_summary_of_random_votes_is_chance() -> None:
    """Votes by coin: a quarter of the triples run in a circle and u is near 0."""
    votes = votes_of(np.zeros(10), voters=30, rounds=1, seed=3)
    found = ranking.summary(ranking.tally(votes, [f"t{i}" for i in range(10)]))
    share = found["voters_circular_triples"] / found["voters_triples"]
    assert share == pytest.approx(0.25, abs=0.03) and abs(found["kendall_u"]) < 0.03
