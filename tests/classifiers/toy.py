"""A task that any classifier learns, and encoders of a few thousand random weights."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
    set_seed,
)

LABELS = ("fruit", "tool")
WORDS = {"fruit": ["apple", "pear", "plum", "fig"], "tool": ["saw", "drill", "file", "awl"]}
FILLER = ["the", "a", "on", "table", "here", "now", "old", "small"]
ARCHITECTURES = ("bert", "roberta")

Texts = NDArray[np.object_]


def texts(count: int, seed: int) -> tuple[Texts, Texts]:
    """`count` texts of 3 to 12 words with their labels; two of the words tell the label."""
    rng = np.random.default_rng(seed)
    labels = np.array([LABELS[row % 2] for row in range(count)], dtype=object)
    made = []
    for label in labels:
        words = [*rng.choice(WORDS[label], 2), *rng.choice(FILLER, rng.integers(1, 11))]
        made.append(" ".join(rng.permutation(words)))
    return np.array(made, dtype=object), labels


def save_encoder(architecture: str, folder: Path) -> Path:
    """A two-layer BERT or RoBERTa with random weights and a tokenizer of the toy words."""
    set_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "pad_token_id": 0,
    }
    if architecture == "bert":
        tokenizer = word_piece()
        bert = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **sizes)
        BertModel(bert).save_pretrained(folder)
    else:
        tokenizer = byte_pairs()
        # RoBERTa's positions begin after the padding's.
        roberta = RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=65, **sizes)
        RobertaModel(roberta).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def word_piece() -> PreTrainedTokenizerFast:
    """BERT's kind of tokenizer; it knows the toy words only."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words = [*special, *chain(*WORDS.values()), *FILLER]
    tokenizer = Tokenizer(
        models.WordPiece({word: place for place, word in enumerate(words)}, unk_token=special[1])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _fast(tokenizer, *special)


def byte_pairs() -> PreTrainedTokenizerFast:
    """RoBERTa's kind of tokenizer, trained on toy texts."""
    special = ["<pad>", "<unk>", "<s>", "</s>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts(200, seed=1)[0], trainer)
    return _fast(tokenizer, *special)


def _fast(
    tokenizer: Tokenizer, pad: str, unknown: str, first: str, last: str
) -> PreTrainedTokenizerFast:
    ends = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    tokenizer.post_processor = TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=pad,
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
        model_max_length=64,
    )
