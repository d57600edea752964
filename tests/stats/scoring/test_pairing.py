"""Changes between two runs on the same test texts, paired by text and by seed."""

from collections.abc import Mapping

import numpy as np
import pytest

from stages.stats.scoring import estimates, metrics, pairing
from stages.stats.scoring.change import MEAN
from stages.stats.scoring.noise import Values
from stages.stats.scoring.pairing import Both
from stages.stats.scoring.predicted import Predicted

SEEDS, TEXTS = 10, 60


class World:
    """Texts of two labels, some hard, some easy; training draws that are good or bad for all."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.truth = np.arange(TEXTS) % 2
        self.easy = self.rng.normal(0.7, 0.8, TEXTS)
        self.draws = self.rng.normal(0, 0.3, (SEEDS, 1))
        self.luck = self.rng.normal(0, 0.5, (SEEDS, TEXTS))

    def values(self, shift: float = 0.0, seeds: int = SEEDS) -> dict[str, Values]:
        """The metrics of a model: `shift` is what it does better than another."""
        own = self.rng.normal(shift, 0.3, (seeds, TEXTS))
        right = self.easy + self.draws[:seeds] + self.luck[:seeds] + own > 0
        labels = np.where(right, self.truth, 1 - self.truth)
        sure = np.where(right, 0.7, 0.3)[..., None]
        shares = np.where(np.arange(2) == self.truth[:, None], sure, 1 - sure)
        return metrics.values(
            self.truth, Predicted(tuple(range(seeds)), (9,) * seeds, labels, shares)
        )


def errors(found: dict[tuple[str, str], dict[str, Both]], tasks: int = 1) -> dict[str, float]:
    """The standard errors of accuracy: `task what source` -> se."""
    table = pairing.errors(found, tasks)
    rows = table[table["metric"] == "accuracy"]
    keys = rows["task"] + " " + rows["what"] + " " + rows["source"]
    return dict(zip(keys.str.strip(), rows["se"], strict=True))


def accuracy(values: Mapping[str, Values]) -> float:
    """Over all training runs."""
    return metrics.mean(values["accuracy"])


def test_a_change_without_cause_is_marked_as_seldom_as_said() -> None:
    """Two runs that differ by luck alone: 95 % intervals leave out 0 in at most 5 %.

    Over 1,500 studies, in 2.2 % for scores and 2.7 % for gaps (in none, where nothing is paired).
    """
    beyond = {"score": 0, "gap": 0}
    studies = 400
    for study in range(studies):
        world = World(study)
        sources = {name: Both(world.values(), world.values()) for name in ("real", "few_shot")}
        table = pairing.errors({("topics", "probe"): sources}, 1)
        table = table[(table["task"] != MEAN) & (table["metric"] == "accuracy")]
        real, few_shot = (accuracy(both.new) - accuracy(both.old) for both in sources.values())
        change = {"score": few_shot, "gap": few_shot - real}
        for row in table[table["source"] == "few_shot"].to_dict("records"):
            reach = estimates.quantile(row["df"], 0.95) * row["se"]
            beyond[row["what"]] += bool(abs(change[row["what"]]) > reach)
    assert 0.005 < beyond["score"] / studies < 0.07
    assert 0.005 < beyond["gap"] / studies < 0.07


def test_pairing_sees_what_the_runs_own_errors_hide() -> None:
    """Runs that share texts and seeds differ by less than two runs would that share neither."""
    world = World(0)
    old, new = world.values(), world.values(0.3)
    own = (estimates.score(run["accuracy"], "share", 0.95).se for run in (old, new))
    paired = errors({("topics", "probe"): {"real": Both(old, new)}})["topics score real"]
    assert paired < 0.5 * sum(se**2 for se in own) ** 0.5


def test_runs_of_other_counts_are_not_paired_by_seed() -> None:
    """Their texts still are: the error is that of a gap between the two."""
    world = World(0)
    old, new = world.values(), world.values(seeds=1)
    found = errors({("topics", "probe"): {"real": Both(old, new)}})["topics score real"]
    gap = estimates.gap(new["accuracy"], old["accuracy"], "share", 0.95)
    assert found == pytest.approx(gap.se)


def test_a_mean_needs_all_tasks() -> None:
    """Squared errors add up over tasks; a task without predictions leaves the mean without one."""
    found = {
        (task, "probe"): {"real": Both(World(n).values(), World(n + 9).values())}
        for n, task in enumerate(("moods", "topics"))
    }
    both = errors(found, tasks=2)
    parts = both["moods score real"], both["topics score real"]
    assert both["score real"] == pytest.approx(sum(se**2 for se in parts) ** 0.5 / 2)
    assert "score real" not in errors(found, tasks=3)


def test_there_is_no_gap_without_real() -> None:
    """Only scores."""
    world = World(0)
    found = errors({("topics", "probe"): {"few_shot": Both(world.values(), world.values())}})
    assert set(found) == {"topics score few_shot", "score few_shot"}
