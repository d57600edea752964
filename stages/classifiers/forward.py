"""Texts through a frozen network."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stages.classifiers import batches, encoders, hardware
from stages.classifiers.configs import EmbedConfig
from stages.classifiers.store import Vectors
from stages.core.arrays import Rows
from stages.core.progress import bar

EXACT_TOKENS = 1_024  # at once on a processor: more leave its cache and take a third longer


def run(texts: NDArray[Any], config: EmbedConfig, title: str) -> Iterator[tuple[Rows, Vectors]]:
    """The embeddings of `texts` (n,), batch by batch: rows (k,) and their vectors (k, dimensions).

    Texts of like length go together; see `encode.encode` for what an embedding is.
    """
    exact = config.precision == "exact"
    device = hardware.device(double=exact)
    single = torch.bfloat16 if hardware.uses_bf16("auto", device) else torch.float32
    tokenizer, model = encoders.load(config.encoder, config.max_tokens)
    model = model.to(device, torch.float64 if exact else single).eval()
    tokens = batches.tokenize(tokenizer, texts, config.max_tokens)

    @torch.inference_mode()
    def embed(rows: Rows) -> Vectors:
        ids, mask = batches.pad(tokens, rows, tokenizer.pad_token_id, device)
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
        return _mean(states, mask).cpu().numpy().astype(np.float16)

    own = EXACT_TOKENS if exact and device.type == "cpu" else None
    budget = hardware.batch_tokens(config.batch_tokens or own, device)
    queue = list(batches.by_budget(tokens.lengths, budget))
    done = 0
    with _threads(device) as pool, bar(title, int(tokens.lengths.sum())) as show:
        for rows, vectors in zip(queue, pool.map(embed, queue), strict=True):
            yield rows, vectors
            done += int(tokens.lengths[rows].sum())
            show(done, f"{len(texts)} texts")


@contextmanager
def _threads(device: torch.device) -> Iterator[ThreadPoolExecutor]:
    """One thread for each of the processor's, which work on a batch each and never wait.

    All threads on one batch wait for each other at every layer; where others use the processor,
    too, that takes three times as long. An accelerator has one thread.
    """
    count = torch.get_num_threads()
    pool = ThreadPoolExecutor(count if device.type == "cpu" else 1)
    torch.set_num_threads(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(count)


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(rows, tokens, dimensions) and (rows, tokens) to (rows, dimensions) of length 1.

    In double precision if the states are in it, else in single.
    """
    states = states.to(torch.promote_types(states.dtype, torch.float32))
    weights = mask.unsqueeze(-1).to(states.dtype)
    sums = (states * weights).sum(dim=1)
    return torch.nn.functional.normalize(sums / weights.sum(dim=1), dim=-1)
