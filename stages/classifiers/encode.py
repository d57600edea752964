"""Texts to embeddings with a frozen encoder."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from stages.classifiers import batches, encoders, hardware
from stages.classifiers.hardware import Precision
from stages.classifiers.progress import bar
from stages.core.params import Section


class EmbedConfig(Section):
    """How texts become vectors."""

    encoder: str = "minilm"  # minilm (bundled), a hub id, optionally id@revision, or a folder
    max_tokens: int = Field(default=256, ge=3)  # a longer text is cut here
    batch_tokens: PositiveInt | None = None  # tokens at once; null: by device (hardware.py)
    precision: Precision = "auto"


def encode(texts: NDArray[Any], config: EmbedConfig, title: str = "embed") -> NDArray[np.float16]:
    """Embeddings (texts, dimensions), float16, rows of length 1; equal texts are encoded once.

    The mean of the last hidden states over a text's tokens, divided by its L2 norm, as
    sentence-transformers does with all-MiniLM-L6-v2 (Reimers & Gurevych 2019).
    """
    device = hardware.device()
    tokenizer, model = encoders.load(config.encoder, config.max_tokens)
    model = model.to(device).eval()
    if hardware.uses_bf16(config.precision, device):
        model = model.to(torch.bfloat16)
    places, unique = pd.factorize(np.asarray(texts, dtype=object))
    tokens = batches.tokenize(tokenizer, unique, config.max_tokens)
    vectors = np.empty((len(unique), model.config.hidden_size), np.float16)
    budget = hardware.batch_tokens(config.batch_tokens, device)
    with torch.inference_mode(), bar(title, int(tokens.lengths.sum())) as advance:
        for rows in batches.by_budget(tokens.lengths, budget):
            ids, mask = batches.pad(tokens, rows, tokenizer.pad_token_id, device)
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors[rows] = _mean(states, mask).cpu().numpy()
            advance(int(tokens.lengths[rows].sum()), f"{len(unique)} texts")
    return vectors[places]


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(rows, tokens, dimensions) and (rows, tokens) to (rows, dimensions) of length 1, float32."""
    weights = mask.unsqueeze(-1).float()
    sums = (states.float() * weights).sum(dim=1)
    return torch.nn.functional.normalize(sums / weights.sum(dim=1), dim=-1)
