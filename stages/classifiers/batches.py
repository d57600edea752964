"""Texts as tokens, and batches that hold texts of like length: little padding, little waste."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from stages.core.arrays import Rows

CHUNK = 1_000  # texts tokenised at once: keeps the tokenizer's own lists small
POOL = 16  # batches that are sorted together: little padding, yet new company in each epoch


class Tokens(NamedTuple):
    """The tokens of all texts, one text after the other; as arrays they take 4 bytes each."""

    ids: NDArray[np.int32]  # (tokens,)
    starts: NDArray[np.int64]  # (texts,): where a text begins in `ids`
    lengths: NDArray[np.int64]  # (texts,)


def tokenize(tokenizer: Any, texts: NDArray[Any], max_tokens: int) -> Tokens:
    """Tokens of each of the `texts` (n,), special ones included, cut at `max_tokens`."""
    ids, lengths = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for start in range(0, len(texts), CHUNK):
        lists = tokenizer(
            list(texts[start : start + CHUNK]),
            truncation=True,
            max_length=max_tokens,
            return_attention_mask=False,
            return_token_type_ids=False,
        )["input_ids"]
        ids.append(np.fromiter(chain.from_iterable(lists), np.int32))
        lengths.append(np.fromiter(map(len, lists), np.int64, count=len(lists)))
    counts = np.concatenate(lengths)
    return Tokens(np.concatenate(ids), np.cumsum(counts) - counts, counts)


def pad(
    tokens: Tokens, rows: Rows, filler: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask of `rows`, each (rows, longest row), on `device`."""
    lengths = tokens.lengths[rows]
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, filler, np.int64)
    ids[mask] = np.concatenate(
        [tokens.ids[tokens.starts[row] :][: tokens.lengths[row]] for row in rows]
    )
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)


def by_budget(lengths: NDArray[np.int64], budget: int) -> Iterator[Rows]:
    """All rows, longest first, in batches of at most `budget` tokens with padding.

    Each row stands in one batch; a row longer than the budget is a batch of its own.

    >>> [batch.tolist() for batch in by_budget(np.array([2, 9, 3, 2]), 6)]
    [[1], [2, 0], [3]]
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, budget // max(1, int(lengths[order[start]])))
        yield order[start : start + count]
        start += count


def epoch(lengths: NDArray[np.int64], size: int, generator: np.random.Generator) -> list[Rows]:
    """All rows once, in random batches of `size` rows of like length.

    Rows are shuffled, sorted by length within pools of `POOL` batches, cut into batches, and the
    batches shuffled. One batch of an epoch may be smaller than the others.
    """
    order = generator.permutation(len(lengths))
    found: list[Rows] = []
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        pool = pool[np.argsort(-lengths[pool], kind="stable")]
        found += [pool[cut : cut + size] for cut in range(0, len(pool), size)]
    return [found[place] for place in generator.permutation(len(found))]
