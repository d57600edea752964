"""Whether two sets of texts may be drawn from one population: permutation tests of two samples.

The statistic is the squared maximum mean discrepancy of a kernel (Gretton et al. 2012, "A kernel
two-sample test"), biased, which orders permutations as the unbiased one does: of embeddings with a
Gaussian kernel whose width is the median distance; of labels with the kernel [same label] / share
of the label, of which it is the chi-squared statistic.

They see large differences only: with 100 test and 500 spare tweets both tests at 5 % told tweets
from another data set apart always, a half of such tweets in 42 % of the draws, one label twice as
often in 20 %.
"""

import numpy as np
from numpy.typing import NDArray

from stages.core.arrays import Floats, Ints

MOST = 600  # texts of either set; more only take time
PERMUTATIONS = 499
_TIE = 1e-12  # statistics closer than this are equal


def embeddings(
    left: NDArray[np.floating], right: NDArray[np.floating], rng: np.random.Generator
) -> float:
    """p for embeddings (texts, dimensions) of length 1, of at most `MOST` texts of either set."""
    left, right = (rows[rng.permutation(len(rows))[:MOST]] for rows in (left, right))
    joint = np.concatenate([left, right]).astype(np.float64)
    squared = (2 - 2 * joint @ joint.T).clip(min=0)
    width = float(np.median(squared[np.triu_indices(len(joint), 1)]))
    return _p(np.exp(-squared / width) if width else squared, len(left), rng)


def labels(left: Ints, right: Ints, rng: np.random.Generator) -> float:
    """p for the label codes of two sets, of at most `MOST` texts of either."""
    left, right = (codes[rng.permutation(len(codes))[:MOST]] for codes in (left, right))
    joint = np.concatenate([left, right])
    same = joint[:, None] == joint
    return _p(same / same.mean(axis=1), len(left), rng)


def corrected(*p_values: float) -> float:
    """The smallest p, for as many tests (Bonferroni).

    >>> corrected(0.02, 0.5)
    0.04
    """
    return min(1.0, len(p_values) * min(p_values))


def _p(kernel: Floats, count: int, rng: np.random.Generator) -> float:
    """How often a split into `count` and the others by chance is as uneven as the given one."""
    total = len(kernel)
    signs = np.full((PERMUTATIONS + 1, total), -1 / (total - count))
    signs[:, :count] = 1 / count
    signs[1:] = rng.permuted(signs[1:], axis=1)
    found = ((signs @ kernel) * signs).sum(axis=1)
    return float((found >= found[0] - _TIE).mean())
