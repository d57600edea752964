"""How texts are asked for: what a user writes of a strategy, and what is known of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from stages.core.params import Section

FORMAT = 'Answer with a JSON object {"texts": ["...", ...]} that holds exactly {k} {text|texts}.'
Attributes = dict[str, list[str]]  # dimension -> values


class Strategy(Section):
    """How texts are asked for: an entry of `strategies` in params.yaml."""

    texts_per_label: int = Field(ge=1)
    texts_per_request: int = Field(ge=1)
    mode: Literal["conversation", "independent"]
    conversations: int = Field(default=1, ge=1)  # side by side, for each label
    history: int = Field(default=5, ge=0)  # earlier rounds that a conversation shows again
    examples: int = Field(default=0, ge=0)  # real texts of the label shown before each request
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    model: str | None = None  # null = the endpoint's
    seed: int = 0  # of examples, attributes and, where the endpoint has it, sampling
    most_requests: float = Field(default=2.0, ge=1)  # times those that would do; then it stops


class PromptFile(Section):
    """`data/prompts/<strategy>.yaml`: texts with slots such as {generate}; other braces stay.

    Of `{text|texts}` the first is for one text and the second for several.
    """

    system: str
    request: str
    next: str = ""  # later rounds of a conversation
    propose: str = ""  # asks for attribute dimensions; needed by {attributes}
    format: str = FORMAT


@dataclass(frozen=True)
class Task:
    """What a prompt needs to know of a task."""

    name: str
    labels: Mapping[str, str]  # label -> definition
    words: tuple[int, int]
    context: str
    generate: str
    phrases: Mapping[str, str] = field(default_factory=dict)  # label -> how prompts say it
    pool: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # id, text
    attributes: Mapping[str, Attributes] = field(default_factory=dict)  # the card's, by label
