"""Texts through a frozen network."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stages.classifiers import batches, encoders, hardware
from stages.classifiers.batches import Rows
from stages.classifiers.configs import EmbedConfig
from stages.classifiers.store import Vectors
from stages.core.progress import bar


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
    budget = hardware.batch_tokens(config.batch_tokens, device)
    done = 0
    with torch.inference_mode(), bar(title, int(tokens.lengths.sum())) as show:
        for rows in batches.by_budget(tokens.lengths, budget):
            ids, mask = batches.pad(tokens, rows, tokenizer.pad_token_id, device)
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state
            yield rows, _mean(states, mask).cpu().numpy().astype(np.float16)
            done += int(tokens.lengths[rows].sum())
            show(done, f"{len(texts)} texts")


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(rows, tokens, dimensions) and (rows, tokens) to (rows, dimensions) of length 1.

    In double precision if the states are in it, else in single.
    """
    states = states.to(torch.promote_types(states.dtype, torch.float32))
    weights = mask.unsqueeze(-1).to(states.dtype)
    sums = (states * weights).sum(dim=1)
    return torch.nn.functional.normalize(sums / weights.sum(dim=1), dim=-1)
