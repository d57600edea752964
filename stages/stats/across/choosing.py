"""Which of one task's synthetic sets is best? How well a signal orders them, over tasks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from stages.core.arrays import Floats
from stages.stats.across.correlation import p_value, spearman
from stages.stats.resampling import Bootstrap, percentile

LEAST = 3  # sets of a task; of two, any order comes up by chance in one case of two


class Sets(NamedTuple):
    """One task's sets: a signal of each, and the score that its classifier truly has; (sets,)."""

    signal: Floats
    score: Floats


def ordered(tasks: Sequence[Sets], bootstrap: Bootstrap) -> dict[str, Any]:
    """Spearman's rho of signal and score within a task, averaged over tasks; what a choice loses.

    `rho` has value, low, high (over resampled tasks) and p (two-sided, scores permuted within
    tasks); a signal that does not vary within a task orders nothing: its rho is 0. `lost` is the
    best score less that of the set with the greatest signal, `by_chance` that of a set drawn at
    random. Tasks whose sets are fewer than `LEAST` or all have the same score are left out.
    """
    used = [t for t in tasks if len(t.score) >= LEAST and np.ptp(t.score) > 0]
    if not used:
        return {"tasks": 0}
    rng = bootstrap.rng("sets")
    null = np.zeros(bootstrap.resamples)
    for task in used:
        orders = rng.permuted(np.tile(task.score, (bootstrap.resamples, 1)), axis=1)
        null += _rho(np.broadcast_to(task.signal, orders.shape), orders) / len(used)
    rho = np.array([float(_rho(task.signal, task.score)) for task in used])
    lost = np.array([task.score.max() - task.score[task.signal.argmax()] for task in used])
    chance = np.array([task.score.max() - task.score.mean() for task in used])
    drawn = rng.integers(len(used), size=(bootstrap.resamples, len(used)))
    found = {"rho": rho, "lost": lost, "by_chance": chance}
    blocks: dict[str, Any] = {
        name: {"value": float(values.mean()), **_ends(values[drawn], bootstrap.level)}
        for name, values in found.items()
    }
    blocks["rho"]["p"] = p_value(float(rho.mean()), null, exact=False)
    return {"tasks": len(used), "sets": sum(len(task.score) for task in used), **blocks}


def _rho(signal: Floats, score: Floats) -> Floats:
    return np.nan_to_num(spearman(signal, score))


def _ends(draws: Floats, level: float) -> dict[str, float]:
    return percentile(draws.mean(axis=1), level)._asdict()
