"""What params.yaml may say of each kind of model; defaults stand here."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from stages.classifiers.hardware import Precision
from stages.core.errors import UserError
from stages.core.params import Section, parse

Reads = Literal["texts", "embeddings"]  # what a classifier is fitted on


class EmbedConfig(Section):
    """How texts become vectors.

    exact: in double precision. Its errors vanish when an embedding is rounded to half precision, so
    that every machine gets the same bits, whatever its processor, its threads and the other texts.
    fast: in bfloat16 where the hardware has it, else in single precision; four or two times as fast
    as exact, and not the same bits everywhere.
    """

    encoder: str = "minilm"  # minilm (bundled), a hub id, optionally id@revision, or a folder
    max_tokens: int = Field(default=256, ge=3)  # a longer text is cut here
    batch_tokens: PositiveInt | None = None  # tokens at once; null: by device (hardware.py)
    precision: Literal["exact", "fast"] = "exact"


class TfidfConfig(Section):
    """Logistic regression on TF-IDF of words and pairs of words."""

    reads: ClassVar[Reads] = "texts"
    random: ClassVar[bool] = False  # whether a seed changes what the same texts teach
    kind: Literal["tfidf"]
    c: PositiveFloat = 10.0  # inverse of the L2 penalty


class ProbeConfig(Section):
    """Logistic regression on a frozen encoder's embeddings."""

    reads: ClassVar[Reads] = "embeddings"
    random: ClassVar[bool] = False
    kind: Literal["probe"]
    c: PositiveFloat = 1.0  # inverse of the L2 penalty


class FinetuneConfig(Section):
    """A pretrained encoder with a classification head, all of it trained.

    How the paper trained is not verified; these are common settings for encoders of BERT's size.
    Smaller ones want a higher learning rate.
    """

    reads: ClassVar[Reads] = "texts"
    random: ClassVar[bool] = True
    kind: Literal["finetune"]
    encoder: str  # minilm (bundled), a hub id, optionally id@revision, or a folder
    epochs: PositiveInt = 3
    least_steps: NonNegativeInt = 100  # few texts are gone through more often than `epochs`
    learning_rate: PositiveFloat = 5e-5  # the highest, after warm-up
    batch_size: PositiveInt = 64  # texts a step
    max_tokens: int = Field(default=256, ge=3)  # a longer text is cut here
    warmup_share: float = Field(default=0.1, ge=0, le=1)  # of the steps; then linearly down to 0
    weight_decay: NonNegativeFloat = 0.01  # of matrices; not of biases and norms
    eval_every: PositiveInt | None = None  # steps between evaluations; null: ten in a run
    patience: PositiveInt = 5  # evaluations without a better macro-F1 before training stops
    stops_on: Literal["own", "real"] = "own"  # whose held-out texts these are: of the source that
    # is trained on, or the real validation texts, which somebody without real labels cannot have
    held_out_share: float = Field(default=0.1, gt=0, le=0.5)  # of the source's texts, for `own`
    batch_tokens: PositiveInt | None = None  # tokens at once; a larger batch goes in parts
    precision: Precision = "auto"
    save: bool = False  # keep each seed's model beside its predictions


ModelConfig: TypeAlias = TfidfConfig | ProbeConfig | FinetuneConfig

KINDS: dict[str, type[ModelConfig]] = {
    "tfidf": TfidfConfig,
    "probe": ProbeConfig,
    "finetune": FinetuneConfig,
}


def model(content: Any, where: str) -> ModelConfig:
    """`content` as the config class that its `kind` names.

    Chosen by hand, not as a pydantic union: a wrong key is then told with its kind's known keys.

    Raises `UserError` for another kind, an unknown key or a value out of range.
    """
    kind = content.get("kind") if isinstance(content, Mapping) else None
    if kind not in KINDS:
        raise UserError(f"{where}: expected kind, one of {sorted(KINDS)}, found {kind!r}; fix it")
    return parse(KINDS[kind], content, where)
