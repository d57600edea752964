"""Texts to embeddings with a frozen encoder; what was embedded before comes from the store."""

from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.classifiers import encoders
from stages.classifiers.configs import EmbedConfig
from stages.classifiers.store import Store, Vectors
from stages.core import paths

LIBRARIES = ("tokenizers", "torch", "transformers")  # another version may give other embeddings


def encode(texts: NDArray[Any], config: EmbedConfig, title: str = "embed") -> Vectors:
    """Embeddings (texts, dimensions), float16, rows of length 1; equal texts are embedded once.

    The mean of the last hidden states over a text's tokens, divided by its L2 norm, as
    sentence-transformers does with all-MiniLM-L6-v2 (Reimers & Gurevych 2019).
    """
    if not len(texts):
        return np.empty((0, _width(config)), np.float16)
    with Store(paths.user_cache(), _encoding(config)) as store:
        known = store.get(texts)
        missing = np.array([t for t in dict.fromkeys(texts) if t not in known], dtype=object)
        if len(missing):
            from stages.classifiers import forward  # torch and transformers: seconds to import

            for rows, vectors in forward.run(missing, config, title):
                store.put(missing[rows], vectors)
                known.update(zip(missing[rows], vectors, strict=True))
    return np.stack([known[text] for text in texts])


def _width(config: EmbedConfig) -> int:
    return int(encoders.load(config.encoder, config.max_tokens).model.config.hidden_size)


def _encoding(config: EmbedConfig) -> str:
    """All that an embedding depends on beside its text; for `fast` the hardware, too.

    What `fast` stored may come from other batches, which changes its last bits.
    """
    parts = [encoders.fingerprint(config.encoder), str(config.max_tokens), config.precision]
    parts += [f"{name}={version(name)}" for name in LIBRARIES]
    if config.precision == "fast":
        from stages.classifiers import hardware

        parts.append(hardware.describe())
    return " ".join(parts)
