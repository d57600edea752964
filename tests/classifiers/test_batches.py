import numpy as np
import torch

from stages.classifiers import batches
from stages.core.arrays import Rows
from tests.classifiers import toy

LENGTHS = np.random.default_rng(0).integers(3, 60, 500)


def padded(groups: list[Rows]) -> int:
    """Tokens that `groups` take, padding included."""
    return sum(len(rows) * int(LENGTHS[rows].max()) for rows in groups)


def test_budget_batches_hold_each_row_once_within_the_budget() -> None:
    """by_budget places every row, never more than the budget, nearly without padding."""
    groups = list(batches.by_budget(LENGTHS, 256))
    assert sorted(np.concatenate(groups)) == list(range(500))
    assert max(len(rows) * LENGTHS[rows].max() for rows in groups) <= 256
    assert padded(groups) < 1.1 * LENGTHS.sum()


def test_budget_smaller_than_a_text_still_takes_it() -> None:
    """A text longer than the budget is a batch of its own."""
    assert [rows.tolist() for rows in batches.by_budget(np.array([9, 50]), 10)] == [[1], [0]]


def test_no_rows_no_batches() -> None:
    """by_budget and epoch of nothing are empty."""
    nothing = np.array([], np.int64)
    assert list(batches.by_budget(nothing, 10)) == []
    assert batches.epoch(nothing, 4, np.random.default_rng(0)) == []


def test_epoch_holds_each_row_once_in_batches_of_one_size() -> None:
    """All batches but one have the asked size; together they are all rows."""
    found = batches.epoch(LENGTHS, 16, np.random.default_rng(0))
    assert sorted(np.concatenate(found)) == list(range(500))
    assert sorted({len(rows) for rows in found}) == [4, 16]


def test_epoch_pads_far_less_than_a_shuffle() -> None:
    """Grouping by length saves most of the padding of random batches."""
    order = np.random.default_rng(0).permutation(500)
    shuffled = [order[start : start + 16] for start in range(0, 500, 16)]
    grouped = batches.epoch(LENGTHS, 16, np.random.default_rng(0))
    waste, saved = padded(shuffled) - LENGTHS.sum(), padded(grouped) - LENGTHS.sum()
    assert saved < 0.25 * waste


def test_epoch_follows_its_generator() -> None:
    """The same seed gives the same batches, the next epoch gives others."""
    generator = np.random.default_rng(0)
    first, second = (batches.epoch(LENGTHS, 16, generator) for _ in range(2))
    again = batches.epoch(LENGTHS, 16, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_tokens_are_those_of_the_tokenizer() -> None:
    """Tokenised in chunks and padded, a text has the ids that the tokenizer gives it alone."""
    tokenizer = toy.word_piece()
    texts, _ = toy.texts(7, seed=0)
    tokens = batches.tokenize(tokenizer, texts, 64)
    ids, mask = batches.pad(tokens, np.array([5, 0, 3]), 0, torch.device("cpu"))
    expected = tokenizer([texts[5], texts[0], texts[3]], padding=True, return_tensors="pt")
    assert torch.equal(ids, expected["input_ids"])
    assert torch.equal(mask, expected["attention_mask"].bool())
