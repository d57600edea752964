from pathlib import Path

import numpy as np
import pytest

from stages.classifiers import encoders
from stages.classifiers.encode import EmbedConfig, encode
from tests.classifiers import toy

SENTENCES = np.array(
    [
        "The match ended two to one after extra time.",
        "ok",
        "Shares fell. " * 80,  # longer than 256 tokens
        "A café in Zürich sells naïve art 🙂",
        "ok",
    ],
    dtype=object,
)


def test_minilm_as_sentence_transformers_does() -> None:
    """Mean pooling, cut and norm are those of the model's own library."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    model = sentence_transformers.SentenceTransformer(str(encoders.find("minilm")), device="cpu")
    assert model.max_seq_length == 256
    ours = encode(SENTENCES, EmbedConfig(precision="fp32"))
    np.testing.assert_allclose(ours, model.encode(list(SENTENCES)), atol=1e-3)


def test_bfloat16_is_close() -> None:
    """Half the bits turn a vector by less than two degrees."""
    whole, half = (encode(SENTENCES, EmbedConfig(precision=p)) for p in ("fp32", "bf16"))
    cosines = (whole.astype(np.float32) * half.astype(np.float32)).sum(axis=1)
    assert cosines.min() > 0.9994


@pytest.mark.parametrize("architecture", toy.ARCHITECTURES)
def test_rows_are_unit_length_in_the_order_given(architecture: str, tiny: dict[str, Path]) -> None:
    """Sorting and batching leave no trace: each row is what its text gives alone."""
    texts, _ = toy.texts(40, seed=0)
    config = EmbedConfig(
        encoder=str(tiny[architecture]), max_tokens=16, batch_tokens=64, precision="fp32"
    )
    together = encode(texts, config)
    alone = np.concatenate([encode(texts[[row]], config) for row in range(0, 40, 7)])
    assert together.dtype == np.float16 and together.shape == (40, 32)
    np.testing.assert_allclose(np.linalg.norm(together.astype(float), axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(together[::7], alone, atol=1e-3)


def test_equal_texts_have_the_same_row(
    tiny: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each different text is encoded once."""
    texts = np.array(["the apple", "a saw", "the apple"] * 5, dtype=object)
    rows = encode(texts, EmbedConfig(encoder=str(tiny["bert"]), max_tokens=16))
    assert "2 texts" in capsys.readouterr().err
    assert np.array_equal(rows, rows[[0, 1, 0] * 5])


def test_no_texts_no_rows(tiny: dict[str, Path]) -> None:
    """An empty table has an empty array of the right width."""
    none = encode(np.array([], dtype=object), EmbedConfig(encoder=str(tiny["bert"]), max_tokens=16))
    assert none.shape == (0, 32)
