from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.classifiers import encoders, forward
from stages.classifiers.configs import EmbedConfig
from stages.classifiers.encode import encode
from stages.classifiers.store import Vectors
from stages.core.arrays import Rows
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
    ours = encode(SENTENCES, EmbedConfig())
    np.testing.assert_allclose(ours, model.encode(list(SENTENCES)), atol=1e-3)


def test_fast_is_close() -> None:
    """Half the bits turn a vector by less than two degrees."""
    exact, fast = encode(SENTENCES, EmbedConfig()), encode(SENTENCES, EmbedConfig(precision="fast"))
    cosines = (exact.astype(np.float64) * fast.astype(np.float64)).sum(axis=1)
    assert cosines.min() > 0.9994


@pytest.mark.parametrize("architecture", toy.ARCHITECTURES)
def test_rows_are_unit_length_in_the_order_given(architecture: str, tiny: dict[str, Path]) -> None:
    """Sorting and batching leave no trace: each row is what its text gives alone."""
    texts, _ = toy.texts(40, seed=0)
    config = EmbedConfig(encoder=str(tiny[architecture]), max_tokens=16, batch_tokens=64)
    together = encode(texts, config)
    alone = [next(forward.run(texts[[row]], config, "alone"))[1][0] for row in range(0, 40, 7)]
    assert together.dtype == np.float16 and together.shape == (40, 32)
    np.testing.assert_allclose(np.linalg.norm(together.astype(float), axis=1), 1, atol=1e-3)
    assert np.array_equal(together[::7], alone)


def test_equal_texts_have_the_same_row(
    tiny: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each different text is encoded once."""
    monkeypatch.setattr("stages.core.progress.LINE_EVERY", 0)
    texts = np.array(["the apple", "a saw", "the apple"] * 5, dtype=object)
    rows = encode(texts, EmbedConfig(encoder=str(tiny["bert"]), max_tokens=16))
    assert " 2 texts" in capsys.readouterr().err
    assert np.array_equal(rows, rows[[0, 1, 0] * 5])


def test_no_texts_no_rows(tiny: dict[str, Path]) -> None:
    """An empty table has an empty array of the right width."""
    none = encode(np.array([], dtype=object), EmbedConfig(encoder=str(tiny["bert"]), max_tokens=16))
    assert none.shape == (0, 32)


def test_known_texts_need_no_network(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was embedded once is read, to the bit; only a new text or setting is computed."""
    config = EmbedConfig(encoder=str(tiny["bert"]), max_tokens=16)
    texts = np.array(["two pears", "a new hammer"], dtype=object)
    first = encode(texts, config)
    computed: list[list[str]] = []
    run = forward.run

    def counted(missing: NDArray[Any], *rest: Any) -> Iterator[tuple[Rows, Vectors]]:
        computed.append(missing.tolist())
        return run(missing, *rest)

    monkeypatch.setattr(forward, "run", counted)
    assert np.array_equal(encode(texts[[1, 0, 1]], config), first[[1, 0, 1]])
    assert computed == []
    encode(np.array(["a pear", "two pears"], dtype=object), config)
    encode(texts, config.model_copy(update={"max_tokens": 3}))
    encode(texts, config.model_copy(update={"encoder": str(tiny["roberta"])}))
    assert computed == [["a pear"], texts.tolist(), texts.tolist()]


def test_other_weights_in_the_same_folder_are_another_encoder(tmp_path: Path) -> None:
    """A fingerprint follows the files, not the name."""
    folder = toy.save_encoder("bert", tmp_path / "encoder")
    before = encoders.fingerprint(str(folder))
    assert encoders.fingerprint(str(folder)) == before
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    assert encoders.fingerprint(str(folder)) != before
