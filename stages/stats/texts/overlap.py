"""How far a set of texts lies from unlabelled real ones, as SynQuE ranks sets (arXiv 2511.03928).

Of embeddings (texts, dimensions) whose rows have length 1, so that a product is a cosine.
"""

import numpy as np
from numpy.typing import NDArray


def mmd(left: NDArray[np.floating], right: NDArray[np.floating]) -> float:
    """The squared maximum mean discrepancy, unbiased, so that it may lie below 0.

    Gretton et al. (2012), "A kernel two-sample test", equation 3; Gaussian kernel, its width the
    median distance of all texts.
    """
    joint = np.concatenate([left, right]).astype(np.float64)
    squared = (2 - 2 * joint @ joint.T).clip(min=0)
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(len(joint), 1)]))
    count, other = len(left), len(right)
    own, foreign = kernel[:count, :count], kernel[count:, count:]
    within = (own.sum() - count) / (count * (count - 1))
    within += (foreign.sum() - other) / (other * (other - 1))
    return float(within - 2 * kernel[:count, count:].mean())


def to_medoid(rows: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """The mean cosine of `rows` with the real text that is nearest to all real texts."""
    mean = real.mean(axis=0, dtype=np.float64)
    medoid = real[np.argmax(real.astype(np.float64) @ mean)].astype(np.float64)
    return float(rows.mean(axis=0, dtype=np.float64) @ medoid)


def mean_cosine(rows: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """The mean cosine of a text of `rows` with a real one."""
    return float(rows.mean(axis=0, dtype=np.float64) @ real.mean(axis=0, dtype=np.float64))
